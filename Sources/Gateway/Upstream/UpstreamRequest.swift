/// One request to an upstream, nearly always a POST. Passed from hand to hand, and so behind one reference.
package final class UpstreamRequest: Sendable {
    package let target: UpstreamTarget
    package let body: [UInt8]
    package let deadlines: UpstreamDeadlines
    /// How much of the answer may wait to be taken; beyond it the transfer is paused.
    package let bufferBytesMax: Int
    /// Further lines of the head, each with its CRLF before it; nearly always none.
    package let fields: [UInt8]
    /// In place of the target's, which must have none then.
    let contentType: String?
    /// What follows `body`, where not all of it is here yet.
    let upload: UpstreamUpload?
    /// Whether the answer's media type is read, which costs every answer that it is read of.
    let readsContentType: Bool
    /// Whether it has no body at all, and no fields that tell of one.
    let isBare: Bool
    /// Whether its body is here and its fields are the target's.
    let isUsual: Bool

    package init(
        target: UpstreamTarget, body: [UInt8], deadlines: UpstreamDeadlines, bufferBytesMax: Int,
        fields: [UInt8] = []
    ) {
        self.fields = fields
        self.target = target
        self.body = body
        self.deadlines = deadlines
        self.bufferBytesMax = bufferBytesMax
        contentType = nil
        upload = nil
        readsContentType = false
        isBare = false
        isUsual = true
    }

    /// Of which nothing but its head is sent.
    init(bare target: UpstreamTarget, deadlines: UpstreamDeadlines, bufferBytesMax: Int, fields: [UInt8] = []) {
        self.fields = fields
        self.target = target
        body = []
        self.deadlines = deadlines
        self.bufferBytesMax = bufferBytesMax
        contentType = nil
        upload = nil
        readsContentType = false
        isBare = true
        isUsual = false
    }

    /// Of which the answer may be of any media type.
    init(
        target: UpstreamTarget, body: [UInt8], contentType: String?, upload: UpstreamUpload?,
        deadlines: UpstreamDeadlines, bufferBytesMax: Int
    ) {
        self.target = target
        self.body = body
        self.deadlines = deadlines
        self.bufferBytesMax = bufferBytesMax
        fields = []
        self.contentType = contentType
        self.upload = upload
        readsContentType = true
        isBare = false
        isUsual = contentType == nil && upload == nil
    }

    /// The same with further lines of the head: of one whose body is here and whose fields are the target's.
    /// - Parameter held: how long it waited for them, in nanoseconds, which its deadlines include.
    func adding(_ fields: [UInt8], held: UInt64 = 0) -> UpstreamRequest {
        let deadlines = held == 0 ? deadlines : deadlines.after(held)
        let fields = self.fields + fields
        guard !isBare else {
            return UpstreamRequest(bare: target, deadlines: deadlines, bufferBytesMax: bufferBytesMax, fields: fields)
        }
        return UpstreamRequest(
            target: target, body: body, deadlines: deadlines, bufferBytesMax: bufferBytesMax, fields: fields)
    }
}
