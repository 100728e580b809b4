import Domain
import JSON
import Statistics
import Telemetry

/// A row of `probe_runs`.
struct ProbeRunRecord: Sendable {
    let id: String
    let project: String
    let probeID: String
    let state: ProbeRunState
    let definition: ProbeDefinition
    /// Of the deployment; nil until the run has started.
    let revision: Int?
    let error: String?
    let createdAt: Timestamp
    let createdBy: String
    let startedAt: Timestamp?
    let finishedAt: Timestamp?

    /// A run that waits for its turn.
    init(id: String, probe: ProbeRecord, at now: Timestamp, by actor: String) {
        self.init(
            id: id, project: probe.project, probeID: probe.id, state: .queued, definition: probe.definition,
            revision: nil, error: nil, createdAt: now, createdBy: actor, startedAt: nil, finishedAt: nil)
    }

    init(
        id: String, project: String, probeID: String, state: ProbeRunState, definition: ProbeDefinition,
        revision: Int?, error: String?, createdAt: Timestamp, createdBy: String, startedAt: Timestamp?,
        finishedAt: Timestamp?
    ) {
        self.id = id
        self.project = project
        self.probeID = probeID
        self.state = state
        self.definition = definition
        self.revision = revision
        self.error = error
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    func json(_ tallies: [ScoreTally] = []) -> JSONValue {
        [
            "id": .string(id), "probe": .string(definition.name), "state": .string(state.rawValue),
            "revision": JSONValue(revision), "created_at": .string(createdAt.text),
            "started_at": JSONValue(startedAt?.text), "finished_at": JSONValue(finishedAt?.text),
            "error": JSONValue(error), "results": .array(tallies.map(Self.result)),
        ]
    }

    /// Wilson's interval, at 95%: the size of a run is fixed before it starts.
    private static func result(_ tally: ScoreTally) -> JSONValue {
        let interval = ProportionInterval.wilson(successes: tally.passed, trials: tally.scored)
        return [
            "variant": .string(tally.variant), "n": JSONValue(tally.scored), "passed": JSONValue(tally.passed),
            "errors": JSONValue(tally.errors),
            "accuracy": [
                "value": tally.scored > 0 ? .number(interval.value) : .null, "low": .number(interval.low),
                "high": .number(interval.high),
            ],
        ]
    }
}
