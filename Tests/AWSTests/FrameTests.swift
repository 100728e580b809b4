import AWS
import Support
import Testing

@Suite struct FrameTests {
    /// What the pieces come to, and what ended it.
    private static func read(
        _ pieces: [[UInt8]], max: Int = 1 << 20
    ) -> (frames: [EventFrame], fault: EventFrameError?, isPartial: Bool) {
        var decoder = EventFrameDecoder(frameBytesMax: max)
        var frames: [EventFrame] = []
        for piece in pieces {
            do throws(EventFrameError) {
                try decoder.feed(piece) { frames.append($0) }
            } catch {
                return (frames, error, decoder.hasPartialFrame)
            }
        }
        return (frames, nil, decoder.hasPartialFrame)
    }

    @Test(arguments: FrameVector.all.indices)
    func aFrameIsReadAndWrittenAsOthersDo(index: Int) throws {
        let vector = FrameVector.all[index]
        let read = Self.read([vector.bytes])
        #expect(read.frames == [vector.frame])
        #expect(read.fault == nil && !read.isPartial)
        #expect(try vector.frame.encoded() == vector.bytes)
    }

    @Test func theCutsOfAStreamMakeNoDifference() {
        let stream = FrameVector.all.flatMap(\.bytes)
        let frames = FrameVector.all.map(\.frame)
        #expect(Self.read(stream.map { [$0] }).frames == frames)
        for cut in 0...stream.count {
            let read = Self.read([Array(stream[..<cut]), Array(stream[cut...])])
            #expect(read.frames == frames, "cut at \(cut)")
            let first = Self.read([Array(stream[..<cut])])
            #expect(first.fault == nil)
            #expect(first.frames == Array(frames.prefix(first.frames.count)))
        }
    }

    @Test(arguments: FrameVector.bad.indices)
    func aDamagedFrameIsRefusedAtEveryCut(index: Int) {
        let (bytes, fault) = FrameVector.bad[index]
        let good = FrameVector.all[5]
        for cut in 0...bytes.count {
            let read = Self.read([good.bytes + bytes[..<cut], Array(bytes[cut...]) + good.bytes])
            #expect(read.frames == [good.frame])
            #expect(read.fault == fault, "cut at \(cut)")
        }
    }

    @Test func behindAFaultNothingIsReadAnyMore() {
        var decoder = EventFrameDecoder()
        let bad = FrameVector.bad[1].bytes
        for bytes in [bad, FrameVector.all[0].bytes, []] {
            #expect(throws: EventFrameError.wrongChecksum) { try decoder.feed(bytes) { _ in } }
            #expect(!decoder.hasPartialFrame)
        }
    }

    @Test func aLengthBeyondTheBoundIsRefusedBeforeTheFrameHasCome() throws {
        let frame = EventFrame(payload: Array(repeating: 7, count: 85))
        let bytes = try frame.encoded()
        #expect(bytes.count == 101)
        #expect(Self.read([bytes], max: 101).frames == [frame])
        #expect(Self.read([Array(bytes[..<12])], max: 100).fault == .frameTooLarge(100))
        #expect(Self.read([Array(bytes[..<11])], max: 100).fault == nil)
    }

    @Test func whatDoesNotFitItsLengthIsNotWritten() {
        let long = String(repeating: "x", count: 256)
        for header in [
            EventFrame.Header(long, .bool(true)), .init("", .bool(true)), .init("u", .uuid([1])),
            .init("t", .text(String(repeating: "x", count: 65_536))),
        ] {
            #expect(throws: EventFrameError.malformedHeader) { try EventFrame(headers: [header]).encoded() }
        }
    }

    /// Every frame with wrong contents under right checksums, so that the headers' reader is reached.
    @Test func noHeadersBringTheReaderDown() throws {
        var generator = SeededGenerator(seed: 11)
        var faults = 0
        for _ in 0..<20_000 {
            let vector = FrameVector.all[Int.random(in: 1..<FrameVector.all.count, using: &generator)]
            var content = Array(vector.bytes[12..<vector.bytes.count - 4])
            let headers = Int(vector.bytes[7])
            for _ in 0..<Int.random(in: 1...3, using: &generator) where headers > 0 {
                content[Int.random(in: 0..<headers, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let length =
                Int.random(in: 0...1, using: &generator) == 0
                ? headers
                : Int.random(
                    in: 0...content.count, using: &generator)
            let read = Self.read([Self.framed(content, headers: length)])
            if let fault = read.fault {
                #expect(fault == .malformedHeader)
                faults += 1
            } else {
                #expect(read.frames.count == 1)
                // What is read is written again: two forms of one frame are only those of a bool.
                let written = try read.frames[0].encoded()
                #expect(Self.read([written]).frames == read.frames)
            }
        }
        #expect(faults > 1_000)
    }

    @Test func noDamagePassesForAFrame() {
        var generator = SeededGenerator(seed: 12)
        let stream = FrameVector.all.flatMap(\.bytes)
        let frames = FrameVector.all.map(\.frame)
        for _ in 0..<20_000 {
            var damaged = stream
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = damaged.indices.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: damaged[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: damaged.remove(at: index)
                default: damaged.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                }
            }
            let cut = Int.random(in: 0...damaged.count, using: &generator)
            let whole = Self.read([damaged])
            let parted = Self.read([Array(damaged[..<cut]), Array(damaged[cut...])])
            #expect(whole.frames == parted.frames && whole.fault == parted.fault)
            #expect(whole.frames == Array(frames.prefix(whole.frames.count)))
        }
    }

    private static func framed(_ content: [UInt8], headers: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 8)
        for index in 0..<4 {
            bytes[index] = UInt8(truncatingIfNeeded: (content.count + 16) >> (24 - 8 * index))
            bytes[4 + index] = UInt8(truncatingIfNeeded: headers >> (24 - 8 * index))
        }
        bytes += checksum(bytes)
        bytes += content
        return bytes + checksum(bytes)
    }

    /// CRC-32 by its definition, a bit at a time.
    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var value = UInt32.max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320 }
        }
        return (0..<4).map { UInt8(truncatingIfNeeded: ~value >> (24 - 8 * $0)) }
    }
}
