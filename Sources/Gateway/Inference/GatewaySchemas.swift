import JSON
import REST

/// What `/v1` takes and gives, as its documentation shows it: the vendor's format is the vendor's to check.
enum GatewaySchemas {
    static func request(_ surface: Surface) -> Schema {
        var properties: JSONObject = [
            "model": ["type": "string", "description": "a deployment: name, name@environment or name@revision"]
        ]
        for (name, schema) in surface.members { properties[name] = schema }
        if surface.isStreamed { properties["stream"] = ["type": "boolean"] }
        if !surface.isForm {
            properties["user"] = ["type": "string", "description": "what the variant is assigned by"]
            properties["metadata"] = [
                "type": "object",
                "description": "strings are slices of the metrics; user_id and session_id assign the variant",
            ]
        }
        if surface.takesPrompts {
            properties["signalbox"] = [
                "type": "object",
                "properties": ["variables": ["type": "object", "description": "of the prompt"]],
                "additionalProperties": false,
            ]
        }
        let required = ["model"] + surface.required.map(\.description)
        return .foreign([
            "type": "object", "required": .array(required.map(JSONValue.string)), "properties": .object(properties),
        ])
    }

    static let form = "multipart/form-data"

    static func mediaTypes(_ surface: Surface) -> [String] {
        if surface.isForm { return ["application/json", "text/plain", "text/event-stream"] }
        if surface.givesMedia { return ["audio/*", "application/octet-stream", "text/event-stream"] }
        return ["application/json"] + (surface.isStreamed ? ["text/event-stream"] : [])
    }

    static func answer(_ surface: Surface) -> Schema {
        if surface.givesMedia {
            return .foreign(["description": "as the provider answers it, with its Content-Type"])
        }
        let format = "\(surface.name) as the provider answers it, in \(surface.style.vendor)'s format"
        let end = surface.hasTypedEvents ? "up to the last of their types" : "its chunks and [DONE]"
        return .foreign([
            "description": .string(surface.isStreamed ? format + "; as events, " + end : format)
        ])
    }

    static let model = Schema.object([
        .required("id", .string()), .required("object", .enumeration(["model"])),
        .required("created", .integer(0...Int.max)), .required("owned_by", .string()),
    ])

    static let modelList = Schema.object([
        .required("object", .enumeration(["list"])), .required("data", .array(model, max: Int.max)),
    ])
}
