/// The rest of a request's body, handed over while it is sent. Touched only on its transfer's loop.
final class UpstreamUpload: @unchecked Sendable {
    // @unchecked: touched only on its transfer's loop.

    /// Bytes of the whole body; nil where nobody knows, and then it is sent in chunks (RFC 9112 §7.1).
    let length: Int?
    /// Who sends; nil before and after.
    weak var transfer: Transfer?
    private var pending: [UInt8] = []
    private var isFinished = false
    /// Some of it is on its way and could not be sent again.
    private(set) var isBegun = false
    /// What was taken last has not left the process yet.
    private var isUnderWay = false
    private var isEnded = false
    private var endWaiter: (@Sendable () -> Void)?
    private var roomWaiter: (@Sendable () -> Void)?

    /// So much may wait to be sent.
    private static let bytesMax = 256 << 10

    init(length: Int?) { self.length = length }

    /// Whether all of it has been taken.
    var isDone: Bool { isFinished && pending.isEmpty }
    /// Whether the upstream is waited for, and not whoever hands over.
    var isWaiting: Bool { !pending.isEmpty || isUnderWay }
    var hasRoom: Bool { pending.count < Self.bytesMax }
    var bytesWaiting: Int { pending.count }

    func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, !isFinished else { return }
        frame(bytes, into: &pending)
        transfer?.uploadGrew()
    }

    /// There is no more.
    func finish() {
        guard !isFinished else { return }
        isFinished = true
        if length == nil { pending += "0\r\n\r\n".utf8 }
        transfer?.uploadGrew()
    }

    /// As it stands on the wire.
    func frame(_ bytes: [UInt8], into output: inout [UInt8]) {
        guard length == nil else {
            output += bytes
            return
        }
        // A chunk of no bytes would be the last one.
        guard !bytes.isEmpty else { return }
        output += String(bytes.count, radix: 16).utf8
        output += "\r\n".utf8
        output += bytes
        output += "\r\n".utf8
    }

    /// What waits to be sent, when what was taken before has been; there is room then.
    func take() -> [UInt8] {
        isUnderWay = !pending.isEmpty
        guard !pending.isEmpty else { return [] }
        isBegun = true
        var taken: [UInt8] = []
        swap(&taken, &pending)
        return taken
    }

    /// Calls `action` once when there is room: from this very call when that is so already.
    func onRoom(_ action: @escaping @Sendable () -> Void) {
        // Nobody takes any more after the end, and who waits would be kept by what it waits for.
        if hasRoom { action() } else if !isEnded { roomWaiter = action }
    }

    /// Calls `action` once when all of it is on its way, or the transfer has ended: from this very call when that is so
    /// already.
    func onEnd(_ action: @escaping @Sendable () -> Void) {
        if isDone || isEnded { action() } else { endWaiter = action }
    }

    /// What was taken is on its way.
    func settle() {
        if hasRoom { roomWaiter.take()?() }
        if isDone { endWaiter.take()?() }
    }

    /// The transfer has ended: nobody takes any more.
    func end() {
        isEnded = true
        roomWaiter = nil
        endWaiter.take()?()
    }
}
