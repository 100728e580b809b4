import Domain

/// How many outcomes ended in each way. A fixed row of numbers: windows are merged by the thousand.
struct StatusCounts: Sendable, Equatable {
    private var lanes = SIMD16<Int64>.zero

    subscript(status: OutcomeStatus) -> Int64 {
        get { lanes[Self.lane(status)] }
        set { lanes[Self.lane(status)] = newValue }
    }

    mutating func merge(_ other: StatusCounts) {
        lanes &+= other.lanes
    }

    var errors: Int64 {
        OutcomeStatus.allCases.reduce(0) { $0 + ($1.isError ? self[$1] : 0) }
    }

    private static func lane(_ status: OutcomeStatus) -> Int {
        switch status {
        case .ok: 0
        case .upstreamError: 1
        case .upstreamTimeout: 2
        case .brokenStream: 3
        case .rateLimited: 4
        case .blocked: 5
        case .invalidRequest: 6
        case .clientClosed: 7
        }
    }
}
