import Compression

/// One compressor for each coding, made when first asked for and used again for every answer of a loop: setting one up
/// costs more than compressing a short answer.
struct DeflaterPool {
    private let level: Int
    private var deflaters: [ContentCoding: Deflater] = [:]

    init(level: Int) { self.level = level }

    /// Ready for a new stream; nil without memory.
    mutating func take(_ coding: ContentCoding) -> Deflater? {
        if let held = deflaters[coding] {
            held.reset()
            return held
        }
        guard let made = try? Deflater(coding.format, level: level) else { return nil }
        deflaters[coding] = made
        return made
    }
}
