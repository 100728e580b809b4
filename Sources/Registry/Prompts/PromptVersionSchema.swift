import Domain
import REST

/// The body of a prompt version: chat or text.
enum PromptVersionSchema {
    private static let label = Schema.text(
        format: "label", rule: "must be a name that is not a number", check: { PointerName.fault($0) == nil })

    private static let common: [Property] = [
        .optional("parameters", ModelVersionSchema.parameters, "win over the model version's"),
        .optional(
            "response_format",
            .map(.any(description: "as the OpenAI wire format has it"), keys: { _ in nil }, max: 16)),
        .optional("commit_message", .string(max: 4_096)),
        .optional("labels", .array(label, max: 32), "moved to the new version in the same transaction"),
    ]

    static let body = Schema.checked(
        .tagged(
            by: "type",
            [
                (
                    "chat",
                    .object(
                        [
                            .required("type", .enumeration(["chat"])),
                            .required(
                                "messages",
                                .array(
                                    .any(description: "{role, content}, or {role: placeholder, name: messages}"),
                                    min: 1, max: PromptRules.messagesMax)),
                        ] + common)
                ),
                (
                    "text",
                    .object(
                        [
                            .required("type", .enumeration(["text"])),
                            .required("text", .string(max: PromptRules.textBytesMax), "a Mustache template"),
                        ] + common)
                ),
            ]), PromptRules.violations)
}
