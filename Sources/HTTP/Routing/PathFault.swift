/// Why a path may not be asked for in this spelling.
struct PathFault: Error {
    let reason: String
}
