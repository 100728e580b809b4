import HTTP
import SQL

/// The bytes of a file, read from the store a little at a time while they are sent.
struct FileContent: Sendable {
    let database: any Database
    let file: StoredFile

    /// So much is read at a time, but for a line that is longer.
    private static let readBytes = 1 << 20

    /// - Throws: `SQLError.closed` when the file went away meanwhile: the client sees an answer that is cut off.
    func write(to writer: BodyWriter) async throws {
        if let batch = file.batchID { try await writeAnswers(of: batch, writer) } else { try await writeChunks(writer) }
    }

    private func writeChunks(_ writer: BodyWriter) async throws {
        let step = Self.readBytes / FileStore.chunkBytes
        var written = 0
        var number = 0
        while written < file.bytes {
            let first = number
            let chunks = try await database.read { [file] in
                try FileStore.chunks(of: file.id, from: first, count: step, in: $0)
            }
            guard !chunks.isEmpty else { throw SQLError.closed }
            for chunk in chunks {
                try await writer.write(chunk)
                written += chunk.count
            }
            number += chunks.count
        }
    }

    private func writeAnswers(of batch: String, _ writer: BodyWriter) async throws {
        var written = 0
        var last = 0
        while written < file.bytes {
            let after = last
            let part = try await database.read { [file] in
                try LineStore.answers(
                    of: batch, isError: file.isError, after: after, bytesMax: Self.readBytes, in: $0)
            }
            guard let part else { throw SQLError.closed }
            try await writer.write(part.bytes)
            written += part.bytes.count
            last = part.last
        }
    }
}
