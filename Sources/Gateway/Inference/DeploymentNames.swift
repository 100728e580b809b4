import Domain

/// What a caller's `model` means: `name`, `name@environment` or `name@revision`.
struct DeploymentNames: Sendable {
    let routing: Snapshot<RoutingTable>
    let pinned: Gateway.PinnedRevision

    /// The deployment of a bare name, which is what nearly every caller sends; nil for anything else.
    func live(_ text: String, for principal: Principal) -> LiveDeployment? {
        guard !text.utf8.contains(UInt8(ascii: "@")), principal.mayCall(deployment: text) else { return nil }
        return routing.current.deployment(project: principal.project, preferring: principal.environment, name: text)
    }

    /// - Returns: nil for what does not exist and for what the key may not call.
    func deployment(_ text: String, for principal: Principal) async throws -> LiveDeployment? {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return live(text, for: principal) }
        let table = routing.current
        let name = String(text[..<at])
        let pin = String(text[text.index(after: at)...])
        guard principal.mayCall(deployment: name), !pin.isEmpty else { return nil }
        guard let revision = Int(pin), revision > 0 else {
            return table.deployment(project: principal.project, environment: pin, name: name)
        }
        if let live = table.deployment(project: principal.project, preferring: principal.environment, name: name) {
            if live.revision == revision { return live }
            return try await pinned(principal.project, live.environment, name, revision)
        }
        return try await pinned(principal.project, principal.environment, name, revision)
    }

    /// The region rules that hold beside those of a revision that is not the live one: what was allowed then may be
    /// forbidden now.
    func regions(beside deployment: LiveDeployment) -> [RegionRule] {
        let live = routing.current.deployment(
            project: deployment.project, environment: deployment.environment, name: deployment.name)
        guard let live, live.revision != deployment.revision else { return [] }
        return live.options.regions
    }

    /// What the key may call by bare name, in order.
    func callable(by principal: Principal) -> [LiveDeployment] {
        let table = routing.current
        var names = Set<String>()
        for (key, _) in table.deployments
        where key.project == principal.project && principal.mayCall(deployment: key.name) {
            names.insert(key.name)
        }
        return names.sorted().compactMap {
            table.deployment(project: principal.project, preferring: principal.environment, name: $0)
        }
    }
}
