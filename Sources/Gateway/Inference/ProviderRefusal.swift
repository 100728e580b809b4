import Domain
import HTTP
import JSON

/// An answer of 4xx that is the caller's to see: the provider's own words, in the shape that OpenAI's SDKs read.
enum ProviderRefusal {
    static func response(_ head: UpstreamHead, _ body: [UInt8], provider: LiveProvider) -> Response {
        var response = Response.json(shaped(body, status: head.status, provider), status: head.status)
        if head.status == 429 {
            // Whether to come again is the caller's choice; when, the provider's.
            if let value = head.retryAfter { response.headers.set("retry-after", value) }
            if let value = head.retryAfterMilliseconds { response.headers.set("retry-after-ms", value) }
        }
        return response
    }

    /// Bytes that are in the shape already pass as they are.
    private static func shaped(_ body: [UInt8], status: Int, _ provider: LiveProvider) -> [UInt8] {
        let fallback = OpenAIError(status: status, message: "the provider answered with status \(status)").body
        guard !quotesCredential(body, provider), let value = try? JSONValue(parsing: body) else { return fallback }
        if case .object(let error)? = value["error"], error["message"]?.stringValue != nil { return body }
        let message =
            value["error"]?.stringValue ?? value["error"]?["message"]?.stringValue ?? value["message"]?.stringValue
            ?? value["detail"]?.stringValue ?? faults(value["detail"] ?? value["message"]?["detail"])
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

    private static func quotesCredential(_ body: [UInt8], _ provider: LiveProvider) -> Bool {
        guard let secret = provider.credential?.revealed(), !secret.isEmpty else { return false }
        return String(decoding: body, as: UTF8.self).contains(secret)
    }
}
