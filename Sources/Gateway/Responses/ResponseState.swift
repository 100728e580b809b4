import JSON

/// What a request for a response leaves with its provider, or takes from there, behind a router that may ask somebody
/// else the next time.
enum ResponseState {
    /// Members that name what one provider keeps.
    private static let kept = ["previous_response_id", "conversation"]

    /// Whether it goes on from what a provider keeps.
    static func namesKept(_ request: CallerRequest) -> Bool {
        kept.contains { name in request.parameter(name).map { $0.kind != .null } ?? false }
    }

    /// - Throws: 400 for what only one of several providers could know, and for what nobody could ask for later.
    static func check(_ request: CallerRequest, _ plan: DeploymentPlan) throws(OpenAIError) {
        if let field = request.parameter("background"), field.bool(in: request.bytes) == true {
            throw .invalid(
                "a response in the background ends when nobody is there who would count what it took",
                param: "background", code: "unsupported_parameter")
        }
        guard !plan.hasOneProvider else { return }
        for name in kept {
            guard let field = request.parameter(name), field.kind != .null else { continue }
            throw .invalid(
                "\(name) names what one provider keeps, and this deployment has several: send the whole conversation "
                    + "as input, or call a deployment whose variants have one provider",
                param: name, code: "unsupported_parameter")
        }
    }
}
