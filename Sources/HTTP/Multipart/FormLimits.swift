/// What a form may cost beside the contents of its parts.
package struct FormLimits: Sendable {
    package var partsMax = 256
    /// Of a part's delimiter and header section.
    package var headBytesMax = 8_192

    package init() {}
}
