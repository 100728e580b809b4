import Domain
import HTTP
import JSON
import Translation

/// An answer of 4xx that is the caller's to see: the provider's own words, in the shape that the caller's SDK reads.
struct ProviderRefusal {
    let route: SurfaceRoute
    let provider: LiveProvider
    let requestID: String

    func response(_ head: UpstreamHead, _ body: [UInt8]) -> Response {
        var response = Response.json(shaped(body, status: head.status), status: head.status)
        if head.status == 429 {
            // Whether to come again is the caller's choice; when, the provider's.
            if let value = head.retryAfter { response.headers.set("retry-after", value) }
            if let value = head.retryAfterMilliseconds { response.headers.set("retry-after-ms", value) }
        }
        return response
    }

    /// Bytes that are in the shape already pass as they are.
    private func shaped(_ body: [UInt8], status: Int) -> [UInt8] {
        let silence = OpenAIError(status: status, message: "the provider answered with status \(status)")
        if let translation = route.translation {
            let fault = translation.fault(status: status, body)
            // Escaped in the body it would stand in the message as it is.
            let isTelling = quotesCredential(body) || quotesCredential(Array(fault.message.utf8))
            return translation.error(isTelling ? Fault(silence) : fault, requestID: requestID)
        }
        guard route.surface.style == .openAI else {
            let isShaped = (try? JSONValue(parsing: body))?["error"]?["message"]?.stringValue != nil
            return isShaped && !quotesCredential(body) ? body : AnthropicError.body(silence, requestID: requestID)
        }
        let fallback = silence.body
        guard !quotesCredential(body), let value = try? JSONValue(parsing: body) else { return fallback }
        if case .object(let error)? = value["error"], error["message"]?.stringValue != nil { return body }
        let message =
            value["error"]?.stringValue ?? value["error"]?["message"]?.stringValue ?? value["message"]?.stringValue
            ?? value["detail"]?.stringValue ?? Self.faults(value["detail"] ?? value["message"]?["detail"])
        guard let message else { return fallback }
        let code = value["code"]?.stringValue
        return OpenAIError(
            status: status, message: message, type: value["type"]?.stringValue, param: value["param"]?.stringValue,
            code: code
        ).body
    }

    /// The list of faults of pydantic, as Mistral and FastAPI servers give it: `body.seed: Extra inputs are not
    /// permitted`.
    private static func faults(_ value: JSONValue?) -> String? {
        let texts = (value?.arrayValue ?? []).compactMap { fault -> String? in
            guard let text = fault["msg"]?.stringValue else { return nil }
            let place = (fault["loc"]?.arrayValue ?? []).map { $0.stringValue ?? $0.text }.joined(separator: ".")
            return place.isEmpty ? text : "\(place): \(text)"
        }
        return texts.isEmpty ? nil : texts.joined(separator: "; ")
    }

    /// Providers, and proxies before them, repeat what they were asked with.
    func quotesCredential(_ body: [UInt8]) -> Bool {
        var secrets = route.signing?.secrets ?? []
        if let credential = provider.credential?.revealed(), !credential.isEmpty { secrets.append(credential) }
        guard !secrets.isEmpty else { return false }
        let text = String(decoding: body, as: UTF8.self)
        return secrets.contains { text.contains($0) }
    }
}
