import Glibc

/// Many paced event streams at once, and when each event came: the load of `make bench`, which runs it against the
/// provider itself and against each gateway before it. Prints one line of JSON; ends with 2 when it cannot run.
@main
struct StreamBenchmark {
    static func main() {
        guard let plan = StreamPlan(arguments: Array(CommandLine.arguments.dropFirst())) else {
            complain("usage: StreamBenchmark PORT KEY MODEL STREAMS EVENTS INTERVAL_MS ROUNDS, all above 0, EVENTS ≥ 2")
        }
        var load = StreamLoad(plan)
        if let fault = load.run() { complain(fault) }
        print(load.report.json)
    }

    private static func complain(_ text: String) -> Never {
        let line = Array("\(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(2)
    }
}
