/// A named set of permissions.
package enum Role: String, Sendable, CaseIterable {
    case viewer, author, evaluator, `operator`, ci, caller, auditor, admin

    package var permissions: Set<Permission> {
        switch self {
        case .viewer: Self.reading
        case .author: Self.reading.union([.promptsWrite, .inferenceCall])
        case .evaluator:
            Self.reading.union([.datasetsWrite, .probesWrite, .probesRun, .feedbackWrite, .inferenceCall])
        case .operator:
            Self.reading.union([
                .deploymentsWrite, .providersWrite, .probesWrite, .probesRun, .inferenceCall, .bodiesRead, .cachePurge,
                .upstreamsWrite,
            ])
        case .ci:
            Self.reading.union([
                .modelsWrite, .promptsWrite, .datasetsWrite, .probesWrite, .probesRun, .feedbackWrite, .inferenceCall,
            ])
        case .caller: [.inferenceCall]
        case .auditor: Self.reading.union([.auditRead, .keysRead])
        case .admin: Set(Permission.allCases)
        }
    }

    /// Everything that shows how traffic runs, but neither keys nor the audit log, nor what people wrote.
    private static let reading: Set<Permission> = [
        .cacheRead, .datasetsRead, .deploymentsRead, .feedbackRead, .metricsRead, .modelsRead, .outcomesRead,
        .probesRead, .projectsRead, .promptsRead, .providersRead, .upstreamsRead,
    ]
}
