import AWS

/// A frame byte by byte, as botocore's tests have it (github.com/boto/botocore, tests/unit/test_eventstream.py, read
/// 2026-11), in hexadecimal with text in quotes.
struct FrameVector: Sendable {
    let bytes: [UInt8]
    let frame: EventFrame

    init(_ parts: [FramePart], _ headers: [EventFrame.Header], payload: String = "") {
        bytes = parts.flatMap(\.bytes)
        frame = EventFrame(headers: headers, payload: Array(payload.utf8))
    }

    static let all = [
        FrameVector([.hex("00000010 00000000 05c248eb 7d98c8ff")], []),
        FrameVector(
            [.hex("00000017 00000007 29860158 04"), .text("byte"), .hex("02ff c2f869dc")],
            [.init("byte", .int8(-1))]),
        FrameVector(
            [.hex("00000019 00000009 710e923e 05"), .text("short"), .hex("03ffff b27cb6cc")],
            [.init("short", .int16(-1))]),
        FrameVector(
            [.hex("0000001d 0000000d 83e3f0e7 07"), .text("integer"), .hex("04ffffffff 8b8e12eb")],
            [.init("integer", .int32(-1))]),
        FrameVector(
            [.hex("0000001e 0000000e 5d4adb8d 04"), .text("long"), .hex("05ffffffffffffffff 4bc232da")],
            [.init("long", .int64(-1))]),
        FrameVector(
            [.hex("0000001d 00000000 fd528c5a"), .text("{'foo':'bar'}"), .hex("c3653936")], [],
            payload: "{'foo':'bar'}"),
        FrameVector(
            [
                .hex("0000003d 00000020 07fd8396 0c"), .text("content-type"), .hex("07 0010"),
                .text("application/json{'foo':'bar'}"), .hex("8d9c08b1"),
            ], [.init("content-type", .text("application/json"))], payload: "{'foo':'bar'}"),
        FrameVector(
            [
                .hex("00000062 00000052 03b5cb9c 013000 013101 01320202 0133030003 01340400000004"),
                .hex("0135050000000000000005 0136060005"), .text("bytes"), .hex("0137070004"), .text("utf8"),
                .hex("0138080000000000000008 013909"), .text("0123456789abcdef"), .hex("63353671"),
            ],
            [
                .init("0", .bool(true)), .init("1", .bool(false)), .init("2", .int8(2)), .init("3", .int16(3)),
                .init("4", .int32(4)), .init("5", .int64(5)), .init("6", .bytes(Array("bytes".utf8))),
                .init("7", .text("utf8")), .init("8", .timestamp(8)),
                .init("9", .uuid(Array("0123456789abcdef".utf8))),
            ]),
        FrameVector(
            [
                .hex("00000052 00000042 bf23637e 0d"), .text(":message-type"), .hex("070005"), .text("error"),
                .hex("0b"), .text(":error-code"), .hex("070004"), .text("code"), .hex("0e"),
                .text(":error-message"), .hex("070007"), .text("message"), .hex("6b6cea3d"),
            ],
            [
                .init(":message-type", .text("error")), .init(":error-code", .text("code")),
                .init(":error-message", .text("message")),
            ]),
    ]

    /// Those that must not be taken, and why.
    static let bad: [(bytes: [UInt8], fault: EventFrameError)] = [
        (hex("0100001d 00000000 fd528c5a") + Array("{'foo':'bar'}".utf8) + hex("c3653936"), .wrongPreludeChecksum),
        (hex("0000001d 00000000 fd528c5a") + Array("{'foo':'bar'".utf8) + hex("8d c3653936"), .wrongChecksum),
        (hex("0000003d ff000102 07fd8396"), .impossibleLengths),
        (
            hex("00000024 00000014 4bb982d0 04") + Array("test".utf8) + hex("04") + Array("asdf".utf8) + hex("04")
                + Array("test".utf8) + hex("04") + Array("asdf".utf8) + hex("f3f47563"), .malformedHeader
        ),
        (hex("0000000f 00000000 00000000"), .impossibleLengths),
        (hex("00000000 00000000 00000000"), .impossibleLengths),
        (hex("00000010 00000001 00000000"), .impossibleLengths),
        (hex("ffffffff fffffff0 00000000"), .impossibleLengths),
    ]

    private static func hex(_ text: String) -> [UInt8] { FramePart.hex(text).bytes }
}

/// A piece of a frame as it is written down.
enum FramePart: Sendable {
    case hex(String)
    case text(String)

    var bytes: [UInt8] {
        switch self {
        case .text(let text): return Array(text.utf8)
        case .hex(let text):
            let digits = text.compactMap(\.hexDigitValue)
            return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        }
    }
}
