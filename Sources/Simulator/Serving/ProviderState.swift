import HTTP
import Synchronization

/// What the provider's loops share.
final class ProviderState: Sendable {
    private let current: Mutex<Scenario>
    private let requestCounts = Mutex(RequestCounts())

    init(_ settings: SimulatorSettings) { current = Mutex(Scenario(settings)) }

    var scenario: Scenario { current.withLock { $0 } }
    var counts: RequestCounts { requestCounts.withLock { $0 } }

    /// Checks and takes what `change` makes of the settings. Requests under way keep the ones they began with.
    func change(
        _ change: (inout SimulatorSettings) throws(SimulatorSettingsError) -> Void
    ) throws(SimulatorSettingsError) {
        try current.withLock { scenario throws(SimulatorSettingsError) in
            var settings = scenario.settings
            try change(&settings)
            try settings.validate()
            scenario = Scenario(settings)
        }
    }

    func count(_ note: (inout RequestCounts) -> Void) { requestCounts.withLock { note(&$0) } }
}
