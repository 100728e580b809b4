@testable import HTTP

/// Forms of callers, with the boundary `xYz`.
enum FormParserFuzz {
    private struct Reading: Equatable {
        var names: [String] = []
        var contents: [[UInt8]] = []
        var bytes: [UInt8] = []
        var error: FormError?
    }

    /// The same form wherever it is cut; every byte of it in its events; and the parts that a plain search for the
    /// delimiter finds, so that another reader cannot find others.
    static func violation(_ raw: [UInt8]) -> String? {
        let input = FuzzInput(raw)
        var limits = FormLimits()
        if input.choices & 1 == 1 { limits.headBytesMax = 96 }
        if input.choices & 2 == 2 { limits.partsMax = 2 }
        let whole = read([input.bytes[...]], limits)
        for single in [false, true] where !single || input.bytes.count <= 512 {
            let cut = read(input.pieces(single: single), limits)
            // Of a form that is refused, more or less of a content may have passed before.
            guard cut.error == whole.error, whole.error != nil || cut == whole else {
                return "cut at \(single ? [] : input.cuts): \(cut), whole: \(whole)"
            }
        }
        guard whole.error == nil else { return nil }
        guard whole.bytes == input.bytes else { return "the events hold \(whole.bytes)" }
        let found = searched(input.bytes)
        return found == whole.contents ? nil : "read \(whole.contents), found \(found)"
    }

    private static func read(_ pieces: [ArraySlice<UInt8>], _ limits: FormLimits) -> Reading {
        var reading = Reading()
        func note(_ event: FormEvent) {
            switch event {
            case .part(let part, let raw):
                reading.names.append(part.name)
                reading.contents.append([])
                reading.bytes += raw
            case .content(let content):
                reading.contents[reading.contents.count - 1] += content
                reading.bytes += content
            case .end(let raw): reading.bytes += raw
            }
        }
        do throws(FormError) {
            let boundary = try FormBoundary(contentType: Array("multipart/form-data; boundary=xYz".utf8)[...])
            var parser = FormParser(boundary, limits: limits)
            for piece in pieces { try parser.feed(Array(piece)) { note($0) } }
            try parser.finish { note($0) }
        } catch {
            reading.error = error
        }
        return reading
    }

    /// What a lenient reader takes for the contents: whatever stands between two lines that begin with the delimiter,
    /// however the line before ends, behind the first empty line.
    private static func searched(_ bytes: [UInt8]) -> [[UInt8]] {
        let delimiter = Array("--xYz".utf8)
        var starts: [Int] = []
        for index in bytes.indices where bytes[index...].starts(with: delimiter) {
            if index == 0 || bytes[index - 1] == 10 { starts.append(index) }
        }
        return zip(starts, starts.dropFirst()).map { start, end in
            let part = bytes[start..<(end - 2)]
            for index in part.indices where part[index...].starts(with: [13, 10, 13, 10]) {
                return Array(part[(index + 4)...])
            }
            return []
        }
    }
}
