import Domain
import JSON
import Translation

/// The body for one variant: the caller's bytes with the model's name, the rendered prompt, the parameter overrides and
/// what the provider calls otherwise put in their places, and nothing else touched.
enum UpstreamBody {
    /// - Throws: 400 for a variable that the prompt asks for and the caller did not send, and for a parameter that the
    ///   provider refuses.
    static func make(
        _ request: CallerRequest, for variant: LiveVariant, over route: SurfaceRoute
    ) throws(OpenAIError) -> [UInt8] {
        if let translation = route.translation { return try translation.body(request) }
        if let fault = route.fault { throw fault }
        for name in route.refused where request.parameter(name) != nil {
            throw .invalid(
                "providers of the kind \(route.kind) refuse \(name)", param: name, code: "unsupported_parameter")
        }
        var splice = FieldSplice(request.bytes, request.scan)
        if let model = request[.model] { splice.replace(model, with: variant.providerModelJSON) }
        if let own = request[.signalbox] { splice.remove(own) }
        if let prompt = variant.compiledPrompt { try put(prompt, into: &splice, request) }
        if request.isStream, !request.surface.hasTypedEvents { meter(&splice, request, route.streamUsage) }
        for rename in route.renames { try apply(rename, to: &splice, request) }
        guard !route.parameters.isEmpty else { return splice.spliced() }
        let uncommon = override(in: &splice, request, route)
        var bytes = splice.spliced()
        for (key, value) in uncommon { put(key, value, into: &bytes) }
        return bytes
    }

    private static func put(
        _ prompt: CompiledPrompt, into splice: inout FieldSplice, _ request: CallerRequest
    ) throws(OpenAIError) {
        guard request.surface.style == .openAI else {
            return try AnthropicPrompt.put(prompt, into: &splice, request)
        }
        let rendered = try rendered(prompt, request)
        guard request.surface !== Surface.responses else {
            return try ResponsePrompt.put(rendered, into: &splice, request)
        }
        guard let field = request[.messages] else {
            splice.insert(key: "messages", value: array(rendered, around: []))
            return
        }
        guard field.kind == .array else { throw .invalid("messages must be an array", param: "messages") }
        let inner = (field.value.lowerBound + 1)..<(field.value.upperBound - 1)
        splice.replace(field, with: array(rendered, around: request.bytes[inner]))
    }

    /// - Throws: 400 for what the prompt asks for and the caller did not send.
    static func rendered(
        _ prompt: CompiledPrompt, _ request: CallerRequest
    ) throws(OpenAIError) -> CompiledPrompt.Messages {
        do throws(CompiledPrompt.MissingVariables) {
            return try prompt.messages(request.variables)
        } catch {
            let first = error.names.first ?? ""
            throw .invalid(
                "the prompt needs \(error.names.joined(separator: ", ")) in signalbox.variables",
                param: "signalbox.variables.\(first)", code: "missing_variable")
        }
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

    /// Sees to it that the stream tells its usage; `OpenAIEvents` takes out of what the caller sees what it did not ask
    /// for.
    private static func meter(
        _ splice: inout FieldSplice, _ request: CallerRequest, _ usage: WireKind.StreamUsage
    ) {
        switch usage {
        case .asked: if !request.wantsUsage { askForUsage(in: &splice, request) }
        case .given: break
        case .givenUnasked: if let field = request[.streamOptions] { splice.remove(field) }
        }
    }

    private static func askForUsage(in splice: inout FieldSplice, _ request: CallerRequest) {
        guard let field = request[.streamOptions] else {
            splice.insert(key: "stream_options", value: Array("{\"include_usage\":true}".utf8))
            return
        }
        var options = (try? field.value(in: request.bytes))?.objectValue ?? [:]
        options["include_usage"] = true
        splice.replace(field, with: JSONValue.object(options).encoded())
    }

    private static func apply(
        _ rename: WireKind.Rename, to splice: inout FieldSplice, _ request: CallerRequest
    ) throws(OpenAIError) {
        guard let field = request.parameter(rename.from) else { return }
        let isThere =
            request.surface.isCommonParameter(rename.to)
            ? request.parameter(rename.to) != nil : !MemberValue.ranges(of: rename.to, in: request.bytes).isEmpty
        // A provider may take either of the two for the one that counts.
        guard !isThere else {
            throw .invalid(
                "\(rename.from) and \(rename.to) are the same to this deployment's provider: send one of them",
                param: rename.from, code: "conflicting_parameters")
        }
        splice.rename(field, to: rename.to)
    }

    /// - Returns: the overrides of parameters that the scan did not look for.
    private static func override(
        in splice: inout FieldSplice, _ request: CallerRequest, _ route: SurfaceRoute
    ) -> [(key: String, value: [UInt8])] {
        var uncommon: [(key: String, value: [UInt8])] = []
        for (key, value) in route.parameters {
            guard let value = route.surface.style == .openAI ? value : merged(key, value, request) else { continue }
            if let field = request.parameter(key) ?? route.original(of: key).flatMap(request.parameter) {
                splice.replace(field, with: value)
            } else if request.surface.isCommonParameter(key) {
                splice.insert(key: key, value: value)
            } else {
                uncommon.append((key, value))
            }
        }
        return uncommon
    }

    /// Objects of Anthropic's that hold several parameters: what the variant does not set stays the caller's.
    /// - Returns: nil where the caller sent nothing that it is about.
    private static func merged(_ key: String, _ value: [UInt8], _ request: CallerRequest) -> [UInt8]? {
        guard AnthropicMessages.parameterGroups.contains(key) else { return value }
        guard let wanted = (try? JSONValue(parsing: value))?.objectValue else { return value }
        let field = key == "metadata" ? request[.metadata] : request.parameter(key)
        let own = field.flatMap { try? $0.value(in: request.bytes) }?.objectValue
        var members = own ?? [:]
        if key == "tool_choice" {
            // Another choice is made with what belongs to it.
            if wanted["type"] != nil { return value }
            if own == nil, request.parameter("tools") == nil { return nil }
            if members["type"] == "none" { return nil }
            if own == nil { members["type"] = "auto" }
        }
        for (name, member) in wanted { members[name] = member }
        return JSONValue.object(members).encoded()
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
