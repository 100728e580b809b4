import Domain
import HTTP
import JSON
import REST

extension Gateway {
    func endpoint(_ deed: StoredResponse.Deed) -> Endpoint {
        let path = "/v1/responses/{response}" + (deed == .listInput ? "/input_items" : "")
        var endpoint = Endpoint(
            deed == .delete ? .delete : .get, path, .permission(.inferenceCall), tag: "inference",
            summary: "\(deed.summary), at the provider that keeps it (OpenAI wire format)", body: .foreign([:]),
            answers: [.init(200, "the provider's answer", .foreign(["description": "in OpenAI's format"]))],
            raw: { [self] request, principal, responder in
                let stored = StoredResponse(gateway: self, deed: deed, request: request, principal: principal)
                responder.run { await stored.answer() }
            })
        endpoint.body = nil
        endpoint.query = [
            .init(
                "model", .string(max: 512),
                "the deployment that gave it, or another of the same provider; needed where the key may call "
                    + "deployments of several providers")
        ]
        endpoint.allowsOtherQuery = true
        endpoint.errors = OpenAIError.style
        endpoint.furtherErrors = [
            (400, "no such id, or the provider that keeps it is not known without `model`"),
            (404, "no such response, or no deployment of that name that the key may call"),
            (429, "a limit of the key, its project or the deployment, or the provider's limit"),
            (502, "the provider failed"), (503, "an operator has switched the provider off"),
            (504, "the provider took too long"),
        ]
        endpoint.options.departedClientCancels = true
        endpoint.options.compressesAnswers = false
        endpoint.options.isShedUnderLoad = true
        return endpoint
    }
}

extension StoredResponse.Deed {
    fileprivate var summary: String {
        switch self {
        case .show: "Show a response"
        case .delete: "Delete a response"
        case .listInput: "List what a response was asked with"
        }
    }
}
