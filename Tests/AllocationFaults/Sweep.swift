import CAllocator
import Glibc
import Reactor
import SQL
import StoreScript
import Support

/// One passage for every number.
struct Sweep {
    private let isLasting: Bool
    private let loop: EventLoop
    private let template: TemporaryDirectory

    /// - Parameter isLasting: from the number on every allocation fails, until the passage is over; else that one.
    init(isLasting: Bool) throws {
        self.isLasting = isLasting
        loop = try EventLoop(name: "sweep")
        template = try TemporaryDirectory("allocations")
    }

    /// How many numbers there were, and what went wrong.
    func cold(_ numberMax: Int) async throws -> (Int, [String]) {
        await (try ScriptedStore(directory: template.path, loop: loop)).close()
        var faults: [String] = []
        for number in 1...numberMax {
            let directory = try TemporaryDirectory("allocations")
            for file in ["control.sqlite", "telemetry.sqlite"] {
                try copy(template.file(file), directory.file(file))
            }
            var run = ScriptedRun()
            callocator_fail(number, isLasting ? 1 : 0)
            let store = try? ScriptedStore(directory: directory.path, loop: loop)
            if let store { await run.pass(0, over: store) }
            // Closing meets the fault too, when the passage has not.
            await store?.close()
            let wasHit = callocator_failures() > 0
            callocator_heal()
            try await reopen(directory.path, &run, number)
            faults += run.faults.map { "\(number): \($0)" }
            if number % 500 == 0 { AllocationFaults.say("\(number) so far") }
            if !wasHit || faults.count > 50 { return (number - 1, faults) }
        }
        return (numberMax, faults + ["no passage was without a fault"])
    }

    func warm(_ numberMax: Int) async throws -> (Int, [String]) {
        var faults: [String] = []
        var number = 0
        var isOver = false
        // The files are begun anew from time to time, so that they stay small and what is in them is read back.
        while !isOver, faults.isEmpty, number < numberMax {
            let directory = try TemporaryDirectory("allocations")
            let store = try ScriptedStore(directory: directory.path, loop: loop)
            var run = ScriptedRun()
            await run.pass(0, over: store)
            for label in 1...20 where !isOver {
                number += 1
                callocator_fail(number, isLasting ? 1 : 0)
                await run.pass(label, over: store)
                isOver = callocator_failures() == 0
                callocator_heal()
                await run.sendAgain(to: store)
                run.compare(try await store.findings(isThorough: true), isReopened: false, at: "healed")
            }
            await store.close()
            if number % 500 == 0 { AllocationFaults.say("\(number) so far") }
            try await reopen(directory.path, &run, number)
            faults += run.faults.map { "\(number): \($0)" }
        }
        return (number - 1, isOver ? faults : faults + ["no passage was without a fault"])
    }

    private func reopen(_ directory: String, _ run: inout ScriptedRun, _ number: Int) async throws {
        let store = try ScriptedStore(directory: directory, loop: loop)
        run.compare(try await store.findings(isThorough: true), isReopened: true, at: "reopened")
        await run.sendAgain(to: store)
        run.compare(try await store.findings(isThorough: false), isReopened: false, at: "sent again")
        await store.close()
    }

    private func copy(_ from: String, _ to: String) throws {
        let source = open(from, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw FileError("open", from) }
        defer { close(source) }
        let target = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw FileError("make", to) }
        defer { close(target) }
        while case let count = sendfile(target, source, nil, 1 << 20), count != 0 {
            guard count > 0 else { throw FileError("write", to) }
        }
    }
}
