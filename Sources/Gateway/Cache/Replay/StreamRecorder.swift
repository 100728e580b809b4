import HTTP

/// Turns the bytes that a relay sends into what is kept of them: events without the comments between, and what of them
/// is usage.
struct StreamRecorder: Sendable {
    private var parser = EventStreamParser()
    /// Whether callers may ask for a stream with usage or without.
    private let cutsUsage: Bool

    init(cutsUsage: Bool) {
        self.cutsUsage = cutsUsage
    }

    /// - Returns: bytes of whole events, and ranges of them; nil when they are no events.
    mutating func read(_ bytes: [UInt8]) -> (bytes: [UInt8], cuts: [Range<Int>])? {
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count)
        var cuts: [Range<Int>] = []
        do throws(EventStreamError) {
            try parser.feed(bytes) { event in
                guard !event.data.isEmpty || event.event != nil else { return }
                let start = kept.count
                switch cutsUsage ? UsageCut.find(in: event) : .nothing {
                case .nothing: kept += event.raw
                case .part(let range):
                    kept += event.raw
                    cuts.append(start + range.lowerBound..<start + range.upperBound)
                case .rewritten(let raw, let range):
                    kept += raw
                    cuts.append(start + range.lowerBound..<start + range.upperBound)
                case .whole:
                    kept += event.raw
                    cuts.append(start..<kept.count)
                }
            }
        } catch {
            return nil
        }
        return (kept, cuts)
    }
}
