/// The beginning of a body, and how long all of it was.
package struct BodyExcerpt: Sendable {
    package enum Form: Sendable {
        /// As it went over the wire.
        case document
        /// The data of a stream's events, each behind a `separator`.
        case events
    }

    /// RFC 7464 §2.2: cannot occur in JSON.
    package static let separator: UInt8 = 0x1E
    /// So much more is held than is to be kept: what stands across the end is recognised by what follows it.
    package static let marginBytes = 1_024

    package let form: Form
    /// At most what is to be kept and the margin.
    package private(set) var bytes: [UInt8] = []
    /// Of all of it.
    package private(set) var byteCount = 0
    /// Whether there was more than is to be kept.
    package private(set) var isCut = false
    private let bytesMax: Int
    /// Something was skipped: what follows it would stand in the wrong place.
    private var hasGap = false

    /// - Parameter bytesMax: what is to be kept.
    package init(_ form: Form, bytesMax: Int) {
        self.form = form
        self.bytesMax = bytesMax
    }

    /// How many bytes more it will hold when so many are appended.
    func growth(by count: Int) -> Int {
        let room = bytesMax + Self.marginBytes - bytes.count
        switch form {
        case .document: return hasGap ? 0 : min(count, max(0, room))
        case .events: return isCut || count > room ? 0 : count + 1
        }
    }

    /// More of a document.
    package mutating func append(_ piece: [UInt8]) {
        byteCount += piece.count
        isCut = isCut || byteCount > bytesMax
        guard !hasGap else { return }
        let room = bytesMax + Self.marginBytes - bytes.count
        if bytes.isEmpty, piece.count <= room {
            bytes = piece
        } else if room > 0 {
            bytes += piece.prefix(room)
        }
    }

    /// More of it that cannot be held.
    mutating func skip(_ count: Int) {
        byteCount += count
        isCut = true
        hasGap = true
    }

    /// The next event: held whole or not at all, and none after one that was not.
    package mutating func append(event data: [UInt8]) {
        byteCount += data.count
        guard !isCut, bytes.count + data.count <= bytesMax + Self.marginBytes else {
            isCut = true
            return
        }
        bytes.append(Self.separator)
        bytes += data
    }
}
