import JSON
import REST

/// What `/v1` takes and gives, as its documentation shows it: the vendor's format is the vendor's to check.
enum GatewaySchemas {
    static let chatRequest = Schema.foreign([
        "type": "object", "required": ["model"],
        "properties": [
            "model": ["type": "string", "description": "a deployment: name, name@environment or name@revision"],
            "messages": ["type": "array", "description": "in OpenAI's format; a prompt's own stand around them"],
            "stream": ["type": "boolean"],
            "user": ["type": "string", "description": "what the variant is assigned by"],
            "metadata": [
                "type": "object",
                "description": "strings are slices of the metrics; user_id and session_id assign the variant",
            ],
            "signalbox": [
                "type": "object",
                "properties": ["variables": ["type": "object", "description": "of the prompt"]],
                "additionalProperties": false,
            ],
        ],
    ])

    static let completion = Schema.foreign([
        "description": "a chat completion in OpenAI's format; as events, its chunks and [DONE]"
    ])

    static let model = Schema.object([
        .required("id", .string()), .required("object", .enumeration(["model"])),
        .required("created", .integer(0...Int.max)), .required("owned_by", .string()),
    ])

    static let modelList = Schema.object([
        .required("object", .enumeration(["list"])), .required("data", .array(model, max: Int.max)),
    ])
}
