import Domain
import Gateway
import Synchronization
import Testing

/// The upstream goes away at every single byte of its answer.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CutTests {
    @Test(arguments: CutShape.allCases)
    func aResetAtAnyByteIsToldHonestly(shape: CutShape) async throws {
        try await CutRun(shape, isReset: true).run()
    }

    @Test(arguments: CutShape.allCases)
    func anEndAtAnyByteIsToldHonestly(shape: CutShape) async throws {
        try await CutRun(shape, isReset: false).run()
    }
}
