/// Who is next where few may do what many want to: of the projects the one that holds the fewest permits, of what it
/// has to do (its batches, its runs of probes) again the one that holds the fewest, and among equals the one that has
/// waited longest since its last turn.
/// A value without a clock; the same calls give the same turns.
package struct PermitShares: Sendable {
    /// For whom a permit is asked.
    package struct Claim: Sendable, Hashable {
        let project: String
        let work: String

        /// - Parameters:
        ///   - project: its id.
        ///   - work: the id of what the project has to do, unique in it.
        package init(project: String, work: String) {
            self.project = project
            self.work = work
        }
    }

    private struct Share {
        var held = 0
        /// When it had its last permit, in grants; 0 for never.
        var lastGrant: UInt64 = 0
        /// The first of those that wait: tickets rise with time.
        var firstTicket: UInt64 = .max
    }

    private struct WorkShare {
        var share = Share()
        var tickets: [UInt64] = []
    }

    private struct ProjectShare {
        var share = Share()
        var works: [String: WorkShare] = [:]
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
        projects[claim.project, default: ProjectShare()].works[claim.work, default: WorkShare()]
            .tickets.append(ticket)
        settle(claim)
        return false
    }

    /// It waits no longer.
    /// - Returns: whether it still did.
    mutating func withdraw(_ claim: Claim, ticket: UInt64) -> Bool {
        guard let place = projects[claim.project]?.works[claim.work]?.tickets.firstIndex(of: ticket) else {
            return false
        }
        projects[claim.project]?.works[claim.work]?.tickets.remove(at: place)
        settle(claim)
        return true
    }

    /// Gives a permit back.
    /// - Returns: the ticket whose turn it is; nil when none waits.
    mutating func leave(_ claim: Claim) -> UInt64? {
        projects[claim.project]?.share.held -= 1
        projects[claim.project]?.works[claim.work]?.share.held -= 1
        settle(claim)
        guard let project = Self.next(projects.lazy.map { ($0.key, $0.value.share) }),
            let work = Self.next((projects[project]?.works ?? [:]).lazy.map { ($0.key, $0.value.share) }),
            let ticket = projects[project]?.works[work]?.tickets.first
        else {
            free += 1
            return nil
        }
        let next = Claim(project: project, work: work)
        projects[project]?.works[work]?.tickets.removeFirst()
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
        project.works[claim.work, default: WorkShare()].share.held += 1
        project.works[claim.work]?.share.lastGrant = grants
        projects[claim.project] = project
        settle(claim)
    }

    /// Nobody is remembered who neither holds a permit nor waits for one.
    private mutating func settle(_ claim: Claim) {
        guard var project = projects[claim.project] else { return }
        if var work = project.works[claim.work] {
            work.share.firstTicket = work.tickets.first ?? .max
            project.works[claim.work] = work.share.held == 0 && work.tickets.isEmpty ? nil : work
        }
        project.share.firstTicket = project.works.values.map(\.share.firstTicket).min() ?? .max
        projects[claim.project] = project.works.isEmpty ? nil : project
    }
}
