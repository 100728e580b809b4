import Translation

/// What becomes of one event of an upstream's stream.
enum StreamFate: Sendable {
    /// Goes to the caller as these bytes; the event's data is the caller's too, and is kept where answers are stored
    /// unless it is sound, in which nothing could be redacted.
    case forward([UInt8], isStored: Bool = true)
    /// Only for our metering.
    case drop
    /// Keeps the connection alive and says nothing: goes on once the answer has begun.
    case keepAlive([UInt8])
    /// The end of a whole answer: the last that the caller gets. It is kept where it says something itself.
    case end([UInt8], isStored: Bool = false)
    /// Put into other words: nothing, one or several events; `isEnd` when they are the last.
    case translated([WireEvent], isEnd: Bool)
    /// The provider's own error within the stream, as the caller is to read it; `code` is the HTTP status that it
    /// stands for, nil where it names none.
    case failure([UInt8], code: Int?)
    /// An event of the provider's wire that the caller's has no words for.
    case unsayable
    /// Nothing that the grammar knows.
    case garbage
}
