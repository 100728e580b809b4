/// Something that a loop runs once: a piece of a task, or a closure.
enum LoopWork {
    case job(UnownedJob)
    case closure(@Sendable () -> Void)
}
