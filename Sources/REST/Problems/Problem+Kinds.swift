package import Domain

/// The problems that every feature has, worded once.
package extension Problem {
    static func malformed(_ detail: String) -> Problem {
        Problem(status: 400, title: "Malformed request", detail: detail)
    }

    static func invalid(_ errors: [FieldError]) -> Problem {
        let first = errors.first.map { "\($0.pointer.isEmpty ? "the body" : $0.pointer) \($0.detail)" } ?? "invalid"
        let more = errors.count > 1 ? " (and \(errors.count - 1) more)" : ""
        return Problem(status: 422, title: "Invalid content", detail: first + more, errors: errors)
    }

    static func invalid(_ pointer: String, _ detail: String) -> Problem {
        invalid([FieldError(pointer, detail)])
    }

    static func unauthenticated() -> Problem {
        Problem(
            status: 401, title: "Not authenticated", detail: "send a valid key as Authorization: Bearer <key>",
            headers: [("WWW-Authenticate", "Bearer realm=\"signalbox\"")])
    }

    static func forbidden(_ permission: Permission) -> Problem {
        Problem(status: 403, title: "Forbidden", detail: "the key lacks the permission \(permission.rawValue)")
    }

    /// Also for what belongs to another project: nobody learns that it exists.
    static func notFound(_ what: String) -> Problem {
        Problem(status: 404, title: "Not found", detail: "\(what) does not exist")
    }

    static func conflict(_ detail: String) -> Problem {
        Problem(status: 409, title: "Conflict", detail: detail)
    }

    static func preconditionFailed(current: String) -> Problem {
        Problem(
            status: 412, title: "Precondition failed", detail: "the resource has changed: its ETag is now \(current)",
            headers: [("ETag", current)])
    }

    static func unavailable(_ detail: String, retryAfterSeconds: Int = 1) -> Problem {
        Problem(
            status: 503, title: "Unavailable", detail: detail,
            headers: [("Retry-After", String(retryAfterSeconds))])
    }
}
