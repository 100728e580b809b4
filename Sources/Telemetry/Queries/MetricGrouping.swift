/// By what a metric is broken down.
enum MetricGrouping: String, CaseIterable {
    case variant, revision, none

    /// The group of a row; its parts are the labels of the answer.
    func key(variant: String, revision: Int) -> GroupKey {
        switch self {
        case .variant: GroupKey(variant: variant, revision: nil)
        case .revision: GroupKey(variant: nil, revision: revision)
        case .none: GroupKey(variant: nil, revision: nil)
        }
    }
}
