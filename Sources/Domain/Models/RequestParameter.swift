/// Which fields of a request a version or a variant may set.
package enum RequestParameter {
    /// The caller's own, or what Signalbox itself sets: an override would change whom the call is for, or its framing.
    private static let reserved: Set<String> = [
        "api_base", "api_key", "base_url", "documents", "input", "messages", "model", "prompt", "query", "signalbox",
        "stream", "stream_options",
    ]

    /// - Returns: what is wrong with a parameter of this name; nil when nothing is.
    package static func fault(_ name: String) -> String? {
        reserved.contains(name) ? "cannot be set as a parameter" : nil
    }
}
