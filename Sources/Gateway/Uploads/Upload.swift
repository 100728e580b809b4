import Domain
import HTTP
import Reactor

/// A form on its way from the caller to an upstream. What has come of it is held until its `model` is known, since
/// nobody knows before where it goes, and after that for as long as another upstream may have to get it; the rest
/// passes as it comes, as fast as the upstream takes it. Used on the connection's loop.
final class Upload: @unchecked Sendable {
    // @unchecked: touched only on the connection's loop.

    private let body: RequestBody
    private let loop: EventLoop
    private let modelDeadline: MonotonicInstant
    private let boundary: FormBoundary
    private let heldBytesMax: Int
    private var held: [[UInt8]] = []
    private var heldCount = 0
    /// Bytes of what is held that were there when the request was begun, which has a copy of them for as long as it
    /// lasts.
    private var copiedCount = 0
    /// Bytes that were passed on and may not have left yet.
    private var passingCount = 0
    /// All that has come is held, so that a form for another upstream can be made of it.
    private var holdsAll = true
    /// Another upstream may have to get it.
    private var mayBeRepeated = true

    // Of the upstream that is being sent to; a later one has a higher number.
    private var number = 0
    private var rewriter: FormRewriter?
    private var sending: UpstreamUpload?
    /// What is wrong with the caller's form, found while it was being sent.
    private(set) var fault: OpenAIError?

    init(_ request: Request, _ settings: GatewaySettings) throws(OpenAIError) {
        guard let body = request.stream else {
            throw .invalid("the body must be a form with a file and a model", param: nil)
        }
        self.body = body
        loop = request.loop
        modelDeadline = request.receivedAt.advanced(milliseconds: settings.totalTimeoutMilliseconds)
        heldBytesMax = settings.uploadHeldBytesMax
        do throws(FormError) {
            boundary = try FormBoundary(contentType: request.head.bytes(known: "content-type"))
        } catch {
            throw Self.refusal(error)
        }
    }

    /// Bytes that it will have; nil where the caller does not say.
    var length: Int? { body.length }

    // MARK: Before anything is sent

    /// Reads as far as the deployment's name.
    /// - Throws: 400 for what is no form or has no model, 413 where that stands too far behind, 408 and 499 for a
    ///   caller who does not send on.
    func model() async throws(OpenAIError) -> String {
        let timer = loop.schedule(at: modelDeadline) { [body] in body.expire() }
        defer { timer.cancel() }
        var reader = FormModel(boundary)
        while true {
            await body.arrival()
            let bytes = body.take()
            if bytes.isEmpty, let failure = body.failure { throw Self.refusal(failure) }
            try hold(bytes)
            do throws(FormError) {
                if bytes.isEmpty { try reader.finish() } else { try reader.feed(bytes) }
            } catch {
                throw Self.refusal(error)
            }
            if let name = reader.name { return name }
            if bytes.isEmpty { throw .invalid("you must provide a model parameter", param: "model") }
        }
    }

    private func hold(_ bytes: [UInt8]) throws(OpenAIError) {
        guard heldCount + bytes.count <= heldBytesMax else {
            throw OpenAIError(
                status: 413,
                message: "model must stand within the first \(heldBytesMax) bytes of the form: put it before the file",
                param: "model", code: "request_too_large")
        }
        held.append(bytes)
        heldCount += bytes.count
    }

    /// Whether a further upstream can get the form whole.
    var canBeSent: Bool { holdsAll && fault == nil }

    /// One upstream is all that there is to try.
    func isSentOnce() { mayBeRepeated = false }

    // MARK: Sending

    /// The form as it is for one variant, as far as it is here; the rest follows by itself.
    func begin(
        _ variant: LiveVariant, over route: SurfaceRoute
    ) throws(OpenAIError) -> (body: [UInt8], contentType: String, upload: UpstreamUpload?) {
        var rewriter = FormRewriter(boundary, model: variant.providerModel, fields: route.formFields)
        var output: [UInt8] = []
        output.reserveCapacity(heldCount + 1_024)
        let isWhole = body.isComplete && body.bytesWaiting == 0
        do throws(FormError) {
            for piece in held { try rewriter.feed(piece, into: &output) }
            if isWhole { try rewriter.finish(into: &output) }
        } catch {
            let fault = Self.refusal(error)
            self.fault = fault
            throw fault
        }
        number += 1
        sending = nil
        self.rewriter = rewriter
        copiedCount = heldCount
        if !mayBeRepeated { letGo() }
        guard !isWhole else { return (output, boundary.contentType, nil) }
        // What stands at the end may be known only then.
        let length = route.formFields.isEmpty ? body.length.map { $0 + rewriter.growth } : nil
        let sending = UpstreamUpload(length: length)
        self.sending = sending
        pump(number)
        if let fault { throw fault }
        return (output, boundary.contentType, sending)
    }

    /// Passes on what has come, and goes on when there is more or when there is room.
    private func pump(_ number: Int) {
        guard number == self.number, let sending, fault == nil else { return }
        while sending.hasRoom {
            let bytes = body.take()
            if bytes.isEmpty {
                guard body.isOver else { return body.onArrival { self.pump(number) } }
                return end()
            }
            keep(bytes)
            pass { rewriter, output throws(FormError) in try rewriter.feed(bytes, into: &output) }
            releaseWhatLeft(sending)
            guard fault == nil else { return }
        }
        sending.onRoom { self.pump(number) }
    }

    private func end() {
        if let failure = body.failure {
            // Who has left, or has its answer, needs none.
            guard failure.status != 499 else { return }
            return fail(Self.refusal(failure))
        }
        pass { rewriter, output throws(FormError) in try rewriter.finish(into: &output) }
        if fault == nil { sending?.finish() }
    }

    private func pass(_ rewrite: (inout FormRewriter, inout [UInt8]) throws(FormError) -> Void) {
        guard var rewriter else { return }
        // A second holder would have what the parser keeps copied.
        self.rewriter = nil
        var output: [UInt8] = []
        do throws(FormError) {
            try rewrite(&rewriter, &output)
        } catch {
            return fail(Self.refusal(error))
        }
        self.rewriter = rewriter
        sending?.append(output)
    }

    private func keep(_ bytes: [UInt8]) {
        guard holdsAll, mayBeRepeated, heldCount + bytes.count <= heldBytesMax else {
            letGo()
            passingCount += bytes.count
            return
        }
        held.append(bytes)
        heldCount += bytes.count
    }

    private func letGo() {
        guard holdsAll else { return }
        holdsAll = false
        // The rest is released with the whole exchange.
        body.release(max(0, heldCount - copiedCount))
        held = []
        heldCount = 0
    }

    /// What was taken to be sent counts no more; what the connection has of it is bounded by what may wait.
    private func releaseWhatLeft(_ sending: UpstreamUpload) {
        let left = passingCount - min(passingCount, sending.bytesWaiting)
        passingCount -= left
        if left > 0 { body.release(left) }
    }

    /// Whether all of it was read, found whole, and taken to be sent.
    var isOnItsWay: Bool { fault == nil && sending?.isDone != false }

    private func fail(_ error: OpenAIError) {
        fault = error
        sending?.transfer?.cancel()
    }

    /// Returns when the form is on its way whole, or the transfer has ended.
    func isSent() async {
        guard let sending else { return }
        await withUnsafeContinuation { continuation in sending.onEnd { continuation.resume() } }
    }

    private static func refusal(_ error: FormError) -> OpenAIError {
        .invalid(error.detail, param: error.field, code: "invalid_form")
    }

    /// What the server says of a body that does not come.
    private static func refusal(_ failure: WireError) -> OpenAIError {
        let isCrowded = failure.status == 503
        return OpenAIError(
            status: failure.status, message: failure.detail, code: OpenAIError.code(of: failure.status),
            headers: isCrowded ? [(name: "retry-after", value: "1")] : [])
    }
}
