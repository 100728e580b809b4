import JSON

/// A request as the caller sent it: its bytes, and where in them the fields stand that matter here. All others are
/// passed on without being looked at. Passed from hand to hand, and so behind one reference.
final class CallerRequest: Sendable {
    /// The order is that of `Surface.keys`.
    enum Key: Int {
        case model, messages, stream, streamOptions, user, safetyIdentifier, metadata, signalbox
    }

    let surface: Surface
    let bytes: [UInt8]
    let scan: FieldScan
    let model: String
    let isStream: Bool
    /// Whether the caller asked for the usage chunk of a stream.
    let wantsUsage: Bool
    /// For the prompt; empty when the caller sent none.
    let variables: JSONObject
    /// Where the body is a form, which `bytes` stand for.
    let upload: Upload?

    /// A form that names a deployment; of its other fields the gateway reads none.
    init(_ upload: Upload, model: String, _ surface: Surface) throws(OpenAIError) {
        let bytes = JSONValue.object(["model": .string(model)]).encoded()
        self.surface = surface
        self.bytes = bytes
        scan = try Self.scanned(bytes, surface)
        self.model = model
        isStream = false
        wantsUsage = true
        variables = [:]
        self.upload = upload
    }

    init(_ bytes: [UInt8], _ surface: Surface) throws(OpenAIError) {
        let scan = try Self.scanned(bytes, surface)
        guard let model = scan[Key.model.rawValue] else {
            throw .invalid("you must provide a model parameter", param: "model")
        }
        guard model.kind == .string else { throw .invalid("model must be a string", param: "model") }
        for (index, name) in surface.required.enumerated() where scan[Surface.keys.count + index] == nil {
            throw .invalid("you must provide \(name)", param: name.description)
        }
        self.surface = surface
        self.bytes = bytes
        self.scan = scan
        self.model = model.string(in: bytes)
        isStream = try Self.isStream(scan, bytes, surface)
        wantsUsage = isStream && !surface.hasTypedEvents ? try Self.wantsUsage(scan, bytes) : true
        variables = try Self.variables(scan, bytes)
        upload = nil
    }

    /// Whether its answer is given as it comes, be it a stream's or media, and so measured to where it begins.
    var comesInPieces: Bool { isStream || surface.givesMedia }

    /// Of the body; nil for a form that does not say how long it will be.
    var byteCount: Int? { upload.map(\.length) ?? bytes.count }

    subscript(_ key: Key) -> FieldScan.Field? {
        scan[key.rawValue]
    }

    /// A string field that is there and not empty.
    func text(_ key: Key) -> String? {
        guard let field = self[key], field.kind == .string, field.value.count > 2 else { return nil }
        return field.string(in: bytes)
    }

    /// `metadata` as a tree; nil when there is none or it is no object, which is for the provider to refuse.
    func metadata() throws(OpenAIError) -> JSONObject? {
        guard let field = self[.metadata], field.kind == .object else { return nil }
        return try Self.tree(scan, field, bytes, param: "metadata").objectValue
    }

    /// Whether vectors are wanted as base64.
    var packsVectors: Bool {
        parameter("encoding_format")?.string(in: bytes, equals: "base64") ?? false
    }

    /// Where the caller set a common parameter.
    func parameter(_ name: String) -> FieldScan.Field? {
        surface.indexOfParameter(name).flatMap { scan[$0] }
    }

    private static func scanned(_ bytes: [UInt8], _ surface: Surface) throws(OpenAIError) -> FieldScan {
        do throws(JSONError) {
            return try FieldScan(bytes, wanted: surface.wanted)
        } catch {
            throw .invalid(
                "the body is not a valid JSON object at byte \(error.offset): \(error.reason)", param: nil,
                code: "invalid_json")
        }
    }

    private static func isStream(
        _ scan: FieldScan, _ bytes: [UInt8], _ surface: Surface
    ) throws(OpenAIError) -> Bool {
        guard let field = scan[Key.stream.rawValue], field.kind != .null else { return false }
        guard let value = field.bool(in: bytes) else {
            throw .invalid("stream must be a boolean", param: "stream")
        }
        guard surface.isStreamed || !value else {
            throw .invalid("\(surface.path) is not streamed", param: "stream", code: "unsupported_stream")
        }
        return value
    }

    private static func wantsUsage(_ scan: FieldScan, _ bytes: [UInt8]) throws(OpenAIError) -> Bool {
        guard let field = scan[Key.streamOptions.rawValue], field.kind != .null else { return false }
        guard let options = try tree(scan, field, bytes, param: "stream_options").objectValue else {
            throw .invalid("stream_options must be an object", param: "stream_options")
        }
        switch options["include_usage"] {
        case nil, .null?: return false
        case .bool(let value)?: return value
        default: throw .invalid("include_usage must be a boolean", param: "stream_options.include_usage")
        }
    }

    private static func variables(_ scan: FieldScan, _ bytes: [UInt8]) throws(OpenAIError) -> JSONObject {
        guard let field = scan[Key.signalbox.rawValue] else { return [:] }
        guard let object = try tree(scan, field, bytes, param: "signalbox").objectValue else {
            throw .invalid("signalbox must be an object", param: "signalbox")
        }
        for (key, _) in object where key != "variables" {
            throw .invalid("signalbox has no field \(key); it has variables", param: "signalbox.\(key)")
        }
        guard let variables = object["variables"] else { return [:] }
        guard let variables = variables.objectValue else {
            throw .invalid("signalbox.variables must be an object", param: "signalbox.variables")
        }
        return variables
    }

    private static func tree(
        _ scan: FieldScan, _ field: FieldScan.Field, _ bytes: [UInt8], param: String
    ) throws(OpenAIError) -> JSONValue {
        do throws(JSONError) {
            return try field.value(in: bytes)
        } catch {
            throw .invalid("\(param) is not valid: \(error.reason)", param: param)
        }
    }
}
