import Testing

/// Files that can be read at a sitting, under names that say what is in them.
struct SizeTests {
    private static let linesMax = 500
    private static let columnsMax = 120

    @Test func filesAndLinesKeepTheirLength() {
        for file in Repository.sources + Repository.tests {
            #expect(file.lines.count <= Self.linesMax + 1, "\(file.path) has \(file.lines.count) lines")
            for (index, line) in file.lines.enumerated() where line.count > Self.columnsMax {
                Issue.record("\(file.path):\(index + 1) has \(line.count) columns")
            }
        }
    }

    /// A file of nothing but extensions, and what they keep to themselves, is named after what they add.
    @Test func fileIsNamedAfterTheTypeItDeclares() {
        let declaration = /^(?!(?:file)?private)(?:[\w@]+ )*(?:class|struct|enum|protocol|actor|typealias) +(\w+)/
        for file in Repository.sources where !file.name.contains("+") {
            let declared = file.code.compactMap { line in
                line.first?.isLetter == true ? line.prefixMatch(of: declaration).map { String($0.1) } : nil
            }
            guard !declared.isEmpty else { continue }
            #expect(declared.contains(file.name), "\(file.path) declares \(declared)")
        }
    }

    @Test func namesSayWhatAThingIs() {
        for file in Repository.sources + Repository.tests {
            for word in ["Manager", "Helper", "Util", "Common", "Misc"] {
                #expect(!file.path.contains(word), "\(file.path)")
            }
        }
    }

    @Test func everyTargetHasItsFiles() throws {
        let present = Set((Repository.sources + Repository.tests).map(\.target))
        let ofC: Set = ["CAllocator", "CCurl", "CLinux", "CSQLite", "CZlib"]
        for target in try Manifest().allowed.keys where !ofC.contains(target) {
            #expect(present.contains(target), "\(target) is empty")
        }
    }
}
