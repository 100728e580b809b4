/// Who is next where few may do what many want to: of the projects the one that holds the fewest permits, of its
/// batches again the one that holds the fewest, and among equals the one that has waited longest since its last turn.
/// A value without a clock; the same calls give the same turns.
struct PermitShares: Sendable {
    /// For whom a permit is asked.
    struct Claim: Sendable, Hashable {
        let project: String
        let batch: String
    }

    private struct Share {
        var held = 0
        /// When it had its last permit, in grants; 0 for never.
        var lastGrant: UInt64 = 0
        /// The first of those that wait: tickets rise with time.
        var firstTicket: UInt64 = .max
    }

    private struct BatchShare {
        var share = Share()
        var tickets: [UInt64] = []
    }

    private struct ProjectShare {
        var share = Share()
        var batches: [String: BatchShare] = [:]
    }

    private var free: Int
    private var projects: [String: ProjectShare] = [:]
    private var grants: UInt64 = 0

    init(_ count: Int) {
        free = max(1, count)
    }

    /// - Returns: whether it has one at once; else it waits under this ticket, which has to be larger than all before.
    mutating func enter(_ claim: Claim, ticket: UInt64) -> Bool {
        if free > 0 {
            free -= 1
            grant(claim)
            return true
        }
        projects[claim.project, default: ProjectShare()].batches[claim.batch, default: BatchShare()]
            .tickets.append(ticket)
        settle(claim)
        return false
    }

    /// It waits no longer.
    /// - Returns: whether it still did.
    mutating func withdraw(_ claim: Claim, ticket: UInt64) -> Bool {
        guard let place = projects[claim.project]?.batches[claim.batch]?.tickets.firstIndex(of: ticket) else {
            return false
        }
        projects[claim.project]?.batches[claim.batch]?.tickets.remove(at: place)
        settle(claim)
        return true
    }

    /// Gives a permit back.
    /// - Returns: the ticket whose turn it is; nil when none waits.
    mutating func leave(_ claim: Claim) -> UInt64? {
        projects[claim.project]?.share.held -= 1
        projects[claim.project]?.batches[claim.batch]?.share.held -= 1
        settle(claim)
        guard let project = Self.next(projects.lazy.map { ($0.key, $0.value.share) }),
            let batch = Self.next((projects[project]?.batches ?? [:]).lazy.map { ($0.key, $0.value.share) }),
            let ticket = projects[project]?.batches[batch]?.tickets.first
        else {
            free += 1
            return nil
        }
        let next = Claim(project: project, batch: batch)
        projects[project]?.batches[batch]?.tickets.removeFirst()
        grant(next)
        return ticket
    }

    /// Permits that a project holds.
    func held(by project: String) -> Int { projects[project]?.share.held ?? 0 }

    private static func next(_ shares: some Sequence<(String, Share)>) -> String? {
        shares.filter { $0.1.firstTicket != .max }
            .min {
                ($0.1.held, $0.1.lastGrant, $0.1.firstTicket) < ($1.1.held, $1.1.lastGrant, $1.1.firstTicket)
            }?.0
    }

    private mutating func grant(_ claim: Claim) {
        grants += 1
        var project = projects[claim.project] ?? ProjectShare()
        project.share.held += 1
        project.share.lastGrant = grants
        project.batches[claim.batch, default: BatchShare()].share.held += 1
        project.batches[claim.batch]?.share.lastGrant = grants
        projects[claim.project] = project
        settle(claim)
    }

    /// Nobody is remembered who neither holds a permit nor waits for one.
    private mutating func settle(_ claim: Claim) {
        guard var project = projects[claim.project] else { return }
        if var batch = project.batches[claim.batch] {
            batch.share.firstTicket = batch.tickets.first ?? .max
            project.batches[claim.batch] = batch.share.held == 0 && batch.tickets.isEmpty ? nil : batch
        }
        project.share.firstTicket = project.batches.values.map(\.share.firstTicket).min() ?? .max
        projects[claim.project] = project.batches.isEmpty ? nil : project
    }
}
