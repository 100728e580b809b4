import Domain
import JSON
import Support
import Synchronization

/// The datasets of a test. `golden-set` holds twelve examples, whose expected answer is their own number.
final class DatasetShelf: Sendable {
    struct Unreadable: Error {}

    /// Kept so that the files live as long as the test.
    private let directory: TemporaryDirectory
    private let state = Mutex<[String: [DatasetExample]]>(["golden-set": DatasetShelf.examples(12), "empty": []])
    private let isBroken = Atomic<Bool>(false)

    init(directory: TemporaryDirectory) {
        self.directory = directory
    }

    func examples(_ project: String, _ dataset: String) throws -> [DatasetExample]? {
        guard !isBroken.load(ordering: .relaxed) else { throw Unreadable() }
        guard project == "default" else { return nil }
        return state.withLock { $0[dataset] }
    }

    func remove(_ dataset: String) {
        state.withLock { $0[dataset] = nil }
    }

    func breakReads() {
        isBroken.store(true, ordering: .relaxed)
    }

    static func examples(_ count: Int) -> [DatasetExample] {
        (0..<count).map { number in
            DatasetExample(
                id: "e\(number)", input: .variables(["number": JSONValue(number)]),
                expected: .string(String(number)))
        }
    }
}
