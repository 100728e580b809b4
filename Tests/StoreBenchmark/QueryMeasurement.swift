import Support

/// A question to the API, and within how many milliseconds it is to be answered.
struct QueryMeasurement {
    let name: String
    let path: String
    let goal: Double

    private static let outcomes: [(String, String)] = [
        ("none", ""), ("deployment", "deployment=bot-2"), ("a rare deployment", "deployment=rare-bot"),
        ("an unknown deployment", "deployment=none"), ("environment", "environment=staging"),
        ("variant", "variant=candidate"), ("status", "status=upstream_error"), ("a rare status", "status=blocked"),
        ("deployment and status that never meet", "deployment=bot-1&status=blocked"), ("unit", "unit=user-17"),
        ("an unknown unit", "unit=nobody"), ("request_id", "request_id=request-4321"),
        ("an unknown request_id", "request_id=none"), ("origin", "origin=probe"),
        ("slice", "slice.language=l3"), ("a rare slice", "slice.domain=legal"),
        (
            "from and to in the midst",
            "from=\(GeneratedTraffic.end - 43_200_000)&to=\(GeneratedTraffic.end - 43_100_000)"
        ),
        ("unit and from", "unit=user-17&from=\(GeneratedTraffic.end - 3_600_000)"),
    ]

    static let all: [QueryMeasurement] =
        [
            .init(
                name: "`metrics/summary` over 24 h", path: "/api/v1/metrics/summary?deployment=bot-1&window=24h",
                goal: 20)
        ]
        + outcomes.map {
            .init(name: "`outcomes` by \($0.0)", path: "/api/v1/outcomes?\($0.1)", goal: 50)
        }
}
