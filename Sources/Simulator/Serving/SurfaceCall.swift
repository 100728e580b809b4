/// One request to a surface of the vendor's API, and what is answered to it: by the seed and the request, and by
/// nothing else.
protocol SurfaceCall: Sendable {
    /// Throws what the vendor would answer to a body that cannot be read.
    init(_ body: [UInt8]) throws(VendorError)

    var model: String { get }
    var isStreamed: Bool { get }

    /// - Parameter number: the request's, from 0, which makes its identifier and time.
    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8]
    func stream(_ scenario: Scenario, _ number: Int) -> SimulatedStream
}

extension SurfaceCall {
    var isStreamed: Bool { false }

    /// Asked for of those alone that are streamed.
    func stream(_ scenario: Scenario, _ number: Int) -> SimulatedStream {
        SimulatedStream(events: [], pausedEvents: 0..<0)
    }
}
