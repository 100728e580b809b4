import JSON

/// What a line of a batch's file must be (developers.openai.com/api/reference/resources/batches, read 2026-11). All
/// else that is in its body is looked at when it is asked, as a caller's request is.
struct LineRules: Sendable {
    /// Of the batch: every line names the same.
    let endpoint: String
    let bodyBytesMax: Int

    static let customIDBytesMax = 512
    private static let modelBytesMax = 512
    private static let members: [StaticString] = ["custom_id", "method", "url", "body"]

    /// - Parameters:
    ///   - bytes: of the line, its end left out.
    ///   - start: of them within the file.
    func line(_ bytes: [UInt8], number: Int, start: Int) throws(LineFault) -> BatchLine {
        let scan: FieldScan
        do throws(JSONError) {
            scan = try FieldScan(bytes, wanted: Self.members)
        } catch {
            throw LineFault(
                "invalid_json_line",
                "This line is not parseable as a JSON object: \(error.reason), at byte \(error.offset).", line: number)
        }
        let customID = try text("custom_id", scan, bytes, number)
        guard customID.utf8.count <= Self.customIDBytesMax else {
            throw LineFault(
                "invalid_custom_id", "custom_id is longer than \(Self.customIDBytesMax) bytes.", param: "custom_id",
                line: number)
        }
        guard try text("method", scan, bytes, number) == "POST" else {
            throw LineFault("invalid_method", "method must be POST.", param: "method", line: number)
        }
        guard try text("url", scan, bytes, number) == endpoint else {
            throw LineFault(
                "url_mismatch", "url must be the batch's endpoint, \(endpoint), in every line.", param: "url",
                line: number)
        }
        guard let body = scan["body"] else { throw missing("body", number) }
        guard body.kind == .object else {
            throw LineFault("invalid_body", "body must be an object.", param: "body", line: number)
        }
        guard body.value.count <= bodyBytesMax else {
            throw LineFault(
                "line_too_large", "body is longer than \(bodyBytesMax) bytes.", param: "body", line: number)
        }
        return BatchLine(
            number: number, customID: customID, model: try model(body, bytes, number),
            start: start + body.value.lowerBound, length: body.value.count)
    }

    func tooLong(_ number: Int) -> LineFault {
        LineFault("line_too_large", "The line is longer than \(lineBytesMax) bytes.", line: number)
    }

    /// The body, and room for what stands around it.
    var lineBytesMax: Int { bodyBytesMax + 65_536 }

    private func model(_ body: FieldScan.Field, _ bytes: [UInt8], _ number: Int) throws(LineFault) -> String {
        let inner: FieldScan
        do throws(JSONError) {
            inner = try FieldScan(bytes, within: body.value, wanted: ["model", "stream"])
        } catch {
            throw LineFault("invalid_body", "body: \(error.reason).", param: "body", line: number)
        }
        if let stream = inner["stream"], stream.kind != .null {
            guard let asked = stream.bool(in: bytes) else {
                throw LineFault("invalid_body", "stream must be a boolean.", param: "body.stream", line: number)
            }
            guard !asked else {
                throw LineFault(
                    "unsupported_stream", "The answers of a batch are not streamed.", param: "body.stream",
                    line: number)
            }
        }
        guard let model = inner["model"] else { throw missing("body.model", number) }
        let name = model.kind == .string ? model.string(in: bytes) : ""
        guard (1...Self.modelBytesMax).contains(name.utf8.count) else {
            throw LineFault(
                "invalid_body", "model must be a deployment's name.", param: "body.model", line: number)
        }
        return name
    }

    private func text(
        _ name: StaticString, _ scan: FieldScan, _ bytes: [UInt8], _ number: Int
    ) throws(LineFault) -> String {
        guard let field = scan[name] else { throw missing(name.description, number) }
        guard field.kind == .string else {
            throw LineFault("invalid_type", "\(name) must be a string.", param: name.description, line: number)
        }
        let value = field.string(in: bytes)
        guard !value.isEmpty else { throw missing(name.description, number) }
        return value
    }

    private func missing(_ name: String, _ number: Int) -> LineFault {
        LineFault("missing_required_parameter", "Missing required parameter: '\(name)'.", param: name, line: number)
    }
}
