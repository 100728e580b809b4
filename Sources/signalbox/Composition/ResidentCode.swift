import CLinux

/// What the process has mapped of its own code. A fault maps at least sixteen pages of a program's file at once, so
/// that starting leaves nearly all of 24 MB of code mapped, of which serving runs a part.
enum ResidentCode {
    /// What starting alone has run is not kept mapped.
    static func letGo() { clinux_let_go_of_code() }
}
