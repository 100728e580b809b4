/// Cuts a file into its lines while it is read: bytes in, lines out, the same ones however the bytes are cut up. A line
/// ends with LF or CRLF, the last one also with the file; lines of white space alone are passed over, but count. A byte
/// order mark at the very beginning is no part of the first line.
struct LineSplitter: Sendable {
    enum Event: Sendable, Equatable {
        /// - Parameters:
        ///   - number: from 1.
        ///   - start: of the bytes within the file.
        case line(number: Int, start: Int, bytes: [UInt8])
        /// The bytes of this one were dropped.
        case tooLong(number: Int)
    }

    private let bytesMax: Int
    /// Of the line that has not ended.
    private var pending: [UInt8] = []
    private var number = 1
    /// Where the line begins within the file.
    private var start = 0
    private var isDropped = false

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// - Parameter bytesMax: of a line, its end left out.
    init(bytesMax: Int) { self.bytesMax = bytesMax }

    mutating func feed(_ bytes: [UInt8], _ handle: (Event) throws -> Void) rethrows {
        var at = bytes.startIndex
        while let end = bytes[at...].firstIndex(of: Self.lineFeed) {
            take(bytes[at..<end])
            try endLine(with: 1, handle)
            at = end + 1
        }
        take(bytes[at...])
    }

    /// There is no more to come.
    mutating func finish(_ handle: (Event) throws -> Void) rethrows {
        guard isDropped || !pending.isEmpty else { return }
        try endLine(with: 0, handle)
    }

    private var dropped = 0

    private mutating func take(_ piece: ArraySlice<UInt8>) {
        // One byte more, which may be the carriage return of its end.
        guard !isDropped, pending.count + piece.count <= bytesMax + 1 + Self.mark.count else {
            dropped += pending.count + piece.count
            pending = []
            isDropped = true
            return
        }
        pending += piece
    }

    private mutating func endLine(with ending: Int, _ handle: (Event) throws -> Void) rethrows {
        var line: [UInt8] = []
        swap(&line, &pending)
        let (lineStart, lineNumber, wasDropped) = (start, number, isDropped)
        start += line.count + dropped + ending
        number += 1
        dropped = 0
        isDropped = false
        var skipped = 0
        if lineStart == 0, line.starts(with: Self.mark) {
            line.removeFirst(Self.mark.count)
            skipped = Self.mark.count
        }
        if line.last == Self.carriageReturn { line.removeLast() }
        guard !wasDropped, line.count <= bytesMax else { return try handle(.tooLong(number: lineNumber)) }
        guard line.contains(where: { !Self.isBlank($0) }) else { return }
        try handle(.line(number: lineNumber, start: lineStart + skipped, bytes: line))
    }

    /// White space of JSON (RFC 8259 §2).
    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == carriageReturn
    }
}
