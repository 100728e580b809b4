import Domain
import Gateway

/// Every fault of an upstream that is a matter of what it says and when. The places where a fault can cut an answer are
/// in `CutTests`, those between two answers of one connection in `ReuseTests`.
enum FaultTable {
    typealias Step = ScriptedUpstream.Step

    static let all = connections + secured + heads + lengths + chunks + bodies + stalls

    static let completion = ScriptedUpstream.completion
    static let firstText = "data: " + ScriptedUpstream.delta("first") + "\n\n"
    static let firstEvent: [Step] = [.send(ScriptedUpstream.streamHead), ScriptedUpstream.chunk(firstText)]

    /// A head of a plain answer with these fields.
    static func head(_ fields: String, _ status: String = "HTTP/1.1 200 OK") -> Step {
        .send(status + "\r\nContent-Type: application/json\r\n" + fields + "\r\n")
    }

    static let length = "Content-Length: \(completion.utf8.count)\r\n"
    static let chunked = "Transfer-Encoding: chunked\r\n"

    /// A stream's first event and its end in one chunked body.
    static let wholeStream = ScriptedUpstream.stream(["first"])

    /// Connections that do not come to be, or not for long.
    static let connections: [FaultCase] = [
        FaultCase("nobody listens", [], .failed("connect_failed")).at(.closedPort),
        FaultCase("the handshake of TCP is never answered", [], .failed("timeout_connect")).at(.fullListener)
            .within { $0.connectTimeoutMilliseconds = 250 },
        // A resolver that is slow to say no is given up.
        FaultCase("the name does not exist", [], .failed("name_not_resolved", "timeout_connect")).at(.unknownName)
            .within { $0.connectTimeoutMilliseconds = 1_000 },
        greeted("accepted and closed", [.close], .failed("connection_lost")),
        greeted("accepted and reset", [.reset], .failed("connection_lost", "connect_failed")),
        greeted("half-closed at once", [.halfClose], .failed("connection_lost")),
        greeted(
            "a record of TLS where HTTP was asked for", [.bytes(TLSScript.alert), .close], .failed("malformed_answer")),
        greeted(
            "an answer before the request was read", [head(length), .send(completion), .receive, .halfClose],
            .answered, stream: .failed("truncated", after: 200)),
        greeted(
            "a refusal of a large request before it was read",
            [
                .receive, .send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"),
                .untilDeparture,
            ],
            .refused(413, .invalidRequest)
        ).with { $0.body = String(repeating: "x", count: 8 << 20) },
    ]

    private static func greeted(
        _ name: String, _ steps: [Step], _ expected: FaultExpectation, stream: FaultExpectation? = nil
    ) -> FaultCase {
        FaultCase(name, [], expected).with {
            $0.greeting = steps
            if let stream { $0.expectedStream = stream }
        }
    }

    /// Behind a URL of https.
    static let secured = handshakes.map { $0.at(.secured) }

    private static let handshakes: [FaultCase] = [
        FaultCase("plain text on a port of TLS", [], .failed("tls_failed")).with {
            $0.greeting = [.receive, .send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), .untilDeparture]
        },
        FaultCase("a handshake of TLS that is cut off", [], .failed("tls_failed")).with {
            $0.greeting = [.receive, .close]
        },
        FaultCase("a handshake of TLS that is reset", [], .failed("tls_failed")).with {
            $0.greeting = [.receive, .reset]
        },
        FaultCase("a handshake of TLS that is refused", [], .failed("tls_failed")).with {
            $0.greeting = [.receive, .bytes(TLSScript.alert), .untilDeparture]
        },
        FaultCase("a handshake of TLS in half", [], .failed("tls_failed")).with {
            $0.greeting = [.receive, .bytes(Array(TLSScript.selfSigned.prefix(40))), .halfClose]
        },
        FaultCase("a certificate that nobody vouches for", [], .failed("tls_failed")).with {
            $0.greeting = [.receive, .bytes(TLSScript.selfSigned), .untilDeparture]
        },
        FaultCase("a handshake of TLS that stalls", [], .failed("timeout_connect")).with {
            $0.greeting = [.untilDeparture]
            $0.settings.connectTimeoutMilliseconds = 300
        },
        FaultCase("a handshake of TLS that stalls half way", [], .failed("timeout_connect")).with {
            $0.greeting = [.receive, .bytes(Array(TLSScript.selfSigned.prefix(60))), .untilDeparture]
            $0.settings.connectTimeoutMilliseconds = 300
        },
    ]
}
