/// A name inside of a `Location`: names are of URL-safe letters but for the folders of prompts.
enum PathSegment {
    static func encoded(_ name: String) -> String {
        name.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "%2F")
    }
}
