import Compression

/// RFC 9110 §8.4: bodies of requests that come compressed are expanded as they come, so much in each turn.
extension Connection {
    /// A body in this coding follows. Throws 503 when there is no room for it.
    func beginExpanding(_ coding: ContentCoding, bytesMax: Int) throws(WireError) {
        try holdBytes(Inflater.heldBytes)
        exchange.coded = try CodedBody(coding, bytesMax: bytesMax, ratioMax: room.limits.coding.requestRatioMax)
    }

    /// Expands what is pending of the body at the head of the input.
    /// - Returns: false when this turn has done enough: it goes on in the next.
    func expand(_ input: WireBuffer) throws(WireError) -> Bool {
        guard let coded = exchange.coded else { return true }
        let piece = UnsafeBufferPointer(rebasing: input.readable.prefix(coded.pendingCount))
        let before = exchange.body.count
        let used: Int
        do throws(CompressionError) {
            used = try coded.inflater.expand(piece, to: &exchange.body, budget: CodedBody.bytesPerTurn)
        } catch {
            throw refusal(coded, error)
        }
        try holdBytes(exchange.body.count - before)
        input.consume(used)
        let rest = coded.pendingCount - used
        exchange.coded?.pendingCount = rest
        guard rest > 0 else { return true }
        yieldTurn()
        return false
    }

    /// The body is complete. Throws 400 when what it expands to is not.
    func finishExpanding() throws(WireError) {
        guard let coded = exchange.coded else { return }
        exchange.coded = nil
        do throws(CompressionError) {
            try coded.inflater.finish()
        } catch {
            throw refusal(coded, error)
        }
        room.counters.coding.bodiesExpanded.bump()
    }

    /// RFC 9110 §15.5.16 with §12.5.3: the answer says what would be taken.
    func unknownCoding() -> Response {
        room.counters.refused(.contentCoding)
        var response = failure(415, "the field Content-Encoding must name one coding, gzip or deflate")
        response.headers.set("Accept-Encoding", ContentCoding.accepted)
        return response
    }

    private func refusal(_ coded: CodedBody, _ error: CompressionError) -> WireError {
        switch error {
        case .corrupt, .truncated: room.counters.refused(.codedBody)
        case .tooLarge, .tooDense: room.counters.refused(.expandedBody)
        case .outOfMemory: break
        }
        return coded.refusal(error)
    }
}
