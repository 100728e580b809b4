import Compression
import Testing

/// RFC 1950, 1951 and 1952 by zlib: what goes in comes out, whatever the pieces; what is damaged does not.
struct CompressionTests {
    static let text = Array(
        String(repeating: "{\"role\":\"user\",\"content\":\"where is my parcel?\"}\n", count: 40).utf8)

    static func compress(_ bytes: [UInt8], _ format: CompressionFormat = .gzip, pieces: Int = 1) throws -> [UInt8] {
        let deflater = try Deflater(format, level: 6)
        var packed: [UInt8] = []
        for index in 0..<pieces {
            let range = (bytes.count * index / pieces)..<(bytes.count * (index + 1) / pieces)
            bytes.withUnsafeBufferPointer { whole in
                deflater.compress(.init(rebasing: whole[range]), to: &packed, isLast: index == pieces - 1)
            }
        }
        return packed
    }

    /// Hands over `bytes` cut at `cuts`.
    static func expand(
        _ bytes: [UInt8], _ format: CompressionFormat = .gzip, cuts: [Int] = [], budget: Int = .max,
        limits: Inflater.Limits = .init(bytesMax: .max)
    ) -> Result<[UInt8], CompressionError> {
        do throws(CompressionError) {
            let inflater = try Inflater(format, limits)
            var output: [UInt8] = []
            var start = 0
            for end in cuts + [bytes.count] {
                while start < end {
                    var used: Result<Int, CompressionError> = .success(0)
                    bytes.withUnsafeBufferPointer { whole in
                        do throws(CompressionError) {
                            let piece = UnsafeBufferPointer(rebasing: whole[start..<end])
                            used = .success(try inflater.expand(piece, to: &output, budget: budget))
                        } catch {
                            used = .failure(error)
                        }
                    }
                    start += try used.get()
                }
            }
            try inflater.finish()
            return .success(output)
        } catch {
            return .failure(error)
        }
    }

    @Test(arguments: [CompressionFormat.gzip, .zlib])
    func everySplitPointGivesTheSameBytes(_ format: CompressionFormat) throws {
        let packed = try Self.compress(Self.text, format)
        for cut in 0...packed.count {
            #expect(Self.expand(packed, format, cuts: [cut]) == .success(Self.text), "cut at \(cut)")
        }
        #expect(Self.expand(packed, format, cuts: Array(1..<packed.count)) == .success(Self.text))
    }

    @Test(arguments: [CompressionFormat.gzip, .zlib])
    func everyTruncationIsSeen(_ format: CompressionFormat) throws {
        let packed = try Self.compress(Self.text, format)
        for count in 0..<packed.count {
            #expect(Self.expand(Array(packed[..<count]), format) == .failure(.truncated), "\(count) bytes")
        }
    }

    /// Every byte but those of the gzip header that say nothing of the content (RFC 1952 §2.3: time, flags of effort,
    /// system) is held by the format or by its checksum.
    @Test(arguments: [CompressionFormat.gzip, .zlib])
    func everyDamagedByteIsSeen(_ format: CompressionFormat) throws {
        let packed = try Self.compress(Self.text, format)
        let silent: Range<Int> = format == .gzip ? 4..<10 : 0..<0
        for index in packed.indices where !silent.contains(index) {
            var damaged = packed
            damaged[index] ^= 0x55
            guard case .failure = Self.expand(damaged, format, limits: .init(bytesMax: 1 << 20)) else {
                Issue.record("byte \(index) may be anything")
                continue
            }
        }
    }

    @Test func membersOfGzipFollowOneAnotherAtEverySplitPoint() throws {
        let packed = try Self.compress(Self.text) + Self.compress([]) + Self.compress(Array("end".utf8))
        for cut in 0...packed.count {
            #expect(Self.expand(packed, cuts: [cut]) == .success(Self.text + Array("end".utf8)), "cut at \(cut)")
        }
        #expect(Self.expand(packed + [0]) == .failure(.truncated))
        #expect(Self.expand(packed + Array("rubbish, not a member".utf8)) == .failure(.corrupt))
        #expect(Self.expand(packed + packed[..<5]) == .failure(.truncated))
    }

    @Test func nothingFollowsAZlibStreamAndRawDeflateIsNone() throws {
        let packed = try Self.compress(Self.text, .zlib)
        #expect(Self.expand(packed + [0], .zlib) == .failure(.corrupt))
        #expect(Self.expand(Array(packed[2..<(packed.count - 4)]), .zlib) == .failure(.corrupt))
        #expect(Self.expand(packed, .gzip) == .failure(.corrupt))
        // RFC 1950 §2.2, FDICT: a dictionary that nobody agreed on.
        #expect(Self.expand([0x78, 0x20 | 0x1B, 1, 2, 3, 4, 0], .zlib) == .failure(.corrupt))
    }

    @Test func budgetIsKeptToWithinAPieceAndNothingIsLost() throws {
        let zeros = [UInt8](repeating: 0, count: 3_000_000)
        let packed = try Self.compress(zeros)
        #expect(Self.expand(packed, budget: 1) == .success(zeros))
        let inflater = try Inflater(.gzip, .init(bytesMax: .max))
        var output: [UInt8] = []
        var left = packed
        var most = 0
        while !left.isEmpty {
            let before = output.count
            let used = try left.withUnsafeBufferPointer { try inflater.expand($0, to: &output, budget: 100_000) }
            most = max(most, output.count - before)
            left.removeFirst(used)
        }
        #expect(output.count == zeros.count)
        // A piece of 16 KiB beyond, and what zlib held back.
        #expect(most < 100_000 + 2 * 16 * 1_024)
    }

    @Test func moreThanMayComeOutIsRefusedBeforeItIsHeld() throws {
        let zeros = [UInt8](repeating: 0, count: 10_000_000)
        let bomb = try Self.compress(zeros)
        #expect(bomb.count < 11_000)
        #expect(Self.expand(bomb, limits: .init(bytesMax: 9_999_999)) == .failure(.tooLarge(bytesMax: 9_999_999)))
        #expect(Self.expand(bomb, limits: .init(bytesMax: 10_000_000)) == .success(zeros))
        let dense = Inflater.Limits(bytesMax: .max, ratioMax: 200)
        for cuts in [[], Array(1..<bomb.count)] {
            #expect(Self.expand(bomb, cuts: cuts, limits: dense) == .failure(.tooDense(ratioMax: 200)))
        }
        // What is small is no burden, however dense.
        let small = try Self.compress([UInt8](repeating: 0, count: Inflater.densityFreeBytes))
        #expect(try Self.expand(small, limits: dense).get().count == Inflater.densityFreeBytes)
        #expect(Self.expand(try Self.compress(Self.text), limits: dense) == .success(Self.text))
    }

    @Test func piecesGoingInChangeNothingOfWhatComesOut() throws {
        for bytes in [[], [7], Self.text, (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }] {
            for pieces in [1, 2, 7, 100] {
                let packed = try Self.compress(bytes, .zlib, pieces: pieces)
                #expect(Self.expand(packed, .zlib) == .success(bytes))
            }
        }
        // A compressor that is used again begins anew.
        let deflater = try Deflater(.gzip, level: 1)
        var outputs: [[UInt8]] = []
        for _ in 0..<2 {
            var output: [UInt8] = []
            Self.text.withUnsafeBufferPointer { deflater.compress($0, to: &output, isLast: true) }
            outputs.append(output)
            deflater.reset()
        }
        #expect(outputs[0] == outputs[1])
        #expect(Self.expand(outputs[1]) == .success(Self.text))
    }

    @Test func storedBytesComeBackAndDamageIsSeen() throws {
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<500).map { _ in UInt8.random(in: 0...255, using: &generator) }
        for bytes in [[], [0], noise, Self.text] {
            let packed = PackedBytes(packing: bytes)
            #expect(packed.stored.count <= bytes.count + 1)
            #expect(try PackedBytes(stored: packed.stored).unpacked(bytesMax: bytes.count) == bytes)
            if !bytes.isEmpty {
                #expect(throws: CompressionError.tooLarge(bytesMax: bytes.count - 1)) {
                    try packed.unpacked(bytesMax: bytes.count - 1)
                }
            }
        }
        let packed = PackedBytes(packing: Self.text).stored
        #expect(packed.count < Self.text.count / 5)
        for index in packed.indices.dropFirst() {
            var damaged = packed
            damaged[index] ^= 1
            #expect(throws: CompressionError.self) { try PackedBytes(stored: damaged).unpacked(bytesMax: 1 << 20) }
        }
        #expect(throws: CompressionError.corrupt) { try PackedBytes(stored: []).unpacked(bytesMax: 1) }
        #expect(throws: CompressionError.corrupt) { try PackedBytes(stored: [9, 9]).unpacked(bytesMax: 1) }
        #expect(throws: CompressionError.truncated) {
            try PackedBytes(stored: packed.dropLast()).unpacked(bytesMax: 1 << 20)
        }
    }
}
