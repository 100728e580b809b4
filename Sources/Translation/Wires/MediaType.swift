/// Media types by the ends of addresses, for wires that want to be told one and callers whose wire has none.
enum MediaType {
    private static let byEnding: [String: String] = [
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif",
        "heic": "image/heic", "heif": "image/heif", "pdf": "application/pdf", "txt": "text/plain",
        "md": "text/markdown", "csv": "text/csv", "html": "text/html", "wav": "audio/wav", "mp3": "audio/mp3",
        "flac": "audio/flac", "ogg": "audio/ogg", "aac": "audio/aac",
    ]

    /// - Returns: nil where the path says nothing; its query and fragment are not looked at.
    static func of(url: String) -> String? {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return nil }
        return byEnding[path[path.index(after: dot)...].lowercased()]
    }
}
