import Domain
import HTTP
import REST
import Reactor

/// Surfaces whose answers may be of any media type: audio that comes piece by piece, text, JSON or events, as the
/// provider says.
extension Inference {
    func media(_ record: InferenceRecord) async -> Response {
        let trials: TrialSequence
        do throws(OpenAIError) {
            let chat = surface.isForm ? try await form(record) : try self.chat(record)
            if let live = gateway.names.live(chat.model, for: principal) {
                trials = try self.trials(chat, live, record)
            } else {
                trials = try await pinnedTrials(chat, record)
            }
        } catch {
            // Nobody is there to read what was wrong.
            return error.status == 499 ? departed(record) : refusal(error, record)
        }
        return await answer(of: trials, record)
    }

    /// As much of a form as it takes to know whom it is for.
    private func form(_ record: InferenceRecord) async throws(OpenAIError) -> CallerRequest {
        let upload = try Upload(request, gateway.settings)
        let model = try await upload.model()
        record.named(model, isStream: false)
        return try CallerRequest(upload, model: model, surface)
    }

    /// Whether a document was not whole in its try's time. One that fills the buffer is passed on as it comes.
    private func isLate(_ trial: Trial, _ limit: MonotonicInstant?) -> Bool {
        guard let limit, !trial.exchange.isFinished else { return false }
        return trial.exchange.bytesWaiting < gateway.settings.streamBufferBytesMax && trial.exchange.now() >= limit
    }

    /// - Returns: nil when the try gave nothing that the caller may have, as `trials` then knows.
    func media(_ trial: Trial, _ trials: TrialSequence) async -> Response? {
        // How long a form takes to send is for its caller to say, not for the try.
        let limit = trials.chat.upload == nil ? trial.end : nil
        var opening = await MediaTrial(exchange: trial.exchange).open(until: limit)
        if let upload = trials.chat.upload, trial.exchange.head.map({ $0.status < 300 }) == true {
            // An answer that begins before all of the request has come would end the caller's sending.
            await upload.isSent()
            if let failure = trial.exchange.failure {
                opening = .failed(.transfer(failure))
            } else if !upload.isOnItsWay {
                // An answer to half a form, which nobody has read to its end.
                opening = .failed(.garbage)
            }
        }
        switch opening {
        case .events:
            trial.record.outcome.isStream = true
            return await stream(trial, trials)
        case .document:
            await trial.exchange.wait(for: wholeAnswer, until: limit)
            guard !isLate(trial, limit) else {
                trial.exchange.cancel()
                trials.failed(trial, .transfer(.timeoutTry), status: trial.exchange.head?.status)
                return nil
            }
            return plain(trial, trials)
        case .media(let type):
            return trial.mediaAnswer(type)
        case .failed(let failure):
            trial.exchange.cancel()
            trials.failed(trial, failure, status: trial.exchange.head?.status)
            return nil
        }
    }
}
