import Foundation
import Testing

/// Every input that a fuzzer once found, and some that show what its targets check.
struct FuzzRegressionTests {
    private static let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "Regressions")

    private static func inputs(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let folder = folder.appending(path: target.name)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            ($0, Array(try Data(contentsOf: folder.appending(path: $0))))
        }
    }

    @Test(arguments: FuzzTarget.all)
    func inputThatWasFoundHoldsNow(_ target: FuzzTarget) throws {
        let inputs = try Self.inputs(target)
        #expect(!inputs.isEmpty)
        for (name, bytes) in inputs {
            let violation = target.violation(bytes)
            #expect(violation == nil, "\(target.name)/\(name)")
        }
    }

    /// A byte more or less at any place: neighbours of a finding are where the next one is.
    @Test(arguments: FuzzTarget.all)
    func neighboursOfTheInputsHoldToo(_ target: FuzzTarget) throws {
        for (name, bytes) in try Self.inputs(target) where bytes.count <= 400 {
            for index in bytes.indices {
                var shorter = bytes
                shorter.remove(at: index)
                var other = bytes
                other[index] ^= 0x20
                for changed in [shorter, other] {
                    let violation = target.violation(changed)
                    #expect(violation == nil, "\(target.name)/\(name) changed at \(index)")
                }
            }
        }
    }

    @Test func folderOfEveryTargetIsKnownAndNoOther() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(names == FuzzTarget.all.map(\.name).sorted())
    }
}
