package import HTTP
package import Reactor
import Synchronization

/// A provider of language models that is none: the surfaces of OpenAI's API, rerank, and those of Anthropic, Gemini,
/// Vertex AI and Bedrock, with answers, latencies and faults to order, repeatable by a seed. For the demo, the tests
/// and the benchmarks.
package final class SimulatedProvider: Sendable {
    private let state: ProviderState
    private let server = Mutex<Server?>(nil)

    /// As much as a long recording has.
    private static let bodyBytesMax = 128 << 20

    /// Requests under way get so long when the provider stops.
    private static let stopTimeout: Duration = .milliseconds(200)

    /// Throws `SimulatorSettingsError`.
    package init(settings: SimulatorSettings) throws {
        try settings.validate()
        state = ProviderState(settings)
    }

    /// Listens, and answers the bound address, port 0 resolved. The loops are started and ended by their owner.
    /// Throws `ServerError` when the address is taken; a second start without a stop ends the first server's listening.
    package func start(loops: [EventLoop], listen: ListenAddress) async throws -> ListenAddress {
        let started = try Server(listen: [listen], loops: loops, routes: try routes(), errors: Self.error)
        let bound = try await started.start()
        let former = server.withLock { server in
            defer { server = started }
            return server
        }
        former?.stopListening()
        return bound.first ?? listen
    }

    /// Ends listening; what is not answered shortly is cut.
    package func stop() async {
        let running = server.withLock { server in
            defer { server = nil }
            return server
        }
        guard let running else { return }
        running.stopListening()
        _ = await running.drained(within: Self.stopTimeout)
    }

    /// Takes other settings for the requests to come, whose numbers start at 0 again. Throws `SimulatorSettingsError`,
    /// and then has changed nothing.
    package func update(_ settings: SimulatorSettings) throws {
        try state.change { current throws(SimulatorSettingsError) in current = settings }
    }

    private func routes() throws -> Router {
        let models = ModelsEndpoint(state)
        let settings = SettingsEndpoint(state)
        return try Router([
            surface("chat/completions", ChatCall.self), surface("completions", CompletionCall.self),
            surface("embeddings", EmbeddingCall.self), surface("moderations", ModerationCall.self),
            surface("rerank", RerankCall.self), surface("images/generations", ImageCall.self),
            surface("responses", ResponseCall.self), surface("audio/speech", SpeechCall.self),
            call("/v1/audio/transcriptions", TranscriptionCall.self),
            call("/v1/audio/translations", TranscriptionCall.self),
            call("/v1/messages", MessageCall.self), call("/v1/messages/count_tokens", CountCall.self),
            call("/v1/models/{call+}", GeminiCall.self), call("/v1beta/models/{call+}", GeminiCall.self),
            call("/v1/projects/{project}/locations/{location}/publishers/google/models/{call+}", GeminiCall.self),
            call("/model/{model+}/converse", ConverseCall.self),
            call("/model/{model+}/converse-stream", ConverseCall.self),
            Route(.get, "/v1/models", handler: .immediate { models.list($0) }),
            Route(.get, "/simulator/settings", handler: .immediate { settings.show($0) }),
            Route(.put, "/simulator/settings", handler: .immediate { settings.change($0) }),
        ])
    }

    private func surface<Call: SurfaceCall>(_ name: String, _ type: Call.Type) -> Route { call("/v1/" + name, type) }

    private func call<Call: VendorCall>(_ path: String, _ type: Call.Type) -> Route {
        let endpoint = SurfaceEndpoint<Call>(state)
        return Route(
            .post, path, options: RouteOptions(bodyBytesMax: Self.bodyBytesMax, departedClientCancels: true),
            handler: .asynchronous { await endpoint.respond($0) })
    }

    private static let error: ErrorResponder = { status, title, detail, _, _ in
        VendorError(status: status, message: "\(title): \(detail).").response
    }
}
