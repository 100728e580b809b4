// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    // Asynchronous functions stay where their caller is: a request passes through many, and each hop has a price.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    // A request passed some seventy dynamic checks, 8% of the instructions that it cost. Debug builds, and so every
    // test, keep them; the compiler's own proofs of exclusive access hold in every build.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

// What a wall lets through is what a target lists here; Tests/HouseRules reads the imports and holds it against this.
func wall(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "signalbox",
    products: [.executable(name: "signalbox", targets: ["signalbox"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .target(name: "CLinux"),
        .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),

        // Horizontal: these know nothing of language models.
        wall("Reactor", ["CLinux", deque, heap]),
        wall("Compression", ["CZlib"]),
        wall("HTTP", ["Reactor", "CLinux", "Compression"]),
        wall("JSON"),
        wall("SQL", ["CSQLite"]),
        wall("Statistics"),
        wall("Redaction"),
        wall("AWS", ["CZlib", crypto]),

        // What vendors call the same things: knows language models, and neither sockets nor files.
        wall("Translation", ["JSON"]),
        .target(
            name: "Migrations", dependencies: ["SQL"], path: "migrations",
            resources: [
                .embedInCode("control"), .embedInCode("telemetry"), .embedInCode("batch"), .embedInCode("cache"),
            ],
            swiftSettings: strict),
        .target(
            name: "ShippedPrices", path: "config", exclude: ["signalbox.yaml"],
            resources: [.embedInCode("prices.yaml")], swiftSettings: strict),

        // The product's values and rules, and the manners of its REST surface.
        wall("Domain", ["JSON", mustache]),
        wall("REST", ["Domain", "HTTP", "JSON", "SQL"]),

        // Features.
        wall("Identity", ["Domain", "HTTP", "JSON", "REST", "SQL", crypto]),
        wall("Registry", ["Domain", "HTTP", "JSON", "REST", "SQL"]),
        wall(
            "Telemetry",
            ["Compression", "Domain", "HTTP", "JSON", "REST", "Redaction", "SQL", "Statistics"]),
        wall(
            "Gateway",
            [
                "AWS", "CCurl", "Domain", "HTTP", "JSON", "REST", "Reactor", "Translation", crypto, cryptoExtras,
                deque,
            ]),
        wall("Monitor", ["Domain", "HTTP", "JSON", "REST", "SQL", "Statistics", "Telemetry"]),
        wall("Batch", ["Domain", "HTTP", "JSON", "REST", "SQL"]),
        wall("Archive", ["Domain", "JSON", "SQL"]),
        wall("Simulator", ["AWS", "HTTP", "JSON", "Reactor"]),
        .executableTarget(
            name: "signalbox",
            dependencies: [
                "Archive", "Batch", "CCurl", "CLinux", "Domain", "Gateway", "HTTP", "Identity", "JSON", "Migrations",
                "Monitor",
                "REST",
                "Reactor", "Registry", "SQL", "ShippedPrices", "Simulator", "Statistics", "Telemetry", arguments,
                crypto, logging, yams,
            ],
            swiftSettings: strict),

        .target(
            name: "Support",
            dependencies: ["CLinux", "Domain", "HTTP", "JSON", "Migrations", "REST", "Reactor", "SQL"],
            path: "Tests/Support", swiftSettings: strict),
        tests("ReactorTests", ["Reactor", "CLinux"]),
        tests("CompressionTests", ["Compression"]),
        tests("HTTPTests", ["HTTP", "Reactor", "CLinux", "Compression", "Support"]),
        tests("JSONTests", ["JSON"]),
        tests("AWSTests", ["AWS", "Support"]),
        // What fails in the store under test: SQLite's allocator, and the writes that meet it.
        .target(name: "CAllocator", path: "Tests/CAllocator", linkerSettings: [.linkedLibrary("sqlite3")]),
        wall(
            "StoreScript", ["Domain", "HTTP", "JSON", "Migrations", "REST", "Reactor", "SQL", "Support"],
            path: "Tests/StoreScript"),
        .executableTarget(
            name: "AllocationFaults", dependencies: ["CAllocator", "Reactor", "SQL", "StoreScript", "Support"],
            path: "Tests/AllocationFaults", swiftSettings: strict),
        tests(
            "SQLTests", ["SQL", "AllocationFaults", "CSQLite", "Migrations", "Reactor", "StoreScript", "Support"]),
        tests("StatisticsTests", ["Statistics"]),
        tests("TranslationTests", ["Translation", "JSON", "Support"]),
        tests("RedactionTests", ["Redaction", "JSON", "Support"]),
        tests("DomainTests", ["Domain", "JSON", "Support"]),
        tests("RESTTests", ["REST", "Domain", "HTTP", "JSON", "SQL", "Support"]),
        tests("IdentityTests", ["Identity", "Domain", "HTTP", "JSON", "REST", "SQL", "Support", crypto]),
        tests("RegistryTests", ["Registry", "Domain", "HTTP", "JSON", "REST", "SQL", "Support"]),
        tests(
            "TelemetryTests",
            [
                "Telemetry", "Domain", "HTTP", "JSON", "Migrations", "REST", "Redaction", "SQL", "Statistics",
                "Support",
            ]),
        tests(
            "GatewayTests",
            [
                "Gateway", "AWS", "Domain", "HTTP", "JSON", "REST", "Reactor", "Support", "CLinux", "Translation",
                cryptoExtras,
            ]),
        tests(
            "MonitorTests",
            [
                "Monitor", "Domain", "HTTP", "JSON", "Migrations", "REST", "SQL", "Statistics", "Support", "Telemetry",
            ]),
        tests(
            "BatchTests", ["Batch", "Domain", "HTTP", "JSON", "Migrations", "REST", "Reactor", "SQL", "Support"]),
        tests("ArchiveTests", ["Archive", "Domain", "Migrations", "Reactor", "SQL", "Support"]),
        tests("SimulatorTests", ["Simulator", "AWS", "HTTP", "JSON", "Reactor", "Support"]),
        tests(
            "SignalboxTests", ["signalbox", "Domain", "Gateway", "HTTP", "Identity", "REST", "Support", "Telemetry"]),
        // What hostile bytes may do to the readers: properties for libFuzzer and for a plain test (Tests/Fuzz/fuzz.py).
        .testTarget(
            name: "Fuzz", dependencies: ["HTTP", "JSON"],
            exclude: ["Entry", "Regressions", "fuzz.py", "seeds.py"], swiftSettings: strict),
        // Shows what the parser makes of bytes, for the check against h11 in Tests/Clients.
        .executableTarget(
            name: "ParserProbe", dependencies: ["HTTP"], path: "Tests/ParserProbe", swiftSettings: strict),
        // What `make test-tsan` and `make test-asan` must find, or else their silence means nothing.
        .executableTarget(
            name: "Sanitizers", path: "Tests/Sanitizers",
            exclude: ["mutex.c", "run.sh", "session.py", "asan.supp", "tsan.supp"], swiftSettings: strict),
        // `make bench-store`.
        .executableTarget(
            name: "StoreBenchmark",
            dependencies: ["Domain", "HTTP", "JSON", "Migrations", "REST", "SQL", "Support", "Telemetry"],
            path: "Tests/StoreBenchmark", swiftSettings: strict),
        // `make bench-translation`.
        .executableTarget(
            name: "TranslationBenchmark", dependencies: ["JSON", "Translation"], path: "Tests/TranslationBenchmark",
            swiftSettings: strict),
        // The streams of `make bench`.
        .executableTarget(
            name: "StreamBenchmark", dependencies: ["CLinux"], path: "Tests/StreamBenchmark", swiftSettings: strict),
        tests("HouseRules", []),
    ]
)
