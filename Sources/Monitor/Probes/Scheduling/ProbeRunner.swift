import Domain
import SQL
import Telemetry

/// Takes one run from its start, or from where it was interrupted, to its end.
struct ProbeRunner: Sendable {
    let control: any Database
    let scores: ScoreStore
    let sources: ProbeSources
    let clock: WallClock
    let settings: ProbeScheduler.Settings
    let permits: SharedPermits

    /// - Throws: what a store said, or `CancellationError`; the run is then unfinished and is resumed later.
    func execute(_ run: ProbeRunRecord, _ cancellation: RunCancellation) async throws {
        do {
            let plan = try await plan(run)
            let now = clock.now()
            let revision = plan.deployment.revision
            let hasStarted = try await control.write { transaction in
                try ProbeRunStore.start(run, revision: revision, at: now, in: transaction)
            }
            guard hasStarted else { return }
            try await measure(run, plan, cancellation)
            try Task.checkCancellation()
            // A cancelled run has its final state already, which `finish` leaves as it is.
            try await finish(run, .done, error: nil)
        } catch let failure as RunFailure {
            try await finish(run, .failed, error: failure.reason)
        }
    }

    private func finish(_ run: ProbeRunRecord, _ state: ProbeRunState, error: String?) async throws {
        let now = clock.now()
        try await control.write { transaction in
            try ProbeRunStore.finish(run, state, error: error, at: now, in: transaction)
        }
    }

    private func plan(_ run: ProbeRunRecord) async throws -> RunPlan {
        let definition = run.definition
        let scorer: Scorer
        do {
            scorer = try Scorer(definition.scorer)
        } catch {
            throw RunFailure(reason: "the scorer cannot be used: \(error)")
        }
        let deployment = try await deployment(of: run)
        let examples = try await examples(of: run)
        return RunPlan(
            scorer: scorer, deployment: deployment,
            examples: RunPlan.sample(examples, count: definition.sample, run: run.id))
    }

    /// The live revision; for a run that was interrupted the one with which it began, so that one run measures one
    /// thing.
    private func deployment(of run: ProbeRunRecord) async throws -> LiveDeployment {
        let definition = run.definition
        let place = "\(definition.deployment) in \(definition.environment)"
        guard
            let live = sources.routing.current.deployment(
                project: run.project, environment: definition.environment, name: definition.deployment)
        else { throw RunFailure(reason: "the deployment \(place) does not exist") }
        guard let revision = run.revision, revision != live.revision else { return live }
        let begun = try await sources.pinned(
            run.project, definition.environment, definition.deployment, revision)
        guard let begun else {
            throw RunFailure(
                reason: "revision \(revision) of \(place), with which the run began, is no longer there")
        }
        return begun
    }

    private func examples(of run: ProbeRunRecord) async throws -> [DatasetExample] {
        let dataset = run.definition.dataset
        let found: [DatasetExample]?
        do {
            found = try await sources.examples(run.project, dataset)
        } catch {
            // At the end of the process the run is left to be resumed.
            try Task.checkCancellation()
            throw RunFailure(reason: "the dataset \(dataset) could not be read: \(error)")
        }
        guard let found else { throw RunFailure(reason: "the dataset \(dataset) does not exist") }
        guard !found.isEmpty else { throw RunFailure(reason: "the dataset \(dataset) has no examples") }
        return found
    }

    private func measure(_ run: ProbeRunRecord, _ plan: RunPlan, _ cancellation: RunCancellation) async throws {
        let calls = plan.calls(without: try await scores.scored(run: run.id))
        try await withThrowingTaskGroup(of: ProbeScore?.self) { group in
            var rest = calls[...]
            var batch = [ProbeScore]()
            for call in rest.prefix(settings.concurrency) {
                group.addTask { await score(call, run, plan, cancellation) }
            }
            rest = rest.dropFirst(settings.concurrency)
            while let result = try await group.next() {
                if let result { batch.append(result) }
                if batch.count >= settings.batchCountMax {
                    try await record(batch)
                    batch.removeAll()
                }
                guard !Task.isCancelled, !cancellation.isCancelled, let call = rest.popFirst() else { continue }
                group.addTask { await score(call, run, plan, cancellation) }
            }
            try await record(batch)
        }
    }

    /// Detached, since the end of the process takes a queued write of a cancelled task out of the queue: what was paid
    /// for is kept. It is awaited, so nothing outlives the run.
    private func record(_ batch: [ProbeScore]) async throws {
        guard !batch.isEmpty else { return }
        try await Task.detached { [scores] in try await scores.record(batch) }.value
    }

    /// - Returns: nil when the call was not made or its answer does not count.
    private func score(
        _ call: RunPlan.Call, _ run: ProbeRunRecord, _ plan: RunPlan, _ cancellation: RunCancellation
    ) async -> ProbeScore? {
        let claim = PermitShares.Claim(project: run.project, work: run.id)
        guard await permits.acquire(for: claim) else { return nil }
        guard !Task.isCancelled, !cancellation.isCancelled else {
            permits.release(claim)
            return nil
        }
        let example = plan.examples[call.example]
        let answer = await sources.call(
            ProbeRequest(
                deployment: plan.deployment, variant: call.variant, input: example.input, runID: run.id,
                timeout: settings.callTimeout))
        permits.release(claim)
        // A call that the end of the process broke off says nothing of the variant: the resumed run makes it again.
        guard !cancellation.isCancelled, !Task.isCancelled || answer.status == .ok else { return nil }
        let score =
            answer.status == .ok
            ? plan.scorer.score(answer.text, expected: example.expected)
            : .unscored(answer.error ?? answer.status.rawValue)
        return ProbeScore(
            runID: run.id, variant: plan.deployment.variants[call.variant].name, exampleID: example.id,
            project: run.project, probe: run.definition.name, deployment: plan.deployment.name,
            environment: plan.deployment.environment, revision: plan.deployment.revision,
            outcomeID: answer.outcomeID, score: score.value, passed: score.passed, reason: score.reason,
            createdAt: clock.now())
    }
}
