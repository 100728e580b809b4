import HTTP
import JSON

/// Finds what a caller who did not ask for usage is not to see of a streamed completion (OpenAI, "stream_options"): the
/// chunk that holds nothing else, and the member `usage` of all others.
enum UsageCut {
    private static let plan = PathPlan([["usage"], ["choices"], ["choices", "0"]])

    enum Found {
        case nothing
        /// In the event's raw bytes.
        case part(Range<Int>)
        /// The event has to be written anew for a part of it to be cut out.
        case rewritten([UInt8], Range<Int>)
        case whole
    }

    static func find(in event: ServerSentEvent) -> Found {
        guard let scan = try? PathScan(event.data, plan), let usage = scan[0] else { return .nothing }
        if usage.kind == .object, scan[1]?.kind == .array, scan[2] == nil { return .whole }
        let cut = FieldSplice.cut(of: usage, in: event.data)
        if let offset = event.dataOffset { return .part(offset + cut.lowerBound..<offset + cut.upperBound) }
        // Its data stands on several lines: it is put on one, where white space between members may become spaces.
        let prefix = event.event.map { "event: \($0)\n" } ?? ""
        let data = event.data.map { $0 == 10 || $0 == 13 ? 32 : $0 }
        let start = prefix.utf8.count + 6
        return .rewritten(
            Array(prefix.utf8) + Array("data: ".utf8) + data + [10, 10],
            start + cut.lowerBound..<start + cut.upperBound)
    }
}
