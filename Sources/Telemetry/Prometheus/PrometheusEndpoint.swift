import HTTP
package import REST

/// `GET /metrics`.
package struct PrometheusEndpoint: Sendable {
    private let access: Access
    private let collectors: [@Sendable () -> [MetricFamily]]

    /// - Parameter collectors: asked at every scrape, in this order.
    package init(access: Access, collectors: [@Sendable () -> [MetricFamily]]) {
        self.access = access
        self.collectors = collectors
    }

    package var endpoints: [Endpoint] {
        [
            Endpoint(
                .get, "/metrics", access, tag: "operations",
                summary: "Metrics for Prometheus (text 0.0.4, or OpenMetrics 1.0 when Accept asks for it)",
                answers: [
                    .init(
                        200, "metrics as text", .string(max: .max, description: "one sample a line"),
                        mediaTypes: ["text/plain", "application/openmetrics-text"])
                ]
            ) { call in
                let wanted = call.request.head.value("accept") ?? ""
                let format: Exposition.Format =
                    wanted.contains("application/openmetrics-text") ? .openMetrics : .prometheus
                let text = Exposition.text(collectors.flatMap { $0() }, format)
                var response = Response(status: 200, body: .bytes(text))
                response.headers.set("Content-Type", format.contentType)
                return response
            }
        ]
    }
}
