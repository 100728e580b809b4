import Domain
import Gateway
import HTTP
import REST
import Telemetry
import Testing

@testable import signalbox

@Suite struct SettingsTests {
    @Test func definitionsAreSoundInThemselves() {
        let all = SettingDefinition.all
        #expect(Set(all.map(\.path)).count == all.count)
        #expect(Set(all.map(\.variable)).count == all.count)
        for definition in all {
            #expect(definition.kind.accepts(definition.standard), "\(definition.path)")
            #expect(definition.variable.wholeMatch(of: /SIGNALBOX_[A-Z0-9_]+/) != nil)
        }
    }

    /// Each part of the house has defaults of its own: they must not differ from those of the settings.
    @Test func theDefaultsAreThoseOfTheParts() {
        let settings = Settings()
        // A server that is put together by hand sheds nothing: it has no load but its tests'.
        var limits = ServerLimits()
        limits.shedTarget = .milliseconds(20)
        limits.inferencesMax = 4_096
        #expect(String(describing: settings.serverLimits) == String(describing: limits))
        #expect(String(describing: settings.gateway) == String(describing: GatewaySettings()))
        #expect(String(describing: settings.writer) == String(describing: OutcomeWriter.Settings()))
        #expect(settings.retention.days == RetentionSettings().days)
    }

    @Test func theEnvironmentStandsOverTheFileAndTheFileOverTheDefault() throws {
        let file = try SettingsFile("server:\n  loops: 3\n  idle_timeout_ms: 5000\nlog:\n  level: debug\n")
        let plain = try file.load()
        #expect(plain.integer("server.loops") == 3)
        #expect(plain.text("log.level") == "debug")
        #expect(plain.duration("server.idle_timeout_ms") == .seconds(5))
        #expect(plain.integer("server.header_count_max") == 100)
        let over = try file.load([
            "SIGNALBOX_LOOPS": "7", "SIGNALBOX_LOG": "error", "SIGNALBOX_STORE_READERS": "9", "OTHER": "x",
        ])
        #expect(over.integer("server.loops") == 7)
        #expect(over.text("log.level") == "error")
        #expect(over.integer("store.readers") == 9)
        #expect(over.duration("server.idle_timeout_ms") == .seconds(5))
        #expect(over.differences(from: plain).map(\.path) == ["server.loops", "log.level", "store.readers"])
        let alone = try SettingsLoader(file: nil, environment: ["SIGNALBOX_LISTEN": "127.0.0.1:1"]).load()
        #expect(alone.differences(from: Settings()).map(\.path) == ["server.listen"])
    }

    @Test(arguments: [
        ("server:\n  lisen: x\n", ["2: server.lisen is not a known setting; did you mean server.listen?"]),
        (
            "\n\nserver:\n\n  drain_timeout: 5\n",
            ["5: server.drain_timeout is not a known setting; did you mean server.drain_timeout_ms?"]
        ),
        ("sever:\n  listen: x\n", ["1: sever is not a known section; did you mean server?"]),
        ("server:\n  loops: many\n", ["2: server.loops: expected a whole number from 0 to 256"]),
        ("server:\n  loops: 257\n", ["2: server.loops: expected a whole number from 0 to 256"]),
        ("server:\n  loops: -1\n", ["2: server.loops: expected a whole number from 0 to 256"]),
        ("server:\n  loops: 1.5\n", ["2: server.loops: expected a whole number from 0 to 256"]),
        ("server:\n  loops: 99999999999999999999\n", ["2: server.loops: expected a whole number from 0 to 256"]),
        ("server:\n  loops:\n    - 1\n", ["3: server.loops: expected a whole number from 0 to 256"]),
        ("server:\n  listen: \"\"\n", ["2: server.listen: expected text"]),
        ("metrics:\n  access: all\n", ["2: metrics.access: expected one of auto, open, key"]),
        ("server: 5\n", ["1: expected settings below server:"]),
        ("- server\n", ["1: expected sections such as server: and log:"]),
        (
            "server:\n  loops: x\nlog:\n  levle: info\n",
            [
                "2: server.loops: expected a whole number from 0 to 256",
                "4: log.levle is not a known setting; did you mean log.level?",
            ]
        ),
    ])
    func whatIsWrongIsToldWithItsLineAndTheNearestName(_ text: String, _ complaint: [String]) throws {
        #expect(try SettingsFile(text).complaint() == complaint)
    }

    @Test(arguments: ["server: [\n", "server:\n\t- x\n", "a: b: c\n", "server:\n  loops: 1\n  loops: 2\n", "\u{1}"])
    func whatIsNoYAMLEndsTheStart(_ text: String) throws {
        let complaint = try SettingsFile(text).complaint()
        #expect(complaint.first?.contains("not valid YAML") == true)
    }

    @Test(arguments: ["", "# nothing\n", "server:\n", "---\n", "server:\n  # loops: 5\nlog:\n"])
    func aFileWithoutSettingsGivesTheDefaults(_ text: String) throws {
        #expect(try SettingsFile(text).load() == Settings())
    }

    @Test func aWrongVariableIsNamedAndAllFaultsAreToldAtOnce() throws {
        let file = try SettingsFile("server:\n  loops: x\n")
        #expect(
            file.complaint(["SIGNALBOX_STORE_READERS": "0", "SIGNALBOX_LOG": "loud"]) == [
                "2: server.loops: expected a whole number from 0 to 256",
                "SIGNALBOX_LOG=loud: expected one of trace, debug, info, notice, warning, error, critical",
                "SIGNALBOX_STORE_READERS=0: expected a whole number from 1 to 64",
            ])
        let missing = SettingsLoader(file: "/nonexistent/signalbox.yaml", environment: [:])
        do {
            _ = try missing.load()
            Issue.record("a missing file was read")
        } catch let failure as StartFailure {
            #expect(failure.exitCode == 2)
            #expect(failure.reason == "signalbox: cannot read the configuration file /nonexistent/signalbox.yaml")
        }
    }

    @Test(arguments: [
        ("127.0.0.1:8484", true), ("localhost:1", true), ("[::1]:1", true), ("unix:/run/s.sock", true),
        ("0.0.0.0:8484", false), (":8484", false), ("127.0.0.256:1", false), ("[::]:1", false),
        ("127.0.0.1:1,10.0.0.1:1", false),
        ("127.0.0.1:1, unix:/run/s.sock", true), ("127.0.0.1.example.com:1", false), ("127.evil.example:1", false),
    ])
    func loopbackIsEveryListenerAndNoName(_ listen: String, _ isLoopback: Bool) throws {
        var settings = Settings()
        settings.set("server.listen", listen)
        #expect(try settings.isLoopback == isLoopback)
        guard case .open = settings.metricsAccess else {
            #expect(!isLoopback)
            return
        }
        #expect(isLoopback)
    }

    @Test func proxiesAndTheSocketFileAreRead() throws {
        var settings = Settings()
        #expect(try settings.edge == EdgeRules())
        settings.set("server.trusted_proxies", "10.0.0.0/8, unix")
        settings.set("server.forwarded_field", "forwarded")
        settings.set("server.proxy_protocol", "required")
        settings.set("server.unix_socket_mode", "0600")
        settings.set("server.unix_socket", "/run/signalbox.sock")
        let edge = try settings.edge
        #expect(edge.trusted == (try TrustedProxies(parsing: "unix,10.0.0.0/8")))
        #expect(edge.field == .forwarded && edge.demandsProxyHeader && edge.unixSocketMode == 0o600)
        #expect(try settings.listen == [.tcp(host: "127.0.0.1", port: 8_484), .unix(path: "/run/signalbox.sock")])
        // Whoever comes through the proxy does not come from this machine.
        #expect(try !settings.isLoopback)
    }

    @Test(arguments: [
        ("10.0.0.1/8", "off", "SIGNALBOX_SERVER_TRUSTED_PROXIES"), ("10.0.0.0/8,,", "off", "server.trusted_proxies"),
        ("none", "required", "server.proxy_protocol"), ("unix", "required", "server.proxy_protocol"),
    ])
    func proxiesThatCannotBeAreAFault(_ proxies: String, _ header: String, _ named: String) {
        var settings = Settings()
        settings.set("server.trusted_proxies", proxies)
        settings.set("server.proxy_protocol", header)
        do {
            _ = try settings.edge
            Issue.record("\(proxies) was taken")
        } catch {
            #expect((error as? StartFailure)?.exitCode == 2)
            #expect((error as? StartFailure)?.reason.contains(named) == true)
        }
    }

    @Test func aWrongAddressIsAFaultOfTheConfiguration() {
        var settings = Settings()
        settings.set("server.listen", "nowhere")
        do {
            _ = try settings.listen
            Issue.record("an address without a port was taken")
        } catch {
            #expect((error as? StartFailure)?.exitCode == 2)
            #expect((error as? StartFailure)?.reason.contains("SIGNALBOX_LISTEN") == true)
        }
    }
}
