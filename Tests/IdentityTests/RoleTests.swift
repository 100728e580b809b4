import Domain
import Testing

@Suite struct RoleTests {
    @Test func onlyAdministratorsMakeKeysAndProjects() {
        for role in Role.allCases {
            #expect(role.permissions.contains(.keysWrite) == (role == .admin))
            #expect(role.permissions.contains(.projectsWrite) == (role == .admin))
            #expect(role.permissions.contains(.auditRead) == (role == .admin || role == .auditor))
            #expect(role.permissions.contains(.keysRead) == (role == .admin || role == .auditor))
        }
        #expect(Role.admin.permissions == Set(Permission.allCases))
    }

    @Test func whoOnlyLooksChangesNothingAndWhoOnlyCallsSeesNothing() {
        for role in [Role.viewer, .auditor] {
            #expect(role.permissions.allSatisfy { $0.rawValue.hasSuffix(".read") })
        }
        #expect(Role.caller.permissions == [.inferenceCall])
        #expect(!Role.viewer.permissions.contains(.inferenceCall))
    }

    @Test func everyRoleThatWritesAlsoReadsWhatItWrites() {
        for role in Role.allCases {
            for permission in role.permissions where permission.rawValue.hasSuffix(".write") {
                let reading = Permission(rawValue: permission.rawValue.dropLast(5) + "read")
                #expect(reading.map(role.permissions.contains) == true, "\(role) \(permission)")
            }
        }
    }

    @Test func onlyOperatorsAndAdministratorsChangeWhatIsLive() {
        for role in Role.allCases {
            let expected = role == .operator || role == .admin
            #expect(role.permissions.contains(.deploymentsWrite) == expected)
            #expect(role.permissions.contains(.providersWrite) == expected)
            #expect(role.permissions.contains(.upstreamsWrite) == expected)
        }
    }
}
