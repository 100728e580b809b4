package import JSON

/// What must hold for a provider beyond the shape of its document.
package enum ProviderRules {
    package static let headersMax = 32
    package static let settingsMax = 16

    /// Parts of the wrong shape, and a kind that there is not, are left to the schema.
    package static func violations(in document: JSONValue, kinds: ProviderKinds) -> [Violation] {
        var violations = [Violation]()
        var isField = true
        if let kind = document["kind"]?.stringValue.flatMap({ kinds[$0] }) {
            isField = !kind.takesLongCredential
            let settings = document["settings"]?.objectValue ?? [:]
            var whole = document.objectValue ?? [:]
            // What the address will be is what has to fit the rest.
            if document["base_url"] == nil {
                if let own = kind.baseURL(settings) {
                    whole["base_url"] = .string(own)
                } else {
                    violations.append(
                        Violation("/base_url", "is required: the kind \(kind.name) has no address of its own"))
                }
            }
            violations += self.violations(inSettings: settings, of: kind)
            violations += kind.rules(.object(whole))
        }
        if let written = document["base_url"]?.stringValue {
            do throws(BaseURL.Invalid) {
                _ = try BaseURL(parsing: written)
            } catch {
                violations.append(Violation("/base_url", error.reason))
            }
        }
        if isField, let credential = document["credential"]?.stringValue, !isHeaderValue(credential) {
            violations.append(Violation("/credential", "must be printable ASCII: it is sent in a header"))
        }
        var seen = Set<String>()
        for (name, value) in document["headers"]?.objectValue ?? [:] {
            let pointer = "/headers/\(JSONPointer.escaped(name))"
            if !isToken(name) {
                violations.append(Violation(pointer, "must have a name that is an HTTP token"))
            } else if reserved.contains(name.lowercased()) {
                violations.append(Violation(pointer, "cannot be set: Signalbox sets it, or it belongs in credential"))
            } else if !seen.insert(name.lowercased()).inserted {
                violations.append(Violation(pointer, "is given twice"))
            }
            if let value = value.stringValue, !isHeaderValue(value) {
                violations.append(Violation(pointer, "must have a value without control characters"))
            }
        }
        return violations
    }

    private static func violations(inSettings settings: JSONObject, of kind: ProviderKind) -> [Violation] {
        var violations = [Violation]()
        for (name, value) in settings {
            let pointer = "/settings/\(JSONPointer.escaped(name))"
            if !kind.settings.contains(where: { $0.name == name }) {
                let known = kind.settings.map(\.name).joined(separator: ", ")
                let has = known.isEmpty ? "none" : known
                violations.append(Violation(pointer, "is no setting of the kind \(kind.name), which has \(has)"))
            } else if let value = value.stringValue, !isSettingValue(value) {
                violations.append(Violation(pointer, "must be letters, digits, dots, hyphens and underscores"))
            }
        }
        for setting in kind.settings where setting.standard == nil && settings[setting.name] == nil {
            violations.append(Violation("/settings/\(setting.name)", "is required: \(setting.meaning)"))
        }
        return violations
    }

    /// It may become a part of an address. Emptiness is the schema's.
    private static func isSettingValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte &- 48 < 10
                || ".-_".utf8.contains(byte)
        }
    }

    /// Credentials, routing, framing and connection headers.
    private static let reserved: Set<String> = [
        "accept-encoding", "api-key", "authorization", "connection", "content-encoding", "content-length",
        "content-type", "cookie", "expect", "forwarded", "host", "keep-alive", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "x-api-key", "x-forwarded-for",
        "x-forwarded-host", "x-goog-api-key",
    ]

    /// RFC 9110 §5.6.2.
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte &- 48 < 10
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }

    /// Visible ASCII, space and tab: no CR, LF or NUL that would end the header (RFC 9110 §5.5).
    private static func isHeaderValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x09 }
    }
}
