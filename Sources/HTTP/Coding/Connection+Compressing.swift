import Compression
import Reactor

/// RFC 9110 §12.5.3: answers are compressed for those who ask for it.
extension Connection {
    /// Bytes that are compressed in one turn of the loop, which takes about a millisecond.
    private static let bytesPerTurn = 64 * 1_024

    /// Reads an Accept-Encoding that refuses something, before the handler runs, which may change things.
    /// - Returns: 406 (RFC 9110 §15.5.7) where nothing is left that could be sent.
    func weighEncodings(_ head: RequestHead) -> Response? {
        let wanted = Self.wanted(head)
        guard !wanted.allowsIdentity else { return nil }
        if wanted.preferred != nil {
            exchange.demandsCoding = true
            return nil
        }
        room.counters.refused(.acceptEncoding)
        var response = failure(406, "the field Accept-Encoding must allow one of identity, gzip and deflate")
        response.headers.set("Vary", "Accept-Encoding")
        return response
    }

    /// The answer in the form that the client prefers, or with nothing but the word that there are other forms; nil
    /// where it is the only one.
    func negotiated(_ response: Response, _ bytes: [UInt8], _ status: Int) -> Response? {
        guard let head = exchange.head, head.method != .head, status >= 200, ![204, 206, 304].contains(status) else {
            return nil
        }
        if !exchange.demandsCoding {
            // A route that answers for others does not compress: its latency is what it is about.
            guard exchange.route?.route.options.compressesAnswers ?? true else { return nil }
        }
        let headers = response.headers
        guard headers["Content-Encoding"] == nil else { return nil }
        guard let type = headers["Content-Type"], CompressibleType.contains(type) else { return nil }
        var response = response
        Self.vary(&response.headers)
        guard head.facts.acceptEncodingField != nil, let coding = Self.wanted(head).preferred else { return response }
        return coded(response, bytes, coding) ?? response
    }

    /// A 304 speaks of the representation that the client has (RFC 9110 §15.4.5): its tag gets the suffix back.
    func negotiatedUnchanged(_ response: Response) -> Response? {
        guard let head = exchange.head, head.facts.hasEntityTags,
            exchange.route?.route.options.compressesAnswers ?? false
        else { return nil }
        var response = response
        Self.vary(&response.headers)
        if let tag = response.headers["ETag"], let coding = Self.wanted(head).preferred {
            let coded = CodedEntityTag.adding(coding, to: tag)
            let asked = head.values("if-none-match")
            if asked.contains(where: { $0.contains(coded) }) { response.headers.set("ETag", coded) }
        }
        return response
    }

    /// The head that the handler gets.
    func plainHead(_ head: RequestHead) -> RequestHead {
        head.withPlainEntityTags(Self.wanted(head).preferred)
    }

    private static func wanted(_ head: RequestHead) -> AcceptEncoding {
        guard let first = head.facts.acceptEncodingField else { return AcceptEncoding([]) }
        let bytes = head.bytes
        let fields = head.fields[first...].filter { Octet.equal(bytes[$0.name], "accept-encoding".utf8) }
        return AcceptEncoding(fields.map { bytes[$0.value] })
    }

    private static func vary(_ headers: inout Headers) {
        guard let present = headers["Vary"] else {
            headers.add("Vary", "Accept-Encoding")
            return
        }
        let names = present.split(separator: ",").map { $0.filter { $0 != " " }.lowercased() }
        if names.contains("*") || names.contains("accept-encoding") { return }
        headers.set("Vary", present + ", Accept-Encoding")
    }

    /// nil without memory for it.
    private func coded(_ response: Response, _ bytes: [UInt8], _ coding: ContentCoding) -> Response? {
        var response = response
        response.headers.set("Content-Encoding", coding.name.description)
        if let tag = response.headers["ETag"] {
            response.headers.set("ETag", CodedEntityTag.adding(coding, to: tag))
        }
        let counters = room.counters.coding
        counters.answersCompressed.bump()
        counters.bytesBefore.bump(bytes.count)
        if bytes.count > Self.bytesPerTurn {
            let level = room.limits.coding.level
            response.body = .stream { writer in
                try await Self.compress(bytes, coding, level, writer) { counters.bytesAfter.bump($0) }
            }
            return response
        }
        guard let deflater = room.deflaters.take(coding) else { return nil }
        var packed: [UInt8] = []
        packed.reserveCapacity(bytes.count / 3)
        bytes.withUnsafeBufferPointer { deflater.compress($0, to: &packed, isLast: true) }
        counters.bytesAfter.bump(packed.count)
        response.body = .bytes(packed)
        return response
    }

    /// A long body, a slice in each turn, so that the others on this loop get theirs.
    private static func compress(
        _ bytes: [UInt8], _ coding: ContentCoding, _ level: Int, _ writer: BodyWriter, _ count: (Int) -> Void
    ) async throws {
        let deflater = try Deflater(coding.format, level: level)
        var start = 0
        while start < bytes.count {
            if start > 0 {
                let loop = writer.loop
                await withCheckedContinuation { next in loop.execute { next.resume() } }
            }
            let end = min(bytes.count, start + bytesPerTurn)
            var packed: [UInt8] = []
            bytes.withUnsafeBufferPointer { whole in
                let piece = UnsafeBufferPointer(rebasing: whole[start..<end])
                deflater.compress(piece, to: &packed, isLast: end == bytes.count)
            }
            count(packed.count)
            try await writer.write(packed)
            start = end
        }
    }
}
