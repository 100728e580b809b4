import Testing

/// Every fault of the table, with and without a fallback. One after the other: their deadlines are short.
@Suite(.serialized, .timeLimit(.minutes(3))) struct FaultTableTests {
    @Test(arguments: FaultTable.all)
    func aFaultIsToldHonestlyAndTheNextRequestWorks(fault: FaultCase) async throws {
        try await FaultRun(fault).run(hasFallback: false)
    }

    @Test(arguments: FaultTable.all)
    func aFaultBeforeTheFirstByteFallsBackAndALaterOneDoesNot(
        fault: FaultCase
    ) async throws {
        try await FaultRun(fault).run(hasFallback: true)
    }
}
