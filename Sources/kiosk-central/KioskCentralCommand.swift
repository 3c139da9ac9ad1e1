// The command line of the central office: arguments in, KioskCentral does the work.

import ArgumentParser
import FoundationEssentials
import Glibc
import KioskCentral
import KioskCore
import Logging

@main
struct KioskCentralCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kiosk-central", abstract: "The central office of the service hall's kiosks.",
        subcommands: [
            Init.self, Enrol.self, Revoke.self, User.self, Serve.self, Cases.self, Export.self, Records.self,
        ])
}

struct DataOption: ParsableArguments {
    @Option(name: .long, help: "The office's folder.") var data: String

    var folder: DataFolder { DataFolder(data) }
}

struct MattersOption: ParsableArguments {
    @Option(
        name: .customLong("matters"), help: "The matters folder: which registers there are. Kept until named again.")
    var folder: String?

    /// Nil without the option.
    func catalogue() throws -> RegisterCatalogue? {
        guard let folder else { return nil }
        let (catalogue, unreadable) = try RegisterCatalogue.read(matters: folder)
        if unreadable > 0 {
            let note = Array("\(unreadable) matters are left out: run kiosk-matters check\n".utf8)
            _ = Glibc.write(STDERR_FILENO, note, note.count)
        }
        return catalogue
    }
}

@Sendable func systemTime() -> Timestamp {
    Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
}

func printJSON(_ value: some Encodable, pretty: Bool = false) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
    // A script waits for this line on a pipe.
    fflush(nil)
}

/// The first line of a file, without its end.
func password(inFile path: String) throws -> String {
    let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    return String(text.split(whereSeparator: \.isNewline).first ?? "")
}

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make keys, certificates, database and the first user where they are missing.")

    @OptionGroup var data: DataOption
    @Option(name: .long, help: "Another name or IPv4 address of the server; may be repeated.") var host: [String] = []
    @Option(name: .long, help: "Name of the first user.") var user = "office"
    @Option(name: .long, help: "File whose first line is that user's password; else one is made and printed once.")
    var passwordFile: String?
    @OptionGroup var matters: MattersOption
    @Flag(name: .long, help: "Fill the registers with invented people; needs --matters the first time.")
    var demo = false

    func run() throws {
        let outcome = try OfficeSetup.initialise(
            data.folder, hosts: host, user: user, password: try passwordFile.map(password(inFile:)),
            catalogue: try matters.catalogue(), demo: demo, now: systemTime())
        if let user = outcome.user { print("user: \(user)") }
        if let password = outcome.generatedPassword { print("password (shown once): \(password)") }
        if data.folder.holdsRecoveryKey {
            print("keys/recovery.key opens every case: move it to a safe place offline")
        }
    }
}

struct Enrol: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a terminal's enrolment folder and accept the terminal from now on.")

    @OptionGroup var data: DataOption
    @Option(name: .long, help: "The terminal's id, such as DL01.") var terminal: String
    @Option(name: .long, help: "The folder to write.") var out: String
    @Option(name: .long, help: "Where the terminal reaches the office.") var officeURL = "https://127.0.0.1:8443"
    @Option(name: .long, help: "Where a reader of a paper checks its code.")
    var publicURL = "https://127.0.0.1:8444/verify"

    func run() throws {
        try OfficeSetup.enrol(
            data.folder, terminal: terminal, out: out, officeURL: officeURL, publicURL: publicURL, now: systemTime())
    }
}

struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Refuse a terminal from now on.")

    @OptionGroup var data: DataOption
    @Option(name: .long, help: "The terminal's id.") var terminal: String

    func run() throws {
        try OfficeSetup.revoke(data.folder, terminal: terminal, now: systemTime())
    }
}

struct User: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add a user of the office pages, or give one a new password.")

    @OptionGroup var data: DataOption
    @Option(name: .long, help: "The user's name.") var name: String
    @Option(name: .long, help: "File whose first line is the password.") var passwordFile: String

    func run() throws {
        try OfficeSetup.setUser(
            data.folder, name: name, password: try password(inFile: passwordFile), now: systemTime())
    }
}

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve terminals and staff until SIGTERM.",
        discussion: "Prints one line of JSON with the ports on standard output when both listen.")

    struct Ready: Encodable {
        var ready = true
        var kioskPort: Int
        var officePort: Int
    }

    @OptionGroup var data: DataOption
    @Option(name: .long, help: "Port of the mutual-TLS listener for terminals; 0 picks a free one.")
    var kioskPort = 8443
    @Option(name: .long, help: "Port of the HTTPS listener for staff; 0 picks a free one.") var officePort = 8444
    @Option(name: .long, help: "The address to listen on.") var address = "127.0.0.1"
    @OptionGroup var matters: MattersOption

    func run() async throws {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let office = try CentralOffice(
            data.folder, logger: Logger(label: "kiosk-central"), now: systemTime, catalogue: try matters.catalogue())
        try await office.run(ListeningAddress(host: address, kioskPort: kioskPort, officePort: officePort)) {
            kioskPort, officePort in
            try? printJSON(Ready(kioskPort: kioskPort, officePort: officePort))
        }
    }
}

struct Cases: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the cases the office holds.")

    @OptionGroup var data: DataOption
    @Flag(name: .long, help: "As JSON.") var json = false

    func run() async throws {
        let cases = try await OfficeArchive(data.folder).cases()
        guard !json else { return try printJSON(cases, pretty: true) }
        for entry in cases {
            print(
                [
                    entry.id, entry.receiptNumber ?? "-", entry.terminal, entry.matterCode ?? "-", entry.state,
                    entry.receivedAt?.chinaMinute ?? "-",
                ].joined(separator: "\t"))
        }
    }
}

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a case as files: case.json, attachments, the signed manifest and receipt.")

    @OptionGroup var data: DataOption
    @Option(name: .customLong("case"), help: "The case's id.") var caseID: String
    @Option(name: .long, help: "The folder to write.") var out: String

    func run() async throws {
        for name in try await OfficeArchive(data.folder).export(caseID: caseID, to: out) { print(name) }
    }
}

struct Records: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The registers that terminals ask.", subcommands: [Import.self, List.self])

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put records into a register, all or none.",
            discussion: """
                A .csv file has the heading number,name,public and the keys of facts; several choices are parted by ;. \
                A .json file is a list of {"number", "name", "public", "facts": {KEY: VALUE}}. \
                number is a citizen number or a unified social credit code; a record about nobody has none, and \
                "public": true lets anybody ask for it. What the register said of the same number is replaced. \
                Which facts a register has stands in matters/registers. The server must not be running.
                """)

        @OptionGroup var data: DataOption
        @Argument(help: "The .json or .csv file, UTF-8.") var file: String
        @Option(name: .long, help: "The register, such as food-permit.") var register: String

        func validate() throws {
            guard file.hasSuffix(".json") || file.hasSuffix(".csv") else {
                throw ValidationError("the file must end in .json or .csv")
            }
        }

        func run() throws {
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
            let count = try OfficeSetup.importRecords(
                data.folder, bytes, isCSV: file.hasSuffix(".csv"), register: register)
            print("\(count) records")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the records of a register. They are personal data: mind who sees the screen.")

        @OptionGroup var data: DataOption
        @Option(name: .long, help: "The register, such as food-permit.") var register: String
        @Flag(name: .long, help: "As JSON, with the facts.") var json = false

        func run() async throws {
            let records = try await OfficeArchive(data.folder).records(register: register)
            guard !json else { return try printJSON(records, pretty: true) }
            for record in records {
                let number = record.public ? "public" : CitizenNumber.masked(record.number)
                print([number, record.name].joined(separator: "\t"))
            }
        }
    }
}
