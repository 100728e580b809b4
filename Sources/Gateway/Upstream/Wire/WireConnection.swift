import HTTP
import Reactor

/// A connection to an upstream: one request at a time goes out, and its answer comes back. Touched only on its loop's
/// thread.
final class WireConnection: TransferCarrier, @unchecked Sendable {
    // @unchecked: touched only on its loop's thread.

    private let channel: Channel
    private let pool: WirePool
    /// nil while a paused connection's peer is gone: its descriptor would report that for ever.
    private var registration: Registration?
    private var parser: ResponseParser
    private var transfer: Transfer?
    /// The beginning of what is not whole yet: a head, or a line between chunks.
    private var pending: [UInt8] = []
    /// What the socket did not take yet. The array is not touched before all of it went out, since TLS asks for the
    /// same address again.
    private var unsent: [UInt8] = []
    private var sentCount = 0
    /// It can take no more, but an answer may still come.
    private var isSendingBroken = false
    /// It served before: the peer may have closed it at the moment that it was used again.
    private var isReused = false
    /// The last read took all that there was room for.
    private var mayHoldMore = false
    private(set) var idleSince: UInt64 = 0

    // Literals of option sets are built by a generic loop, which is dear where every request passes.
    private static let nothing = Interest(rawValue: 0)
    private static let both = Interest.read.union(.write)

    /// So often is a connection read before others have their turn.
    private static let readsPerTurn = 4

    init(_ channel: Channel, pool: WirePool) {
        self.channel = channel
        self.pool = pool
        parser = ResponseParser(limits: pool.wireLimits)
    }

    /// - Returns: false when the loop cannot watch it.
    func start() -> Bool {
        watch()
        return registration != nil
    }

    private func watch() {
        registration = try? pool.loop.register(channel.descriptor, interest: .read) { [weak self] in self?.ready($0) }
    }

    /// Whether nothing has come while it lay idle. Bytes there that nobody asked for would be taken for the answer to
    /// the next request, which may be somebody else's. What the kernel said as this turn began tells it of a bare
    /// socket without a system call; what arrives later arrives after the request was sent as far as anybody can say.
    var isQuiet: Bool { registration?.isDue != true && (!channel.holdsBytes || channel.isQuiet) }

    // MARK: The request

    func carry(_ transfer: Transfer, _ head: RequestHeadTemplate) {
        self.transfer = transfer
        transfer.carrier = self
        transfer.connected()
        if channel.holdsBytes {
            unsent.removeAll(keepingCapacity: true)
            head.append(to: &unsent, transfer.request)
            sentCount = 0
            flush()
        } else {
            send(transfer.request, head)
        }
        if transfer.request.upload != nil { sendOn(transfer) }
    }

    /// A bare socket commonly takes all at once, from the loop's own buffer.
    private func send(_ request: UpstreamRequest, _ head: RequestHeadTemplate) {
        pool.withOutput { output in
            head.append(to: &output, request)
            let result = output.withUnsafeBytes { channel.write($0) }
            switch result {
            case .bytes(let count) where count == output.count: return
            case .bytes(let count): keep(output[count...])
            case .again: keep(output[...])
            case .failed: isSendingBroken = true
            }
        }
    }

    private func keep(_ rest: ArraySlice<UInt8>) {
        unsent = Array(rest)
        sentCount = 0
        registration?.set(Self.both)
    }

    private func flush() {
        while sentCount < unsent.count, !isSendingBroken {
            let result = unsent.withUnsafeBytes { channel.write(UnsafeRawBufferPointer(rebasing: $0[sentCount...])) }
            switch result {
            case .bytes(let count): sentCount += count
            case .again:
                registration?.set(transfer?.isPaused == true ? .write : Self.both)
                return
            case .failed: isSendingBroken = true
            }
        }
        unsent.removeAll(keepingCapacity: unsent.capacity <= Self.keptBytesMax)
        sentCount = 0
        if let transfer, transfer.request.upload != nil, takeUpload(of: transfer) { return flush() }
        registration?.set(transfer?.isPaused == true ? Self.nothing : .read)
    }

    /// A buffer above this size is not kept for the next request.
    private static let keptBytesMax = 64 << 10

    func sendOn(_ transfer: Transfer) {
        // What is on its way already takes the rest along when it has gone.
        if self.transfer === transfer, unsent.isEmpty, takeUpload(of: transfer) { flush() }
    }

    /// - Returns: whether there is something to send.
    private func takeUpload(of transfer: Transfer) -> Bool {
        guard let upload = transfer.request.upload, !isSendingBroken else { return false }
        unsent = upload.take()
        sentCount = 0
        transfer.uploadWentOn()
        // Who was told may have ended the transfer, and this connection with it.
        return self.transfer === transfer && !unsent.isEmpty
    }

    // MARK: The answer

    private func ready(_ readiness: Readiness) {
        if readiness.isWritable, !unsent.isEmpty { flush() }
        guard !isClosed else { return }
        if transfer?.isPaused == true {
            guard readiness.isOver else { return }
            registration?.cancel()
            registration = nil
        } else if readiness.isReadable {
            read()
        }
    }

    private func read() {
        for _ in 0..<Self.readsPerTurn {
            let (reading, isFull) = pool.receive(from: channel) { self.take($0) }
            switch reading {
            case .bytes:
                guard registration != nil else { return }
                if transfer?.isPaused == true {
                    if unsent.isEmpty { registration?.set(Self.nothing) }
                    return settle()
                }
                // A bare socket that gave less than was asked for has no more; asking again would cost a system call.
                if !isFull, !channel.holdsBytes { return settle() }
            case .again: return settle()
            case .ended: return ended(isBroken: false)
            case .failed: return ended(isBroken: true)
            }
        }
        settle()
        // What TLS holds inside is not told by the descriptor.
        if channel.holdsBytes, registration != nil { pool.loop.execute { self.readOn() } }
    }

    private func readOn() {
        guard registration != nil, transfer?.isPaused != true else { return }
        read()
    }

    private func settle() { transfer?.settle() }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        // Bytes that nobody asked for: whatever they are, they must never be taken for the next caller's answer.
        guard transfer != nil else { return close() }
        mayHoldMore = bytes.count == pool.inputBytes
        if pending.isEmpty {
            let consumed = parse(Span(_unsafeElements: bytes.bindMemory(to: UInt8.self)))
            if consumed < bytes.count, transfer != nil { pending += bytes[consumed...] }
        } else {
            var whole: [UInt8] = []
            swap(&whole, &pending)
            whole += bytes
            let consumed = parse(whole.span)
            if consumed < whole.count, transfer != nil { pending = Array(whole[consumed...]) }
        }
    }

    /// - Returns: how many bytes are done with.
    private func parse(_ input: Span<UInt8>) -> Int {
        guard let transfer else { return input.count }
        var offset = 0
        do throws(WireError) {
            while true {
                switch try parser.next(input, &offset) {
                case .needMore: return offset
                case .head(let status, let length):
                    let isBare = status < 400 && !transfer.request.readsContentType
                    transfer.received(isBare ? UpstreamHead(status: status) : telling(status, input, offset))
                    if let length { transfer.expect(bodyBytes: length) }
                case .data(let range):
                    let part = input.extracting(range)
                    part.withUnsafeBytes { transfer.received($0) }
                case .end(let isPersistent):
                    finish(transfer, isReusable: isPersistent && offset == input.count)
                    return offset
                }
            }
        } catch {
            fail(error.status == 431 && transfer.head == nil ? .headTooLarge : .malformedAnswer)
            return input.count
        }
    }

    /// The head of an answer that the caller may get to see something of.
    private func telling(_ status: Int, _ input: Span<UInt8>, _ end: Int) -> UpstreamHead {
        func text(_ name: StaticString) -> String? {
            parser.value(of: name, in: input, headEnd: end).map { range in
                let field = input.extracting(range)
                return field.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            }
        }
        return UpstreamHead(
            status: status, retryAfter: text("retry-after"), retryAfterMilliseconds: text("retry-after-ms"),
            isFinal: text("x-should-retry") == "false", contentType: text("content-type"))
    }

    // MARK: Ends

    /// - Parameter isReusable: no bytes stand behind the answer, and the peer keeps the connection.
    private func finish(_ transfer: Transfer, isReusable: Bool) {
        // Of a request that did not go out whole nobody knows what the peer makes of it.
        let isUnderstood = unsent.isEmpty && !isSendingBroken && transfer.request.upload?.isDone != false
        // What stands behind the answer and was not read yet would be taken for the next one.
        let isReusable = isReusable && isUnderstood && (!(mayHoldMore || channel.holdsBytes) || channel.isQuiet)
        self.transfer = nil
        transfer.carrier = nil
        transfer.end(nil)
        if isReusable, registration != nil {
            isReused = true
            idleSince = pool.loop.turnStartedAt.nanoseconds
            pool.rested(self)
        } else {
            close()
        }
        transfer.settle()
    }

    /// The peer has closed the connection, or it broke.
    private func ended(isBroken: Bool) {
        guard let transfer else { return close() }
        if isReused, parser.isAtStart, pending.isEmpty, transfer.canBeSentAgain {
            // RFC 9112 §9.3.1: closed while it lay idle, before a byte of the answer.
            self.transfer = nil
            transfer.carrier = nil
            close()
            return pool.retry(transfer)
        }
        // RFC 9112 §8: what a regular close would complete, a broken connection has cut off.
        if parser.endsWithConnection, !isBroken {
            finish(transfer, isReusable: false)
        } else {
            fail(transfer.head == nil ? .connectionLost : .truncated)
        }
    }

    private func fail(_ failure: UpstreamFailure) {
        let transfer = transfer
        self.transfer = nil
        transfer?.carrier = nil
        transfer?.end(failure)
        close()
        transfer?.settle()
    }

    func resume(_ transfer: Transfer) {
        if registration == nil { watch() }
        registration?.set(unsent.isEmpty ? .read : Self.both)
        if channel.holdsBytes { pool.loop.execute { self.readOn() } }
    }

    func lacksSlot(for transfer: Transfer) -> Bool { false }

    func abandon(_ transfer: Transfer) {
        self.transfer = nil
        transfer.carrier = nil
        close()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        registration?.cancel()
        registration = nil
        channel.close()
        pool.closed(self)
    }

    private var isClosed = false
}
