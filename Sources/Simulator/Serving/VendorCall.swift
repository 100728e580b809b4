import HTTP

/// One request to a vendor's API, and what is answered to it: by the seed and the request, and by nothing else.
protocol VendorCall: Sendable {
    static var dialect: any VendorDialect { get }

    /// Throws what the vendor would answer to a request that cannot be read.
    init(_ request: Request) throws(VendorError)

    var model: String { get }
    var isStreamed: Bool { get }
    /// Of an answer that is not streamed.
    var contentType: String { get }

    /// - Parameter number: the request's, from 0, which makes its identifier and time.
    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8]
    func stream(_ scenario: Scenario, _ number: Int) -> SimulatedStream
}

extension VendorCall {
    var isStreamed: Bool { false }
    var contentType: String { "application/json" }

    /// Asked for of those alone that are streamed.
    func stream(_ scenario: Scenario, _ number: Int) -> SimulatedStream {
        SimulatedStream(events: [], pausedEvents: 0..<0)
    }
}
