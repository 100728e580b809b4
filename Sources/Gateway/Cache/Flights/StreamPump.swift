import Domain
import HTTP
import Reactor

/// Brings the events of a stream into its log, for as long as anybody reads them.
final class StreamPump: EventSink, @unchecked Sendable {
    // @unchecked: used by one task, on its loop.

    private let lead: FlightLead
    private let log: StreamLog
    private let trial: Trial
    private let relay: StreamRelay
    private var recorder: StreamRecorder
    private var isRecordable = true
    /// What the leader's own caller alone is told at the end of a stream.
    private(set) var farewell: [UInt8]?
    /// Nanoseconds for which slow readers have held up the others.
    private var heldUp: UInt64 = 0

    /// For so many nanoseconds in all others wait for a slow reader.
    private static let heldUpMax: UInt64 = 2_000_000_000
    /// And for so many each time, so that one who only has to be given its turn is not taken for slow.
    private static let turn: UInt64 = 100_000_000

    init(_ lead: FlightLead, _ log: StreamLog, _ trial: Trial, _ relay: StreamRelay, cutsUsage: Bool) {
        self.lead = lead
        self.log = log
        self.trial = trial
        self.relay = relay
        recorder = StreamRecorder(cutsUsage: cutsUsage)
    }

    func run(keepAlive: Duration) async {
        do {
            try await trial.deliver(relay, to: self, keepAlive: keepAlive)
        } catch {
            // Nobody reads it any more; the record says so.
        }
        let record = trial.record
        if record.endedWell { return lead.ended(isRecordable ? log.recording() : nil) }
        if relay.hasBegun {
            return lead.end(.broken(record.outcome.status, error: record.outcome.error), keeping: nil)
        }
        // It had begun to answer only because its own caller would not wait: others may have a fallback yet.
        lead.end(.failed, keeping: nil)
    }

    func write(_ bytes: [UInt8]) async throws {
        // Each reader has signs of life of its own.
        if bytes == relay.ping { return }
        if trial.record.isFinished {
            // What a provider writes of an error may quote what its own caller sent: no others read it.
            let isShared = relay.hasBegun && trial.record.outcome.error != StreamReader.reported.code
            if isShared { _ = log.append(bytes, cuts: []) } else { farewell = bytes }
            return
        }
        guard let (events, cuts) = recorder.read(bytes) else {
            // What is passed on all the same, and never again.
            isRecordable = false
            lead.flight.close()
            _ = log.append(bytes, cuts: [], isLast: relay.isEnded)
            return
        }
        if !log.append(events, cuts: cuts, isLast: relay.isEnded) {
            while log.isFull { await room() }
        }
    }

    private func room() async {
        let loop = lead.loop
        let start = loop.now()
        let patience = max(Self.turn, Self.heldUpMax - min(heldUp, Self.heldUpMax))
        let limit = MonotonicInstant(nanoseconds: start.nanoseconds + patience)
        let timer = loop.schedule(at: limit) { [log] in log.dropLaggards() }
        await log.room()
        timer.cancel()
        heldUp += UInt64(max(0, start.nanoseconds(to: loop.now())))
    }
}
