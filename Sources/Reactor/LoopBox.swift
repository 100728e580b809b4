/// A variable of a loop inside something that is shared between threads.
final class LoopBox<Value>: @unchecked Sendable {
    // @unchecked: touched only on its loop's thread.
    var value: Value?
}
