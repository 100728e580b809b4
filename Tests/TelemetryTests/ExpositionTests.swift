import Domain
import HTTP
import JSON
import REST
import Support
import Testing

@testable import Telemetry

@Suite struct ExpositionTests {
    private static let families = [
        MetricFamily(
            "calls", .counter, help: "Calls \\ \"made\"\nhere.",
            samples: [
                .init(3, labels: [(name: "who", value: "a\"b\\c\nd"), (name: "x", value: "é")]), .init(0.25),
            ]),
        MetricFamily("depth", .gauge, help: "Depth.", samples: [.init(-2), .init(.nan), .init(-.infinity)]),
        MetricFamily(
            "lag", .histogram, help: "Lag.",
            samples: [
                .init(1, labels: [(name: "le", value: "0.5")], suffix: "_bucket"),
                .init(2, labels: [(name: "le", value: "+Inf")], suffix: "_bucket"), .init(.infinity, suffix: "_sum"),
                .init(2, suffix: "_count"),
            ]),
        MetricFamily("none", .gauge, help: "Nothing yet.", samples: []),
    ]

    private func lines(_ format: Exposition.Format) -> [String] {
        String(decoding: Exposition.text(Self.families, format), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private static let common = [
        "# HELP depth Depth.", "# TYPE depth gauge", "depth -2", "depth NaN", "depth -Inf", "# HELP lag Lag.",
        "# TYPE lag histogram", "lag_bucket{le=\"0.5\"} 1", "lag_bucket{le=\"+Inf\"} 2", "lag_sum +Inf", "lag_count 2",
        "# HELP none Nothing yet.", "# TYPE none gauge",
    ]
    private static let samples = [#"calls_total{who="a\"b\\c\nd",x="é"} 3"#, "calls_total 0.25"]

    @Test func theTextFormatOfPrometheusLineByLine() {
        let head = [#"# HELP calls_total Calls \\ "made"\nhere."#, "# TYPE calls_total counter"]
        #expect(lines(.prometheus) == head + Self.samples + Self.common + [""])
    }

    @Test func openMetricsNamesTheFamilyWithoutTotalEscapesQuotesAndEnds() {
        let head = [#"# HELP calls Calls \\ \"made\"\nhere."#, "# TYPE calls counter"]
        #expect(lines(.openMetrics) == head + Self.samples + Self.common + ["# EOF", ""])
    }

    @Test func acceptChoosesTheFormat() async throws {
        let plane = try await ControlPlaneHarness { _, _ in
            PrometheusEndpoint(
                access: .permission(.metricsRead), collectors: [{ [Self.families[1]] }, { [Self.families[3]] }]
            ).endpoints
        }
        let plain = await plane.send(.get, "/metrics")
        #expect(plain.response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        let wanted = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
        let open = await plane.send(.get, "/metrics", headers: [("Accept", wanted)])
        #expect(
            open.response.headers["Content-Type"]
                == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        guard case .bytes(let bytes) = open.response.body else { return #expect(Bool(false), "no bytes") }
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("# TYPE none gauge\n# EOF\n"))
        #expect(await plane.send(.get, "/metrics", as: "nobody").status == 401)
    }

    @Test func theHistogramOfLatencyIsCumulativeAndCountsWhatIsInTheFile() async throws {
        let harness = try await TelemetryHarness()
        for milliseconds in [1, 5, 60, 60, 200_000] as [Double] {
            harness.record { $0.latencyMilliseconds = milliseconds }
        }
        harness.record { $0.status = .brokenStream }
        harness.record { $0.origin = .probe }
        #expect(harness.totals.families().allSatisfy { $0.samples.isEmpty })
        try await harness.writer.flush()
        let families = harness.totals.families()
        let histogram = families[1].samples
        let buckets = histogram.filter { $0.suffix == "_bucket" }
        #expect(buckets.map(\.value) == [2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5])
        #expect(
            buckets.map { $0.labels.last?.value } == [
                "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "30.0", "60.0",
                "120.0", "+Inf",
            ])
        #expect(histogram.suffix(2).map(\.suffix) == ["_sum", "_count"])
        #expect(histogram.last?.value == 5)
        #expect(abs(histogram[histogram.count - 2].value - 200.126) < 1e-9)
        let statuses = families[0].samples.map { ($0.labels.last?.value ?? "", $0.value) }
        #expect(statuses.map(\.0) == ["ok", "broken_stream"])
        #expect(statuses.map(\.1) == [5, 1])
    }
}
