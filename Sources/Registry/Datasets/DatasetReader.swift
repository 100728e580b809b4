package import Domain
package import SQL

/// What the monitor reads of a dataset.
package struct DatasetReader: Sendable {
    /// As many examples as one dataset holds.
    package static let examplesMax = 100_000
    private let control: any Database

    package init(control: any Database) {
        self.control = control
    }

    /// - Returns: all examples in the order in which they were added; nil when there is no such dataset.
    package func examples(project: String, dataset: String) async throws -> [DatasetExample]? {
        try await control.read { connection in
            guard let found = try RegisteredThingTable.datasets.find(dataset, project: project, in: connection)
            else { return nil }
            return try ExampleStore.page(
                of: found.id, project: project, after: nil, count: Self.examplesMax, in: connection)
        }
    }
}
