import Testing

/// The walls between the targets.
struct WallTests {
    private static let ofTheToolchain: Set<String> = [
        "Foundation", "FoundationEssentials", "Glibc", "Swift", "Synchronization", "Testing",
    ]
    private static let features: Set<String> = ["Registry", "Gateway", "Monitor", "Batch", "Archive"]
    private static let withoutFoundation = [
        "Sources/Reactor/", "Sources/Compression/", "Sources/HTTP/", "Sources/JSON/", "Sources/Gateway/Inference/",
        "Sources/Telemetry/Outcomes/", "Sources/Telemetry/Bodies/", "Sources/Redaction/",
    ]

    @Test func everyTargetImportsOnlyWhatThePackageListsForIt() throws {
        let manifest = try Manifest()
        #expect(manifest.allowed.count > 25, "Package.swift was not understood")
        for file in Repository.sources + Repository.tests {
            guard let allowed = manifest.allowed[file.target] else {
                Issue.record("\(file.path) belongs to no target")
                continue
            }
            for (module, line) in file.imports where !Self.ofTheToolchain.contains(module) {
                #expect(allowed.contains(module), "\(file.path):\(line) imports \(module)")
            }
        }
    }

    @Test func featuresNeverImportEachOther() throws {
        let manifest = try Manifest()
        for feature in Self.features {
            let others = Self.features.subtracting([feature])
            #expect(manifest.allowed[feature]?.isDisjoint(with: others) == true, "\(feature) in Package.swift")
            for file in Repository.sources where file.target == feature {
                for (module, line) in file.imports {
                    #expect(!others.contains(module), "\(file.path):\(line) imports \(module)")
                }
            }
        }
    }

    @Test func horizontalTargetsKnowNothingOfTheProduct() throws {
        let manifest = try Manifest()
        let horizontal: Set = [
            "AWS", "CLinux", "CSQLite", "CCurl", "CZlib", "Compression", "Reactor", "HTTP", "JSON", "Redaction", "SQL",
            "Statistics",
        ]
        let product = Set(manifest.allowed.keys).subtracting(horizontal)
        for target in horizontal {
            #expect(manifest.allowed[target]?.isDisjoint(with: product) == true, "\(target) in Package.swift")
        }
    }

    @Test func foundationStaysOutOfWhatIsHot() {
        for file in Repository.sources where Self.withoutFoundation.contains(where: file.path.hasPrefix) {
            for (module, line) in file.imports where module.hasPrefix("Foundation") {
                Issue.record("\(file.path):\(line) imports \(module)")
            }
        }
    }

    @Test func wholeFoundationIsForTestsOnly() {
        for file in Repository.sources {
            for (module, line) in file.imports where module == "Foundation" {
                Issue.record("\(file.path):\(line) imports Foundation")
            }
        }
    }
}
