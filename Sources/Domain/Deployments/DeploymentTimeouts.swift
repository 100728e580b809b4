package import JSON

/// How long the inferences of a deployment may take, in milliseconds.
package struct DeploymentTimeouts: Sendable, Hashable {
    /// Of one try: to the end of a plain answer, to the first event of a stream.
    package let tryMilliseconds: Int?
    /// Of all tries together, with the waits between them.
    package let totalMilliseconds: Int?

    package init(tryMilliseconds: Int? = nil, totalMilliseconds: Int? = nil) {
        self.tryMilliseconds = tryMilliseconds
        self.totalMilliseconds = totalMilliseconds
    }

    /// - Returns: nil when the document is no object.
    package init?(_ document: JSONValue) {
        guard document.objectValue != nil else { return nil }
        self.init(
            tryMilliseconds: document["try_ms"]?.intValue, totalMilliseconds: document["total_ms"]?.intValue)
    }

    package var json: JSONValue {
        var object = JSONObject()
        if let tryMilliseconds { object["try_ms"] = JSONValue(tryMilliseconds) }
        if let totalMilliseconds { object["total_ms"] = JSONValue(totalMilliseconds) }
        return .object(object)
    }
}
