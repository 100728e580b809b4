package import JSON

/// A wire that providers take embeddings on. A type without instances that only holds the functions.
package protocol EmbeddingsWire: Sendable {
    /// How an error calls it.
    static var name: String { get }

    /// - Throws: for what the wire has no counterpart for.
    static func request(_ asked: EmbeddingsRequest) throws(TranslationError) -> JSONObject

    /// Reads a whole answer of a success.
    static func reply(_ body: JSONObject) throws(TranslationError) -> EmbeddingsReply

    /// Reads an answer that is no success.
    static func fault(status: Int, _ body: [UInt8]) -> Fault
}
