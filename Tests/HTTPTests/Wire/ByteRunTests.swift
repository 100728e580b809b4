import Testing

@testable import HTTP

/// RFC 9110 §5.5: which bytes a field's value holds, a word at a time and one by one.
@Suite struct ByteRunTests {
    @Test func everyByteAtEveryPlaceOfAWordEndsTheRunOrDoesNot() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<20 {
                var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 20)
                bytes[place] = byte
                let end = ByteRun.fieldValue(bytes.span, from: 0, to: 20)
                #expect(end == (Octet.isFieldValue(byte) ? 20 : place), "\(byte) at \(place)")
                let line = ByteRun.line(bytes.span, from: 0, to: 20)
                #expect(line == (byte == 0x0A ? place : 20), "\(byte) at \(place)")
            }
        }
    }

    @Test func linesEndAtEitherByteWhereverItStands() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<20 {
                var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 20)
                bytes[place] = byte
                let end = bytes.withUnsafeBytes { ByteRun.lineEnd($0, from: 0) }
                #expect(end == (byte == 0x0A || byte == 0x0D ? place : 20), "\(byte) at \(place)")
            }
        }
    }

    @Test func namesAreReadByWordsAsByBytes() {
        func isCommon(_ byte: UInt8) -> Bool { byte == 0x2D || (byte | 0x20) &- 0x61 < 26 && byte < 0x80 }
        for byte in UInt8.min...UInt8.max {
            // A comma after a hyphen is what an inexact test of hyphens takes for one.
            for other in [UInt8(ascii: "a"), UInt8(ascii: "Z"), UInt8(ascii: "-")] {
                for place in 0..<19 {
                    var bytes = [UInt8](repeating: other, count: 19)
                    bytes[place] = byte
                    let end = ByteRun.name(bytes.span, from: 0, to: 19)
                    // The last three are for whoever reads on byte by byte.
                    #expect(end == (isCommon(byte) || place > 15 ? 16 : place), "\(byte) at \(place)")
                }
            }
        }
    }

    @Test func valuesHoldTabsWhereverTheyStand() {
        for place in 0..<24 {
            for next in 0..<24 where next != place {
                var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 24)
                bytes[place] = 0x09
                bytes[next] = 0x0D
                let end = ByteRun.fieldValue(bytes.span, from: 0, to: 24)
                #expect(end == next, "a tab at \(place), an end at \(next)")
            }
        }
    }

    @Test func runStaysWithinItsBounds() {
        let bytes = Array("0123456789abcdef\r\n".utf8)
        for start in 0...16 {
            for bound in start...16 {
                let end = ByteRun.fieldValue(bytes.span, from: start, to: bound)
                #expect(end == bound)
            }
        }
        let end = ByteRun.fieldValue(bytes.span, from: 3, to: 400)
        #expect(end == 16)
    }

    @Test func namesAreComparedByWordsAsByBytes() {
        let names: [StaticString] = ["te", "content-length", "connection", "transfer-encoding", "host", "keep-alive"]
        for name in names {
            let plain = Array(name.description.utf8)
            for text in [plain, plain.map { $0 &- 0x61 < 26 ? $0 - 0x20 : $0 }] {
                let isItself = FieldName.equals(text.span, 0..<text.count, name)
                #expect(isItself)
                for place in text.indices {
                    for other in UInt8(0x21)...0x7E {
                        var changed = text
                        changed[place] = other
                        let isSame = Octet.lowercased(other) == plain[place]
                        let held = FieldName.equals(changed.span, 0..<changed.count, name)
                        #expect(held == isSame, "\(name) with \(other) at \(place)")
                    }
                }
                let isShorter = FieldName.equals(text.span, 0..<text.count - 1, name)
                #expect(!isShorter)
            }
        }
    }
}
