import Domain
import JSON

/// The body for one variant: the caller's bytes with the model's name, the rendered prompt and the parameter overrides
/// put in their places, and nothing else touched.
enum UpstreamBody {
    /// Overriding these would break what the gateway itself promises about the request.
    private static let reserved: Set<String> = ["model", "messages", "stream", "stream_options", "signalbox"]

    /// - Throws: 400 for a variable that the prompt asks for and the caller did not send.
    static func make(_ chat: ChatRequest, for variant: LiveVariant) throws(OpenAIError) -> [UInt8] {
        var splice = FieldSplice(chat.bytes, chat.scan)
        if let model = chat[.model] { splice.replace(model, with: variant.providerModelJSON) }
        if let own = chat[.signalbox] { splice.remove(own) }
        if let prompt = variant.compiledPrompt { try put(prompt, into: &splice, chat) }
        if chat.isStream, !chat.wantsUsage { askForUsage(in: &splice, chat) }
        let uncommon = override(with: parameters(of: variant), in: &splice, chat)
        var bytes = splice.spliced()
        for (key, value) in uncommon { put(key, value, into: &bytes) }
        return bytes
    }

    private static func put(
        _ prompt: CompiledPrompt, into splice: inout FieldSplice, _ chat: ChatRequest
    ) throws(OpenAIError) {
        let rendered: CompiledPrompt.Messages
        do throws(CompiledPrompt.MissingVariables) {
            rendered = try prompt.messages(chat.variables)
        } catch {
            let first = error.names.first ?? ""
            throw .invalid(
                "the prompt needs \(error.names.joined(separator: ", ")) in signalbox.variables",
                param: "signalbox.variables.\(first)", code: "missing_variable")
        }
        guard let field = chat[.messages] else {
            splice.insert(key: "messages", value: array(rendered, around: []))
            return
        }
        guard field.kind == .array else { throw .invalid("messages must be an array", param: "messages") }
        let inner = (field.value.lowerBound + 1)..<(field.value.upperBound - 1)
        splice.replace(field, with: array(rendered, around: chat.bytes[inner]))
    }

    private static func array(_ prompt: CompiledPrompt.Messages, around own: ArraySlice<UInt8>) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(prompt.before.count + own.count + prompt.after.count + 4)
        bytes.append(UInt8(ascii: "["))
        bytes += prompt.before
        if own.contains(where: { $0 > 0x20 }) {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes += own
        }
        if !prompt.after.isEmpty {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes += prompt.after
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }

    /// For metering; `StreamEvents` takes it out of what the caller sees.
    private static func askForUsage(in splice: inout FieldSplice, _ chat: ChatRequest) {
        guard let field = chat[.streamOptions] else {
            splice.insert(key: "stream_options", value: Array("{\"include_usage\":true}".utf8))
            return
        }
        var options = (try? field.value(in: chat.bytes))?.objectValue ?? [:]
        options["include_usage"] = true
        splice.replace(field, with: JSONValue.object(options).encoded())
    }

    private static func parameters(of variant: LiveVariant) -> [(key: String, value: [UInt8])] {
        guard let format = variant.compiledPrompt?.responseFormat,
            !variant.parameters.contains(where: { $0.key == "response_format" })
        else { return variant.parameters }
        return variant.parameters + [(key: "response_format", value: format.encoded())]
    }

    /// - Returns: the overrides of parameters that the scan did not look for.
    private static func override(
        with parameters: [(key: String, value: [UInt8])], in splice: inout FieldSplice, _ chat: ChatRequest
    ) -> [(key: String, value: [UInt8])] {
        var uncommon: [(key: String, value: [UInt8])] = []
        for (key, value) in parameters where !reserved.contains(key) {
            if let field = chat.parameter(key) {
                splice.replace(field, with: value)
            } else if ChatRequest.isCommonParameter(key) {
                splice.insert(key: key, value: value)
            } else {
                uncommon.append((key, value))
            }
        }
        return uncommon
    }

    private static func put(_ key: String, _ value: [UInt8], into bytes: inout [UInt8]) {
        let ranges = MemberValue.ranges(of: key, in: bytes)
        guard ranges.isEmpty else {
            // From the end, so that the ranges before stay right.
            for range in ranges.reversed() { bytes.replaceSubrange(range, with: value) }
            return
        }
        let quoted = JSONText.escaped(key)
        // The text is an object with a member at least (`model`), so a comma is right.
        guard let brace = bytes.lastIndex(of: UInt8(ascii: "}")) else { return }
        bytes.insert(contentsOf: [UInt8(ascii: ",")] + quoted + [UInt8(ascii: ":")] + value, at: brace)
    }
}
