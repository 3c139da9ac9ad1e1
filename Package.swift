// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func swift(_ package: String, _ product: String) -> Target.Dependency {
    .product(name: product, package: package)
}

let package = Package(
    name: "kiosk-controller",
    products: [
        .executable(name: "kiosk", targets: ["kiosk"]),
        .executable(name: "kiosk-central", targets: ["kiosk-central"]),
        .executable(name: "kiosk-matters", targets: ["kiosk-matters"]),
        .executable(name: "kiosk-emulator", targets: ["kiosk-emulator"]),
        .library(name: "KioskCore", targets: ["KioskCore"]),
        .library(name: "KioskVault", targets: ["KioskVault"]),
        .library(name: "KioskDevices", targets: ["KioskDevices"]),
        .library(name: "KioskShell", targets: ["KioskShell"]),
        .library(name: "KioskEmulation", targets: ["KioskEmulation"]),
        .library(name: "KioskAuthoring", targets: ["KioskAuthoring"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The domain: no C library, no database, no network, no clock of its own.
        .target(
            name: "KioskCore", dependencies: [swift("Yams", "Yams")],
            swiftSettings: strict),

        // The case store and the sync client.
        .target(
            name: "KioskVault",
            dependencies: [
                "KioskCore", swift("GRDB.swift", "GRDB"), swift("swift-crypto", "Crypto"),
                swift("swift-log", "Logging"), swift("async-http-client", "AsyncHTTPClient"),
                swift("swift-nio", "NIOCore"), swift("swift-nio", "NIOHTTP1"),
                swift("swift-nio-ssl", "NIOSSL"),
            ],
            swiftSettings: strict),

        // The device ports' implementations.
        .systemLibrary(
            name: "CLibUSB", path: "Sources/KioskDevices/System/CLibUSB", pkgConfig: "libusb-1.0",
            providers: [.apt(["libusb-1.0-0-dev"])]),
        .systemLibrary(
            name: "CCups", path: "Sources/KioskDevices/System/CCups",
            providers: [.apt(["libcups2-dev"])]),
        .systemLibrary(
            name: "CTurboJPEG", path: "Sources/KioskDevices/System/CTurboJPEG", pkgConfig: "libturbojpeg",
            providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CLinux", path: "Sources/KioskDevices/System/CLinux"),
        .target(
            name: "KioskDevices",
            dependencies: [
                "KioskCore", "CLibUSB", "CCups", "CTurboJPEG", "CLinux", swift("Yams", "Yams"),
            ],
            exclude: ["System"],
            swiftSettings: strict),

        // What people see, read and hear.
        .systemLibrary(
            name: "CPangoCairo", path: "Sources/KioskShell/System/CPangoCairo", pkgConfig: "pangocairo",
            providers: [.apt(["libpango1.0-dev", "libcairo2-dev"])]),
        .systemLibrary(
            name: "CQREncode", path: "Sources/KioskShell/System/CQREncode", pkgConfig: "libqrencode",
            providers: [.apt(["libqrencode-dev"])]),
        .target(
            name: "KioskShell",
            dependencies: ["KioskCore", "CPangoCairo", "CQREncode"],
            exclude: ["System"],
            swiftSettings: strict),

        // The central office server.
        .target(
            name: "KioskCentral",
            dependencies: [
                "KioskCore", swift("GRDB.swift", "GRDB"), swift("swift-crypto", "Crypto"),
                swift("swift-crypto", "_CryptoExtras"), swift("swift-certificates", "X509"),
                swift("swift-asn1", "SwiftASN1"), swift("swift-log", "Logging"), swift("swift-nio", "NIOCore"),
                swift("swift-nio", "NIOPosix"), swift("swift-nio-ssl", "NIOSSL"), swift("hummingbird", "Hummingbird"),
                swift("hummingbird", "HummingbirdCore"), swift("hummingbird", "HummingbirdTLS"),
                swift("swift-http-types", "HTTPTypes"), swift("swift-service-lifecycle", "ServiceLifecycle"),
                swift("swift-service-lifecycle", "UnixSignals"),
            ],
            resources: [.embedInCode("Office/Assets/office.css")],
            swiftSettings: strict),

        // Device models written from the protocol references, and their adapters.
        .systemLibrary(
            name: "CUMockdev", path: "Sources/KioskEmulation/System/CUMockdev", pkgConfig: "umockdev-1.0",
            providers: [.apt(["libumockdev-dev"])]),
        .target(
            name: "KioskEmulation", dependencies: ["CUMockdev"], exclude: ["System"],
            swiftSettings: strict),

        // Tools for the people who write matters: proofs, walks, stories. Never part of a terminal.
        .systemLibrary(
            name: "CZ3", path: "Sources/KioskAuthoring/System/CZ3", pkgConfig: "z3", providers: [.apt(["libz3-dev"])]),
        .target(
            name: "KioskAuthoring", dependencies: ["KioskCore", "CZ3", swift("Yams", "Yams")], exclude: ["System"],
            swiftSettings: strict),

        // Thin executables: parse arguments, wire, run.
        .executableTarget(
            name: "kiosk",
            dependencies: [
                "KioskCore", "KioskVault", "KioskDevices", "KioskShell", swift("swift-log", "Logging"),
                swift("swift-argument-parser", "ArgumentParser"), swift("swift-crypto", "Crypto"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "kiosk-central",
            dependencies: [
                "KioskCore", "KioskCentral", swift("swift-log", "Logging"),
                swift("swift-argument-parser", "ArgumentParser"),
                swift("swift-service-lifecycle", "ServiceLifecycle"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "kiosk-matters",
            dependencies: ["KioskCore", "KioskAuthoring", swift("swift-argument-parser", "ArgumentParser")],
            swiftSettings: strict),
        .executableTarget(
            name: "kiosk-emulator",
            dependencies: ["KioskEmulation", swift("swift-argument-parser", "ArgumentParser")],
            swiftSettings: strict),
    ]
)

/// One test target a folder of `Tests`; `KIOSK_TESTS=NAME,NAME` builds and links only those.
let tests: [(name: String, dependencies: [Target.Dependency])] = [
    ("KioskCoreTests", ["KioskCore"]),
    (
        "KioskVaultTests",
        [
            "KioskCore", "KioskVault", swift("GRDB.swift", "GRDB"), swift("swift-crypto", "Crypto"),
            swift("swift-log", "Logging"),
        ]
    ),
    ("KioskDevicesTests", ["KioskCore", "KioskDevices", "KioskEmulation"]),
    ("KioskShellTests", ["KioskCore", "KioskShell"]),
    (
        "KioskCentralTests",
        [
            "KioskCore", "KioskCentral", swift("hummingbird", "Hummingbird"),
            swift("hummingbird", "HummingbirdTesting"), swift("swift-crypto", "Crypto"),
            swift("GRDB.swift", "GRDB"), swift("swift-http-types", "HTTPTypes"), swift("swift-log", "Logging"),
            swift("swift-nio-ssl", "NIOSSL"),
        ]
    ),
    ("KioskEmulationTests", ["KioskEmulation"]),
    ("KioskAuthoringTests", ["KioskCore", "KioskAuthoring", swift("Yams", "Yams")]),
    ("ArchitectureTests", []),
    ("USBIntegrationTests", ["KioskCore", "KioskDevices", "KioskEmulation"]),
    ("EndToEndTests", ["KioskCore", swift("swift-crypto", "Crypto")]),
    ("TerminalTests", ["KioskEmulation"]),
]
let excluded = ["KioskCoreTests": ["Expressions/Conformance"], "KioskDevicesTests": ["Helpers/Programs"]]
let chosen = Context.environment["KIOSK_TESTS"].map { Set($0.split(separator: ",").map(String.init)) }
for test in tests where chosen?.contains(test.name) ?? true {
    package.targets.append(
        .testTarget(
            name: test.name, dependencies: test.dependencies,
            // Read or run by path: the conformance suite's cases, examples of helper programs.
            exclude: excluded[test.name] ?? [], swiftSettings: strict))
}
