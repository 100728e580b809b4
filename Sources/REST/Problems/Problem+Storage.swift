package import SQL

package extension Problem {
    /// What a failure of the store means to the caller. The file's own words stay in the log.
    init(_ error: SQLError) {
        switch error {
        case .diskFull:
            self.init(
                status: 507, title: "Insufficient storage",
                detail: "the disk is full: nothing was written; reads and inference go on")
        case .busy, .queueFull:
            self = .unavailable("the store is busy: nothing was written")
        case .closed:
            self = .unavailable("the server is stopping: nothing was written")
        case .constraint(let kind, _) where kind == .unique:
            self = .conflict("another request made the same thing at the same time")
        default:
            self.init(status: 500, title: "Internal error", detail: "the store failed: nothing was written")
        }
        self.internal = String(describing: error)
    }
}
