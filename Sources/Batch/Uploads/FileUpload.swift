import Domain
import HTTP
import REST
import SQL

/// One upload: what comes is stored piece by piece, and is a file when the last piece is on the disk. Used on the
/// connection's loop, which it never blocks.
struct FileUpload: Sendable {
    let database: any Database
    let clock: WallClock
    let identifiers: IdentifierGenerator
    let settings: BatchSettings
    let room: StorageRoom

    /// So much of a file is written at a time.
    private static let writeBytes = 1 << 20
    private static let lifetimes = 3_600...2_592_000

    /// - Throws: `Problem`, `SQLError`. Nothing is left that anybody sees.
    func receive(_ request: Request, _ principal: Principal) async throws -> StoredFile {
        guard let body = request.stream else { throw Self.refused("the body must be a form with a file", "file") }
        var form = try Self.form(request)
        let now = clock.now()
        let file = StoredFile(
            id: StoredFile.prefix + identifiers.next(), project: principal.project, purpose: .batch, filename: "",
            bytes: 0, createdAt: now)
        try await write(file) { try FileStore.begin(file, by: principal.actor, in: $0) }
        do {
            return try await fill(file, &form, body)
        } catch {
            // Where this fails too, the next sweep finds what is no file.
            _ = try? await database.write { try FileStore.delete(file.id, project: file.project, at: now, in: $0) }
            throw error
        }
    }

    private func fill(_ file: StoredFile, _ form: inout UploadForm, _ body: RequestBody) async throws -> StoredFile {
        var stored = 0
        var count = 0
        var held = 0
        while true {
            await body.arrival()
            let bytes = body.take()
            if bytes.isEmpty, let failure = body.failure { throw Self.problem(failure) }
            held += bytes.count
            do throws(FormError) {
                if bytes.isEmpty { try form.finish() } else { try form.feed(bytes) }
            } catch {
                throw Self.refused(error.detail, error.field)
            }
            guard stored + form.bytesWaiting <= settings.fileBytesMax else {
                throw Problem(
                    status: 413, title: "Too large",
                    detail: "the file is larger than \(settings.fileBytesMax) bytes",
                    errors: [FieldError("file", "is too large")])
            }
            let isLast = bytes.isEmpty
            guard isLast || form.bytesWaiting >= Self.writeBytes else { continue }
            let chunks = form.takeChunks(isLast: isLast)
            let size = chunks.reduce(0) { $0 + $1.count }
            if isLast {
                guard stored + size > 0 else { throw Self.refused("the file is empty", "file") }
                return try await end(file, form, chunks, from: count)
            }
            let first = count
            try await write(file) { try FileStore.append(chunks, from: first, to: file.id, in: $0) }
            stored += size
            count += chunks.count
            body.release(held - form.bytesWaiting)
            held = form.bytesWaiting
        }
    }

    private func end(
        _ file: StoredFile, _ form: UploadForm, _ chunks: [[UInt8]], from first: Int
    ) async throws -> StoredFile {
        let (purpose, lifetime) = try Self.terms(form)
        guard purpose == StoredFile.Purpose.batch.rawValue else {
            throw Self.refused("purpose must be batch", "purpose")
        }
        let expiresAt = lifetime.map { file.createdAt.advanced(byMilliseconds: Int64($0) * 1_000) }
        let complete = try await write(file) { transaction in
            try FileStore.append(chunks, from: first, to: file.id, in: transaction)
            return try FileStore.complete(
                file.id, filename: form.filename, expiresAt: expiresAt, in: transaction)
        }
        guard let complete else { throw SQLError.closed }
        return complete
    }

    private func write<T: Sendable>(
        _ file: StoredFile, _ body: @escaping @Sendable (any Transaction) throws -> T
    ) async throws -> T {
        try await database.write { [room] transaction in
            try room.checkDisk()
            let result = try body(transaction)
            try room.checkUpload(of: file.project, in: transaction)
            return result
        }
    }

    private static func form(_ request: Request) throws -> UploadForm {
        do throws(FormError) {
            return UploadForm(try FormBoundary(contentType: request.head.bytes(known: "content-type")))
        } catch {
            throw refused(error.detail, error.field)
        }
    }

    private static func terms(_ form: UploadForm) throws -> (purpose: String?, lifetimeSeconds: Int?) {
        do throws(FormError) {
            let purpose = try form.text("purpose")
            let anchor = try form.text("expires_after[anchor]")
            let seconds = try form.text("expires_after[seconds]")
            guard anchor != nil || seconds != nil else { return (purpose, nil) }
            guard anchor == "created_at", let seconds = seconds.flatMap({ Int($0) }), lifetimes.contains(seconds)
            else {
                throw FormError(
                    "expires_after",
                    "expires_after must have the anchor created_at and seconds from \(lifetimes.lowerBound) to "
                        + "\(lifetimes.upperBound)")
            }
            return (purpose, seconds)
        } catch {
            throw refused(error.detail, error.field)
        }
    }

    private static func refused(_ detail: String, _ field: String?) -> Problem {
        Problem(
            status: 400, title: "Malformed request", detail: detail,
            errors: field.map { [FieldError($0, detail)] } ?? [])
    }

    /// What the server says of a body that does not come.
    private static func problem(_ failure: WireError) -> Problem {
        Problem(
            status: failure.status, title: "Malformed request", detail: failure.detail,
            headers: failure.status == 503 ? [("Retry-After", "1")] : [])
    }
}
