import Compression
import Domain

/// Both bodies of an outcome, made for the file once and kept with them: a batch that is tried again has them already.
final class PackedBodies: Sendable {
    let request: PackedBody
    let answer: PackedBody?

    private init(_ bodies: OutcomeBodies) {
        request = PackedBody(bodies.request, bytesMax: bodies.bytesMax)
        answer = bodies.answer.map { PackedBody($0, bytesMax: bodies.bytesMax) }
    }

    /// Works on the caller's thread, or waits for the one that does.
    static func of(_ bodies: OutcomeBodies) -> PackedBodies {
        bodies.derived.product { PackedBodies(bodies) }
    }

    /// Bytes that they take in the file.
    var byteCount: Int { request.packed.stored.count + (answer?.packed.stored.count ?? 0) }
}
