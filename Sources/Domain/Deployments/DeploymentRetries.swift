package import JSON

/// How often a deployment asks the same upstream again before it falls back.
package struct DeploymentRetries: Sendable, Hashable {
    package static let countMax = 5
    package let count: Int?
    /// Milliseconds: the bound of the first wait, which doubles with each further one.
    package let backoffMilliseconds: Int?
    /// Milliseconds: the bound of every wait.
    package let backoffMaxMilliseconds: Int?
    /// Whether a try that ran out of time is made again, though the provider may still be at work on it.
    package let afterTimeouts: Bool?

    package init(
        count: Int? = nil, backoffMilliseconds: Int? = nil, backoffMaxMilliseconds: Int? = nil,
        afterTimeouts: Bool? = nil
    ) {
        self.count = count
        self.backoffMilliseconds = backoffMilliseconds
        self.backoffMaxMilliseconds = backoffMaxMilliseconds
        self.afterTimeouts = afterTimeouts
    }

    /// - Returns: nil when the document is no object.
    package init?(_ document: JSONValue) {
        guard document.objectValue != nil else { return nil }
        self.init(
            count: document["max"]?.intValue, backoffMilliseconds: document["backoff_ms"]?.intValue,
            backoffMaxMilliseconds: document["backoff_max_ms"]?.intValue,
            afterTimeouts: document["on_timeout"]?.boolValue)
    }

    package var json: JSONValue {
        var object = JSONObject()
        if let count { object["max"] = JSONValue(count) }
        if let backoffMilliseconds { object["backoff_ms"] = JSONValue(backoffMilliseconds) }
        if let backoffMaxMilliseconds { object["backoff_max_ms"] = JSONValue(backoffMaxMilliseconds) }
        if let afterTimeouts { object["on_timeout"] = .bool(afterTimeouts) }
        return .object(object)
    }
}
