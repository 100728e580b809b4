import JSON
import REST

/// What `/v1/files` and `/v1/batches` take and give.
enum BatchSchemas {
    /// What a line may ask (developers.openai.com/api/reference/resources/batches, read 2026-11).
    static let endpoints = [
        "/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/completions", "/v1/moderations",
    ]

    private static let moment = Schema.nullable(.integer(0...Int.max))
    private static let name = Schema.nullable(.string())

    static let upload = Schema.foreign([
        "type": "object", "required": ["file", "purpose"],
        "properties": [
            "file": ["type": "string", "format": "binary", "description": "JSONL: one request on each line"],
            "purpose": ["type": "string", "enum": ["batch"]],
            "expires_after[anchor]": ["type": "string", "enum": ["created_at"]],
            "expires_after[seconds]": ["type": "integer", "minimum": 3_600, "maximum": 2_592_000],
        ],
    ])

    static let file = Schema.object([
        .required("id", .string()), .required("object", .enumeration(["file"])),
        .required("bytes", .integer(0...Int.max)), .required("created_at", .integer(0...Int.max)),
        .required("expires_at", moment), .required("filename", .string()),
        .required("purpose", .enumeration(["batch", "batch_output"])),
        .required("status", .enumeration(["processed"])), .required("status_details", name),
    ])

    static let deletion = Schema.object([
        .required("id", .string()), .required("object", .enumeration(["file"])), .required("deleted", .boolean),
    ])

    static let creation = Schema.object([
        .required("input_file_id", .string(min: 1, max: 128), "a file with the purpose batch"),
        .required("endpoint", .enumeration(endpoints), "what every line of the file names as its url"),
        .required("completion_window", .enumeration([BatchRecord.window])),
        .optional(
            "metadata",
            .nullable(
                .map(.string(max: 512), keys: { $0.utf8.count <= 64 ? nil : "must be at most 64 bytes" }, max: 16))),
        .optional(
            "output_expires_after",
            .nullable(
                .object([
                    .required("anchor", .enumeration(["created_at"])),
                    .required("seconds", .integer(3_600...2_592_000)),
                ])), "how long the output files are kept"),
    ])

    static let batch = Schema.object(
        [
            .required("id", .string()), .required("object", .enumeration(["batch"])),
            .required("endpoint", .enumeration(endpoints)), .required("errors", .nullable(errors)),
            .required("input_file_id", .string()), .required("completion_window", .string()),
            .required("status", .enumeration(BatchStatus.allCases.map(\.rawValue))),
            .required("output_file_id", name, "the answers of 2xx"),
            .required("error_file_id", name, "all other answers, and lines without one"),
            .required("created_at", .integer(0...Int.max)), .required("expires_at", moment),
        ]
            + [
                "in_progress_at", "finalizing_at", "completed_at", "failed_at", "expired_at", "cancelling_at",
                "cancelled_at",
            ].map { .required($0, moment) }
            + [
                .required(
                    "request_counts",
                    .object([
                        .required("total", .integer(0...Int.max)), .required("completed", .integer(0...Int.max)),
                        .required("failed", .integer(0...Int.max)),
                    ])),
                .required("metadata", .any(description: "as it was given")),
                .required("held_at", moment, "since when a restore holds it; it asks nothing until it is resumed"),
                .optional(
                    "signalbox", .object([.required("held", .array(hold, max: 16))]),
                    "what keeps its lines waiting, where something does: not part of OpenAI's format"),
            ])

    private static let hold = Schema.object([
        .required("model", name, "whose lines wait; null for all of them"),
        .required("reason", .enumeration(LaneTrouble.Kind.allCases.map(\.rawValue))),
        .required("code", .string(), "as the line was answered that was tried last"),
        .required("message", .string()), .required("since", .integer(0...Int.max)),
        .required("next_try_at", .integer(0...Int.max)),
    ])

    private static let errors = Schema.object([
        .required("object", .enumeration(["list"])),
        .required(
            "data",
            .array(
                .object([
                    .required("code", .string()), .required("message", .string()), .required("param", name),
                    .required("line", .nullable(.integer(1...Int.max))),
                ]), max: BatchValidation.faultsMax)),
    ])

    static func page(_ item: Schema) -> Schema {
        .object([
            .required("object", .enumeration(["list"])), .required("data", .array(item, max: 10_000)),
            .required("first_id", name), .required("last_id", name), .required("has_more", .boolean),
        ])
    }

    /// - Parameter rows: one more than `limit` where there is a next page.
    static func page<Row>(_ rows: [Row], limit: Int, id: (Row) -> String, json: (Row) -> JSONValue) -> JSONValue {
        let shown = rows.prefix(limit)
        return [
            "object": "list", "data": .array(shown.map(json)),
            "first_id": shown.first.map { .string(id($0)) } ?? .null,
            "last_id": shown.last.map { .string(id($0)) } ?? .null, "has_more": .bool(rows.count > limit),
        ]
    }
}
