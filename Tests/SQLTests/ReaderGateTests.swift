import Support
import Synchronization
import Testing

@testable import SQL

/// Readers are kept out for a moment, and for no longer.
@Suite(.timeLimit(.minutes(2))) struct ReaderGateTests {
    @Test func itOpensAgainThoughAReadWouldNotEnd() async throws {
        let gate = SQLiteReaderGate()
        let (running, release, done) = (ThreadGate(), ThreadGate(), ThreadGate())
        try SQLiteThread.start(named: "lasting") {
            gate.pass {
                running.open()
                release.pass()
            }
        }
        running.pass()
        let order = Mutex<[String]>([])
        #expect(gate.shut(waitingAtMost: 20) { order.withLock { $0.append("work") } } == false)
        try SQLiteThread.start(named: "next") {
            gate.pass { order.withLock { $0.append("read") } }
            done.open()
        }
        done.pass()
        release.open()
        #expect(order.withLock { $0 } == ["work", "read"])
    }

    @Test func noReadBeginsWhileItIsShut() async throws {
        let gate = SQLiteReaderGate()
        let (started, done) = (ThreadGate(), ThreadGate())
        let order = Mutex<[String]>([])
        let failures = Mutex(0)
        let wasAlone = gate.shut(waitingAtMost: 20_000) {
            do {
                try SQLiteThread.start(named: "reader") {
                    started.open()
                    gate.pass { order.withLock { $0.append("read") } }
                    done.open()
                }
                started.pass()
            } catch {
                failures.withLock { $0 += 1 }
                done.open()
            }
            order.withLock { $0.append("work") }
        }
        #expect(failures.withLock { $0 } == 0)
        #expect(wasAlone)
        done.pass()
        #expect(order.withLock { $0 } == ["work", "read"])
    }

    /// With the product's own patience: a read that lasts holds the log, and neither the writes nor other reads.
    @Test func aReadThatLastsHoldsUpNobodyElse() async throws {
        let store = try Store {
            $0.walAutocheckpointPages = 10
            $0.readers = 2
        }
        try await store.add(0)
        let (running, release) = (ThreadGate(), ThreadGate())
        let page = String(repeating: "x", count: 3_500)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await store.database.read { connection in
                    // The snapshot begins with what is read first.
                    _ = try connection.first("SELECT count(*) FROM notes") { try $0.int(0) }
                    running.open()
                    release.pass()
                }
            }
            running.pass()
            for id in 1...400 {
                try await store.add(id, page)
                if id % 40 == 0 { #expect(try await store.ids().count == id + 1) }
            }
            #expect(store.database.statistics.walBytes > 390 * 4_096)
            release.open()
            try await group.waitForAll()
        }
        for id in 401...500 { try await store.add(id, page) }
        #expect(store.database.statistics.walBytes < 200 * 4_096)
        await store.database.close()
    }

    @Test func aDatabaseClosesWhileReadsWaitAtTheGate() async throws {
        let store = try Store {
            $0.walAutocheckpointPages = 5
            $0.readers = 2
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    while true {
                        do {
                            _ = try await store.ids()
                        } catch SQLError.closed {
                            return
                        }
                    }
                }
            }
            for id in 0..<300 { try await store.add(id, String(repeating: "x", count: 3_500)) }
            await store.database.close()
            try await group.waitForAll()
        }
    }
}
