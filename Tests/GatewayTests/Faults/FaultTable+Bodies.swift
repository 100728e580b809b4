import Gateway

/// Well-framed answers that are none, odd ones that are, and those that take too long.
extension FaultTable {
    private static let notEvents = FaultExpectation.failed("truncated", after: 200)
    private static let noDocument = FaultExpectation.failed("malformed_answer", after: 200)

    static let bodies: [FaultCase] =
        [
            answer("204", "HTTP/1.1 204 No Content", "", "", .failed("malformed_answer", after: 204), 204),
            // RFC 9110 §8.6: the length that another answer would have had.
            answer(
                "204 with a length", "HTTP/1.1 204 No Content", length, "", .failed("malformed_answer", after: 204), 204
            ),
            answer("304", "HTTP/1.1 304 Not Modified", length, "", .failed("http_304", after: 304)),
            answer(
                "307", "HTTP/1.1 307 Elsewhere", "Location: /\r\nContent-Length: 0\r\n", "",
                .failed("http_307", after: 307)),
            answer("500", "HTTP/1.1 500 Oh", "Content-Length: 2\r\n", "{}", .failed("http_500", after: 500)),
            answer("599", "HTTP/1.1 599 Oh", "Content-Length: 2\r\n", "{}", .failed("http_599", after: 599)),
            answer("999", "HTTP/1.1 999 Oh", "Content-Length: 2\r\n", "{}", .failed("http_999", after: 999)),
            answer("no bytes", "HTTP/1.1 200 OK", "Content-Length: 0\r\n", "", noDocument, 200),
            answer("no chunks", "HTTP/1.1 200 OK", chunked, "0\r\n\r\n", noDocument, 200),
            answer("half a document", "HTTP/1.1 200 OK", "Content-Length: 12\r\n", "{\"choices\":[", noDocument, 200),
            answer("an error page", "HTTP/1.1 200 OK", "Content-Length: 14\r\n", "<html>1</html>", noDocument, 200),
            answer("a list", "HTTP/1.1 200 OK", "Content-Length: 2\r\n", "[]", noDocument, 200),
            FaultCase(
                "compressed, unasked", [head("Content-Encoding: gzip\r\nContent-Length: 27\r\n"), .bytes(gzip)],
                noDocument
            )
            .with { $0.expectedStream = notEvents },
            FaultCase(
                "events where a document was asked for, and the other way round", plain: wholeStream, noDocument,
                stream: [], .answered
            ).with {
                $0.stream = { _ in [head(length), .send(completion)] }
                $0.expectedStream = notEvents
            },
        ] + ends

    /// - Parameter streamStatus: for answers of success, which are no events.
    private static func answer(
        _ name: String, _ status: String, _ fields: String, _ body: String, _ expected: FaultExpectation,
        _ streamStatus: Int? = nil
    ) -> FaultCase {
        FaultCase("answer: " + name, [head(fields, status), .send(body)], expected).with {
            if let streamStatus { $0.expectedStream = .failed("truncated", after: streamStatus) }
        }
    }

    /// `{"x":1}`, as `gzip -n` has it.
    private static let gzip: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xAB, 0x56, 0xAA, 0x50, 0xB2, 0x32, 0xAC, 0x05,
        0x00, 0x5C, 0x59, 0xEB, 0x3B, 0x07, 0x00, 0x00, 0x00,
    ]

    /// Answers that end with their connection or end it, and streams that do not end as they should.
    private static let ends: [FaultCase] = [
        whole("to the end of the connection", "HTTP/1.1 200 OK", "", [.halfClose]),
        whole("HTTP/1.0 to the end of the connection", "HTTP/1.0 200 OK", "", [.close]),
        whole("HTTP/1.0 with a length", "HTTP/1.0 200 OK", length, [.untilDeparture]),
        whole(
            "the last of its connection, which stays", "HTTP/1.1 200 OK", "Connection: close\r\n" + length,
            [.untilDeparture]),
        FaultCase(
            "a reset in place of the end (RFC 9112 §8)", [head(""), .send(completion), .reset],
            .failed("truncated", after: 200)),
        stream("no [DONE]", [ScriptedUpstream.lastChunk], .broken("truncated")),
        stream("no JSON", [ScriptedUpstream.chunk("data: {\n\n")], .broken("malformed_answer")),
        stream("an event without end", [endlessEvent], .broken("malformed_answer")),
        stream(
            "half an event", [ScriptedUpstream.chunk("data: {\"choices\""), ScriptedUpstream.lastChunk],
            .broken("truncated")),
        stream("a [DONE] that nothing ends", [ScriptedUpstream.chunk("data: [DONE]"), .close], .broken("truncated")),
        stream(
            "[DONE] with more behind it", [ScriptedUpstream.chunk("data: [DONE]\n\ndata: {}\n\n"), .reset], .answered),
    ]

    private static let endlessEvent = ScriptedUpstream.chunk("data: " + String(repeating: "y", count: 2 << 20))

    private static func whole(_ name: String, _ status: String, _ fields: String, _ end: [Step]) -> FaultCase {
        FaultCase("answer: " + name, [head(fields, status), .send(completion)] + end, .answered).with {
            $0.stream = { _ in
                // Events have the framing of the case too.
                let events = firstText + "data: [DONE]\n\n"
                let own = fields.replacing(length, with: "Content-Length: \(events.utf8.count)\r\n")
                return [head(own, status), .send(events)] + end
            }
        }
    }

    private static func stream(_ name: String, _ steps: [Step], _ expected: FaultExpectation) -> FaultCase {
        FaultCase("stream: " + name, plain: [], .answered, stream: steps, expected).with {
            $0.plain = ScriptedUpstream.plain(completion)
        }
    }

    private static let shortMilliseconds = 300

    static let stalls: [FaultCase] = [
        silent("before the head", []),
        silent("inside of the status line", [.send("HTTP/1.1 20")]),
        silent("inside of the fields", [.send("HTTP/1.1 200 OK\r\nContent-Le")]),
        silent("before the blank line", [.send("HTTP/1.1 200 OK\r\n" + length)]),
        silent("after an interim answer", [.send("HTTP/1.1 100 Continue\r\n\r\n")]),
        silent(
            "a byte now and then inside of the head",
            trickle("HTTP/1.1 200 OK\r\nX-A: " + String(repeating: "y", count: 80))),
        FaultCase("silence behind the head", [head(length), .untilDeparture], .failed("timeout_idle", after: 200))
            .within { $0.idleGapTimeoutMilliseconds = shortMilliseconds },
        FaultCase(
            "silence inside of the body", plain: [head(length), .send("{"), .untilDeparture],
            .failed("timeout_idle", after: 200), stream: [.send("5\r\nda"), .untilDeparture], .broken("timeout_idle")
        ).within { $0.idleGapTimeoutMilliseconds = shortMilliseconds },
        FaultCase(
            "a byte now and then inside of the body",
            plain: [head("Content-Length: 500\r\n")] + trickle(String(repeating: " ", count: 80)),
            .failed("timeout_total", after: 200),
            stream: [.send("fff\r\n")] + trickle(String(repeating: ":", count: 80)),
            .broken("timeout_total")
        ).within { $0.totalTimeoutMilliseconds = shortMilliseconds },
    ]

    private static func silent(_ name: String, _ steps: [Step]) -> FaultCase {
        FaultCase("silence: " + name, steps + [.untilDeparture], .failed("timeout_first_byte")).within {
            $0.firstByteTimeoutMilliseconds = shortMilliseconds
        }
    }

    private static func trickle(_ text: String) -> [Step] {
        text.flatMap { [.send(String($0)), .pause(20)] }
    }
}
