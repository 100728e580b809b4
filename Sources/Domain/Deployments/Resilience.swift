package import JSON

/// What a deployment says about upstreams that fail or are slow. Whatever it leaves out is for the process's settings.
package struct Resilience: Sendable, Hashable {
    package static let unsaid = Resilience()
    package let timeouts: DeploymentTimeouts?
    package let retries: DeploymentRetries?

    package init(timeouts: DeploymentTimeouts? = nil, retries: DeploymentRetries? = nil) {
        self.timeouts = timeouts
        self.retries = retries
    }

    /// Of a deployment's document, or of what `members` made; parts of the wrong shape are left to the schema.
    package init(_ document: JSONValue) {
        self.init(
            timeouts: document["timeouts"].flatMap { DeploymentTimeouts($0) },
            retries: document["retries"].flatMap { DeploymentRetries($0) })
    }

    /// As they stand in a deployment's document; empty when nothing was said.
    package var members: JSONObject {
        var object = JSONObject()
        if let timeouts { object["timeouts"] = timeouts.json }
        if let retries { object["retries"] = retries.json }
        return object
    }
}
