import Glibc
import Reactor
import StoreScript
import Support
import Testing

@testable import SQL

/// Fails every single file operation of the writes that the product makes: a control write with its idempotency record
/// and its audit entry, and batches of telemetry; on the product's own schema.
@Suite struct MutationFaultTests {
    private enum Kind: CaseIterable {
        case once, from, powerCut

        func plan(_ number: Int) -> FaultDisk.Plan {
            switch self {
            case .once: .once(number)
            case .from: .from(number)
            case .powerCut: .powerCut(number)
            }
        }
    }

    /// Two files that were closed as they should be, to begin every passage from.
    private static func template(_ loop: EventLoop) async throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory("template")
        await (try ScriptedStore(directory: directory.path, loop: loop)).close()
        return directory
    }

    private static func begin(_ template: TemporaryDirectory, _ disk: FaultDisk) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory("mutations")
        for name in ["control.sqlite", "telemetry.sqlite"] {
            disk.adopt(try FileBytes.copy(template.file(name), to: directory.file(name)), at: directory.file(name))
        }
        return directory
    }

    private static func reopen(_ directory: String, _ loop: EventLoop, _ run: inout ScriptedRun) async throws {
        let store = try ScriptedStore(directory: directory, loop: loop)
        run.compare(try await store.findings(isThorough: true), isReopened: true, at: "reopened")
        await run.sendAgain(to: store)
        run.compare(try await store.findings(isThorough: false), isReopened: false, at: "sent again")
        await store.close()
    }

    /// False when the passage was over before the operation of the number came.
    private static func passage(
        _ kind: Kind, _ number: Int, _ template: TemporaryDirectory, _ loop: EventLoop
    ) async throws -> Bool {
        let disk = FaultDisk()
        let directory = try begin(template, disk)
        disk.follow(kind.plan(number))
        var run = ScriptedRun()
        let store = try? ScriptedStore(directory: directory.path, vfs: disk.name, loop: loop)
        if let store {
            await run.pass(0, over: store) { file in
                // The order that matters: nothing is acknowledged that a power cut could take back.
                let log = "\(directory.path)/\(file).sqlite-wal"
                if !disk.isSynced(log) { Issue.record("\(number): acknowledged before \(file)'s log was synced") }
            }
        }
        if kind != .powerCut, let store {
            if kind == .once { #expect(run.refusals <= 2, "\(number)") }
            disk.heal()
            await run.sendAgain(to: store)
            run.compare(try await store.findings(isThorough: true), isReopened: false, at: "healed")
        }
        await store?.close()
        let wasHit = disk.failures > 0
        if kind == .powerCut {
            var generator = SplitMix(state: UInt64(number))
            disk.cutPower(&generator)
        }
        try await reopen(directory.path, loop, &run)
        #expect(run.faults == [], "\(kind) \(number)")
        return wasHit
    }

    @Test(.timeLimit(.minutes(5)), arguments: Kind.allCases)
    private func noFailedOperationLosesDoublesOrHalvesAWrite(_ kind: Kind) async throws {
        let loop = try EventLoop(name: "faults")
        let template = try await Self.template(loop)
        var number = 1
        while try await Self.passage(kind, number, template, loop) { number += 1 }
        #expect(number > 150, "the passage is too short to say anything: \(number) operations")
    }
}
