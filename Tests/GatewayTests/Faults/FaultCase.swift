import Gateway
import Testing

/// One fault: what an upstream does, and what must become of a plain request and of a stream that meet it.
struct FaultCase: Sendable, CustomTestStringConvertible {
    typealias Step = ScriptedUpstream.Step

    enum Place: Sendable {
        /// An upstream that follows the case's steps.
        case scripted
        /// The same, behind a URL that asks for TLS.
        case secured
        /// A port that nobody listens on.
        case closedPort
        /// A listener that accepts no more connections, so that the handshake is never answered.
        case fullListener
        /// A name that does not exist (RFC 6761 §6.4).
        case unknownName
    }

    let name: String
    var place = Place.scripted
    /// Before the request is read.
    var greeting: [Step] = []
    /// In answer to a plain request.
    var plain: [Step] = []
    /// In answer to a request for a stream; the gate opens when the caller has seen the first event.
    var stream: @Sendable (Gate) -> [Step] = { _ in [] }
    var expected: FaultExpectation
    var expectedStream: FaultExpectation
    var body = ""
    var settings = FaultCase.patient

    var testDescription: String { name }

    /// The same steps and the same end for both kinds of request.
    init(_ name: String, _ steps: [Step], _ expected: FaultExpectation) {
        self.name = name
        self.expected = expected
        expectedStream = expected
        plain = steps
        stream = { _ in steps }
    }

    /// In the middle of an answer: `plain` follows the head of a plain answer, `stream` the first event of a stream.
    init(
        _ name: String, plain: [Step], _ expected: FaultExpectation, stream: [Step], _ expectedStream: FaultExpectation
    ) {
        self.name = name
        self.expected = expected
        self.expectedStream = expectedStream
        self.plain = plain
        self.stream = { gate in FaultTable.firstEvent + [.wait(gate)] + stream }
    }

    func with(_ change: (inout FaultCase) -> Void) -> FaultCase {
        var copy = self
        change(&copy)
        return copy
    }

    func at(_ place: Place) -> FaultCase { with { $0.place = place } }

    func within(_ change: (inout GatewaySettings) -> Void) -> FaultCase { with { change(&$0.settings) } }

    /// Only what a case shortens may run out, however busy the machine is.
    private static let patient: GatewaySettings = {
        var settings = GatewaySettings()
        settings.connectTimeoutMilliseconds = 8_000
        settings.firstByteTimeoutMilliseconds = 8_000
        settings.idleGapTimeoutMilliseconds = 8_000
        settings.totalTimeoutMilliseconds = 20_000
        return settings
    }()
}
