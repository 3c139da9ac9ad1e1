// swift-tools-version: 6.2
// What the product costs in time and memory, measured through its real programs and libraries: `make bench`.
import PackageDescription

let package = Package(
    name: "kiosk-benchmarks",
    dependencies: [
        .package(name: "kiosk-controller", path: "..")
    ],
    targets: [
        .target(name: "CUSBLoop", linkerSettings: [.linkedLibrary("usb-1.0")]),
        .executableTarget(
            name: "kiosk-bench",
            dependencies: [
                "CUSBLoop",
                .product(name: "KioskCore", package: "kiosk-controller"),
                .product(name: "KioskVault", package: "kiosk-controller"),
                .product(name: "KioskDevices", package: "kiosk-controller"),
                .product(name: "KioskShell", package: "kiosk-controller"),
                .product(name: "KioskEmulation", package: "kiosk-controller"),
                .product(name: "KioskAuthoring", package: "kiosk-controller"),
                // Run as processes; named here so that they are built with this one.
                .product(name: "kiosk", package: "kiosk-controller"),
                .product(name: "kiosk-central", package: "kiosk-controller"),
                .product(name: "kiosk-emulator", package: "kiosk-controller"),
            ],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
            ]),
    ]
)
