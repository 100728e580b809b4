/// Names that people give: `[a-z0-9][a-z0-9._-]{0,127}`. Prompt names may also hold `/` folders.
package enum ResourceName {
    package static let lengthMax = 128
    package static let rule = "must match [a-z0-9][a-z0-9._-]{0,127}"
    package static let folderRule = "must be names of [a-z0-9][a-z0-9._-]* separated by /, 128 characters at most"

    package static func isValid(_ name: String) -> Bool {
        name.utf8.count <= lengthMax && isValidSegment(name.utf8[...])
    }

    package static func isValidWithFolders(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= lengthMax else { return false }
        return name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy(isValidSegment)
    }

    private static func isValidSegment(_ segment: Substring.UTF8View) -> Bool {
        guard let first = segment.first, isAlphanumeric(first) else { return false }
        return segment.allSatisfy { byte in
            isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
