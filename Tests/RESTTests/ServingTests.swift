import Domain
import HTTP
import JSON
import REST
import SQL
import Support
import Testing

@Suite struct ServingTests {
    /// One kind of thing with a text, in a table of its own, so that nothing of a feature is tested along.
    private func harness() async throws -> ControlPlaneHarness {
        let schema = Schema.object([.required("text", .string(min: 1, max: 8))])
        let plane = try await ControlPlaneHarness { control, mutations in
            [
                Endpoint(
                    .post, "/notes", .permission(.modelsWrite), tag: "notes", summary: "Add", body: schema,
                    answers: [.init(201, "added")]
                ) { call in
                    try await mutations.perform(call) { transaction in
                        let id = mutations.identifiers.next()
                        let text = call.body["text"]?.stringValue ?? ""
                        try transaction.execute(
                            "INSERT INTO notes (id, text) VALUES ($1, $2)", [.text(id), .text(text)])
                        if text == "fail" { throw Problem.conflict("failed after the write") }
                        return Mutation(
                            .resource(["id": .string(id)], status: 201, location: "/notes/\(id)"),
                            audit: [.init(action: "note.create", resource: "notes/\(id)", after: call.body)])
                    }
                },
                Endpoint(
                    .get, "/notes", .permission(.modelsRead), tag: "notes", summary: "Count", answers: [.init(200, "n")]
                ) { _ in
                    let count = try await control.read { connection in
                        try connection.first("SELECT count(*) FROM notes", []) { try $0.int(0) } ?? 0
                    }
                    return .resource(["count": JSONValue(count)])
                },
            ]
        }
        try await plane.control.write { transaction in
            try transaction.execute("CREATE TABLE notes (id TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT")
        }
        return plane
    }

    @Test func whatFailsAfterTheWriteLeavesNothingBehind() async throws {
        let plane = try await harness()
        let key = [("Idempotency-Key", "k")]
        #expect(await plane.send(.post, "/notes", ["text": "fail"], headers: key).status == 409)
        #expect(await plane.send(.get, "/notes").json["count"] == 0)
        let rows = try await plane.control.read { connection in
            try connection.first("SELECT (SELECT count(*) FROM audit) + (SELECT count(*) FROM idempotency)", []) {
                try $0.int(0)
            }
        }
        #expect(rows == 0)
        // A failure is not remembered: the same key may try again with what is right.
        #expect(await plane.send(.post, "/notes", ["text": "ok"], headers: key).status == 201)
    }

    @Test func anIdempotencyKeyBelongsToItsProject() async throws {
        let plane = try await harness()
        let key = [("Idempotency-Key", "k")]
        let first = await plane.send(.post, "/notes", ["text": "a"], headers: key)
        let other = await plane.send(.post, "/notes", ["text": "b"], headers: key, as: "other")
        #expect(first.status == 201 && other.status == 201)
        #expect(first.json != other.json)
        #expect(await plane.send(.post, "/notes", ["text": "a"], headers: key).json == first.json)
        #expect(await plane.send(.get, "/notes").json["count"] == 2)
        let long = [("Idempotency-Key", String(repeating: "k", count: 256))]
        #expect(
            await plane.send(.post, "/notes", ["text": "a"], headers: long).pointers == ["header/Idempotency-Key"])
    }

    /// RFC 9110 §15.5.1 and §15.5.16.
    @Test func whatIsNotReadIsRefusedBeforeItsHandler() async throws {
        let plane = try await harness()
        #expect(await plane.send(.post, "/notes", bytes: Array(#"{"text":"#.utf8)).status == 400)
        #expect(await plane.send(.post, "/notes", bytes: Array(#"{"text":"a","text":"b"}"#.utf8)).status == 400)
        #expect(await plane.send(.post, "/notes", bytes: [0xFF]).status == 400)
        let form = [("Content-Type", "application/x-www-form-urlencoded")]
        #expect(await plane.send(.post, "/notes", ["text": "a"], headers: form).status == 415)
        #expect(await plane.send(.post, "/notes", ["text": "much too long"]).pointers == ["/text"])
        #expect(await plane.send(.get, "/notes?x=1").pointers == ["query/x"])
        #expect(await plane.send(.get, "/notes").json["count"] == 0)
    }

    /// RFC 9457 §3; RFC 9110 §11.6.1 and §15.5.2.
    @Test func problemsAreOfTheirMediaTypeAndCarryTheRequestID() async throws {
        let plane = try await harness()
        let reply = await plane.send(.get, "/notes", as: "nobody")
        #expect(reply.status == 401)
        #expect(reply.response.headers["Content-Type"] == "application/problem+json")
        #expect(reply.response.headers["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
        #expect(reply.json["request_id"] == "test")
        #expect(reply.json["type"] == "urn:signalbox:problem:not-authenticated")
    }

    /// RFC 9110 §13.1.2 and §15.4.5.
    @Test func aTagThatMatchesSavesTheBody() async throws {
        let plane = try await harness()
        let tag = await plane.send(.get, "/notes").entityTag
        for list in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
            let reply = await plane.send(.get, "/notes", headers: [("If-None-Match", list)])
            #expect(reply.status == 304)
            #expect(reply.entityTag == tag)
        }
        #expect(await plane.send(.get, "/notes", headers: [("If-None-Match", "\"x\"")]).status == 200)
        // Several fields of a name are one list.
        let fields = [("If-None-Match", "\"x\""), ("If-None-Match", tag)]
        #expect(await plane.send(.get, "/notes", headers: fields).status == 304)
        _ = await plane.send(.post, "/notes", ["text": "a"])
        #expect(await plane.send(.get, "/notes").entityTag != tag)
    }

    /// RFC 9110 §13.1.1 and §13.2.2: before If-None-Match, and compared strongly.
    @Test func aReadOfSomethingElseThanWasMeantFails() async throws {
        let plane = try await harness()
        let tag = await plane.send(.get, "/notes").entityTag
        #expect(await plane.send(.get, "/notes", headers: [("If-Match", "\"x\", \(tag)")]).status == 200)
        for fields in [
            [("If-Match", "\"x\"")], [("If-Match", "W/\(tag)")], [("If-Match", "\"x\""), ("If-None-Match", tag)],
        ] {
            let reply = await plane.send(.get, "/notes", headers: fields)
            #expect(reply.status == 412)
            #expect(reply.entityTag == tag)
        }
    }

    @Test(arguments: [
        ("Zm9v", "foo"), ("Zm8=", "fo"), ("Zm8", "fo"), ("", ""), ("-_8", "\u{FB}\u{FF}"),
    ])
    func base64IsRead(_ text: String, _ plain: String) {
        #expect(Base64.decoded(text.utf8) == plain.unicodeScalars.map { UInt8($0.value) })
    }

    @Test(arguments: ["Z", "Zm9v!", "Zm=v", "Zm 9"])
    func whatIsNotBase64IsRefused(_ text: String) {
        #expect(Base64.decoded(text.utf8) == nil)
    }
}
