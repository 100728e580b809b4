import HTTP
import JSON

/// `GET /v1/models`.
struct ModelsEndpoint: Sendable {
    private let state: ProviderState

    init(_ state: ProviderState) { self.state = state }

    func list(_ request: Request) -> Response {
        let scenario = state.scenario
        guard OpenAIDialect().admits(request, key: scenario.settings.requiredKey) else {
            return VendorError.wrongKey.response
        }
        let models = scenario.settings.models.map { name -> JSONValue in
            ["id": .string(name), "object": "model", "created": 1_767_225_600, "owned_by": "simulator"]
        }
        return .json(JSONValue.object(["object": "list", "data": .array(models)]).encoded())
    }
}
