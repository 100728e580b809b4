import CLinux
import Glibc
import Synchronization

/// One thread that waits for descriptors and timers and runs tasks in between: one per core, with all state of its
/// connections its own. Level-triggered epoll; other threads reach it through one inbox, with an eventfd write only
/// when that was empty.
///
/// As a task executor it runs a task's pieces on its thread: start handlers with
/// `Task.immediate(executorPreference: loop)`. As a serial executor it may back an actor.
///
/// **Invariant**: nothing that runs here blocks.
package final class EventLoop: TaskExecutor, SerialExecutor, @unchecked Sendable {
    // @unchecked: everything but `inbox` and `thread` is touched only on the loop's own thread.

    package let name: String

    private let epoll: Int32
    private let wakeUp: Int32
    private let inbox = Mutex<[LoopWork]>([])
    private let thread = Mutex<pthread_t?>(nil)

    private var ready: [LoopWork] = []
    private var slots: [Registration?] = []
    private var freeSlots: [Int] = []
    private var slotGeneration: UInt32 = 0
    private let timers = TimerQueue()
    private var beforeSleepHooks: [() -> Void] = []
    private var beforeNextSleep: [() -> Void] = []
    private var isStopping = false
    private var turnStart = MonotonicInstant.now()
    private var delay: UInt64 = 0

    /// The eventfd's token; registrations count from generation 1, so it can be no registration's.
    private static let wakeUpToken: UInt64 = .max
    /// Enough for all that is ready under any but an excessive load, so that `queueDelay` tells the whole wait.
    private static let eventsPerTurn = 1_024
    /// Tasks that feed each other may run this many rounds before descriptors get their turn.
    private static let roundsPerTurn = 16
    /// Deadlines of many connections may fall together, and each closes one, with all that the kernel holds for it.
    private static let timersPerTurn = 16

    /// Throws `ReactorError` when the kernel gives no epoll or eventfd descriptor.
    package init(name: String) throws {
        self.name = name
        epoll = clinux_epoll_create()
        guard epoll >= 0 else { throw ReactorError("epoll_create1") }
        wakeUp = clinux_eventfd_create()
        // Every property has its value from here on, so what throws below runs deinit: it closes, and nothing else may.
        guard wakeUp >= 0 else { throw ReactorError("eventfd") }
        guard clinux_epoll_add(epoll, wakeUp, Interest.read.rawValue, Self.wakeUpToken) == 0 else {
            throw ReactorError("epoll_ctl")
        }
    }

    deinit {
        if wakeUp >= 0 { close(wakeUp) }
        close(epoll)
    }

    // MARK: Life

    /// Spawns the thread. A second call does nothing.
    package func start() {
        thread.withLock { thread in
            guard thread == nil else { return }
            var identifier = pthread_t()
            // The thread holds the loop until it has ended.
            let held = Unmanaged.passRetained(self)
            let result = pthread_create(&identifier, nil, runEventLoop, held.toOpaque())
            guard result == 0 else {
                held.release()
                return
            }
            thread = identifier
        }
    }

    /// Asks the loop to end after the work it already has; `join` waits for it. Work sent later is never run.
    package func stop() { execute { self.isStopping = true } }

    /// Waits until the thread has ended. Not to be called on the loop itself.
    package func join() {
        let identifier = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let identifier { pthread_join(identifier, nil) }
    }

    /// The loop whose thread this is.
    package static var current: EventLoop? {
        guard let pointer = clinux_current_loop() else { return nil }
        // The pointer is set for the length of `run`, during which the thread holds the loop.
        return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Whether the caller is on this loop's thread.
    package var isCurrent: Bool { clinux_current_loop() == Unmanaged.passUnretained(self).toOpaque() }

    // MARK: Work

    /// Runs `work` on the loop, in order of arrival, never inside this call. From any thread.
    package func execute(_ work: @escaping @Sendable () -> Void) { submit(.closure(work)) }

    package func enqueue(_ job: consuming ExecutorJob) { submit(.job(UnownedJob(job))) }

    package func checkIsolated() { precondition(isCurrent, "not on the event loop \(name)") }

    private func submit(_ work: LoopWork) {
        if isCurrent {
            ready.append(work)
            return
        }
        let wasEmpty = inbox.withLock { inbox in
            inbox.append(work)
            return inbox.count == 1
        }
        if wasEmpty { clinux_eventfd_signal(wakeUp) }
    }

    /// Adds work that runs each time the loop is about to wait, such as flushing what this turn gathered. Loop thread
    /// only.
    package func beforeSleep(_ work: @escaping () -> Void) { beforeSleepHooks.append(work) }

    /// Runs `work` once, when the loop is next about to wait. Loop thread only.
    package func beforeNextSleep(_ work: @escaping () -> Void) { beforeNextSleep.append(work) }

    // MARK: Time

    package func now() -> MonotonicInstant { .now() }

    /// When this turn of the loop began: what deadlines of seconds are counted from without reading the clock.
    package var turnStartedAt: MonotonicInstant { turnStart }

    /// For how long at most, in nanoseconds, what this turn found ready had been waiting: the work of the turn before
    /// it. Near 0 while the loop has time to spare. Loop thread only.
    package var queueDelay: UInt64 { delay }

    /// Runs `work` once, not before `delay` has passed; the resolution is a millisecond. Loop thread only.
    package func schedule(after delay: Duration, _ work: @escaping () -> Void) -> TimerToken {
        schedule(at: now() + delay, work)
    }

    /// Runs `work` once, not before `deadline`. Loop thread only.
    package func schedule(at deadline: MonotonicInstant, _ work: @escaping () -> Void) -> TimerToken {
        timers.schedule(at: deadline, work)
    }

    // MARK: Descriptors

    /// Watches a descriptor; `onReady` runs on the loop each time it is ready (level-triggered). Loop thread only.
    /// Throws `ReactorError` for a descriptor that epoll refuses.
    package func register(
        _ descriptor: Int32, interest: Interest, onReady: @escaping (Readiness) -> Void
    ) throws -> Registration {
        let slot = freeSlots.popLast() ?? slots.count
        slotGeneration = slotGeneration &+ 1
        // The generation tells a slot's owner from events fetched for its predecessor; the top bit stays clear.
        let token = UInt64(slotGeneration & 0x7fff_ffff) << 32 | UInt64(slot)
        guard clinux_epoll_add(epoll, descriptor, interest.rawValue, token) == 0 else {
            let error = ReactorError("epoll_ctl")
            if slot < slots.count { freeSlots.append(slot) }
            throw error
        }
        let registration = Registration(
            loop: self, descriptor: descriptor, interest: interest, token: token, onReady: onReady)
        if slot == slots.count { slots.append(registration) } else { slots[slot] = registration }
        return registration
    }

    func modify(_ registration: Registration) {
        // It fails only for a descriptor closed behind the registration's back, which then has no events to miss.
        _ = clinux_epoll_modify(epoll, registration.descriptor, registration.interest.rawValue, registration.token)
    }

    func remove(_ registration: Registration) {
        let slot = Int(registration.token & 0xffff_ffff)
        guard slot < slots.count, slots[slot] === registration else { return }
        _ = clinux_epoll_remove(epoll, registration.descriptor)
        slots[slot] = nil
        freeSlots.append(slot)
    }

    // MARK: The turn

    fileprivate func run() {
        clinux_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
        clinux_name_this_thread(name)
        // Whoever shares the core computes for longer than a request takes: the store's writers above all.
        clinux_wake_promptly()
        let events = UnsafeMutablePointer<clinux_event>.allocate(capacity: Self.eventsPerTurn)
        defer { events.deallocate() }
        while !isStopping {
            runReady()
            runTimers()
            runHooks()
            let sleepStart = MonotonicInstant.now()
            let count = clinux_epoll_wait(epoll, events, Int32(Self.eventsPerTurn), timeout(at: sleepStart))
            startTurn(after: sleepStart)
            for index in 0..<max(0, Int(count)) { registration(of: events[index].token)?.isDue = true }
            for index in 0..<max(0, Int(count)) { dispatch(events[index]) }
        }
        takeInbox()
        runReady()
        tearDown()
        clinux_set_current_loop(nil)
    }

    private func startTurn(after sleepStart: MonotonicInstant) {
        let now = MonotonicInstant.now()
        let worked = sleepStart.nanoseconds - turnStart.nanoseconds
        // A wait means that nothing was ready when it began. It is set against the work rather than looked for, since a
        // thread that lost its processor seems to wait too.
        let waited = now.nanoseconds - sleepStart.nanoseconds
        delay = worked > waited ? worked - waited : 0
        turnStart = now
    }

    private func dispatch(_ event: clinux_event) {
        if event.token == Self.wakeUpToken {
            clinux_eventfd_drain(wakeUp)
            takeInbox()
            return
        }
        guard let registration = registration(of: event.token) else { return }
        registration.isDue = false
        registration.onReady?(Readiness(rawValue: event.events))
    }

    /// nil for the eventfd, and for a watch that ended after its event was fetched.
    private func registration(of token: UInt64) -> Registration? {
        let slot = Int(token & 0xffff_ffff)
        guard slot < slots.count, let registration = slots[slot], registration.token == token else { return nil }
        return registration
    }

    private func takeInbox() {
        inbox.withLock { inbox in
            if ready.isEmpty {
                swap(&ready, &inbox)
            } else {
                ready.append(contentsOf: inbox)
                inbox.removeAll(keepingCapacity: true)
            }
        }
    }

    private func runReady() {
        var batch: [LoopWork] = []
        for _ in 0..<Self.roundsPerTurn where !ready.isEmpty {
            batch.removeAll(keepingCapacity: true)
            swap(&batch, &ready)
            for work in batch {
                switch work {
                case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
                case .closure(let closure): closure()
                }
            }
        }
        // The larger buffer goes back, so that a steady load allocates nothing.
        if ready.isEmpty, batch.capacity > ready.capacity {
            batch.removeAll(keepingCapacity: true)
            swap(&batch, &ready)
        }
    }

    private func runHooks() {
        for _ in 0..<Self.roundsPerTurn where !beforeNextSleep.isEmpty {
            let batch = beforeNextSleep
            beforeNextSleep.removeAll(keepingCapacity: true)
            for work in batch { work() }
        }
        for hook in beforeSleepHooks { hook() }
    }

    private func runTimers() {
        guard !timers.isEmpty else { return }
        let now = MonotonicInstant.now()
        for _ in 0..<Self.timersPerTurn {
            guard let work = timers.popDue(at: now) else { return }
            work()
        }
    }

    /// Milliseconds until something is due, rounded up so that a timer is never polled for; -1 without an end.
    private func timeout(at now: MonotonicInstant) -> Int32 {
        guard ready.isEmpty, beforeNextSleep.isEmpty, !isStopping else { return 0 }
        guard let deadline = timers.nextDeadline else { return -1 }
        guard deadline > now else { return 0 }
        return Int32(min((deadline.nanoseconds - now.nanoseconds - 1) / 1_000_000 + 1, UInt64(Int32.max)))
    }

    /// Registrations and timers hold closures that hold their owners, which hold the loop: the end breaks the rings.
    private func tearDown() {
        timers.removeAll()
        beforeSleepHooks.removeAll()
        beforeNextSleep.removeAll()
        let held = slots
        slots.removeAll()
        for registration in held { registration?.forget() }
    }
}

private func runEventLoop(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<EventLoop>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
