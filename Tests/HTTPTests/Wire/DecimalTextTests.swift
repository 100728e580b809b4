import Testing

@testable import HTTP

/// Numbers in header fields are those that Swift itself would write.
@Suite struct DecimalTextTests {
    @Test func everyLengthIsWrittenWhole() {
        var power: UInt64 = 1
        for _ in 0..<20 {
            for value in [power &- 1, power, power &+ 1, power &* 9, .max / power, .max] {
                var headers = Headers()
                headers.add(known: "x-number", decimal: value)
                #expect(headers.fields.map(\.value) == [String(value)])
            }
            power &*= 10
        }
    }

    @Test func fieldsStandOneBehindTheOtherHoweverTheyCame() {
        var headers = Headers()
        headers.add(known: "x-one", "first")
        headers.add(known: "x-two", decimal: 2)
        headers.add("X-Three", "third")
        headers.add(known: "x-four", count: 4) { $0.update(repeating: UInt8(ascii: "4"), count: 4) }
        headers.add(known: "x-none", "")
        #expect(headers.fields.map(\.name) == ["x-one", "x-two", "X-Three", "x-four", "x-none"])
        #expect(headers.fields.map(\.value) == ["first", "2", "third", "4444", ""])
    }
}
