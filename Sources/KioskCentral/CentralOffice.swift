/// One running central office: its two listeners over one folder.

import FoundationEssentials
public import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import KioskCore
public import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Where the office listens. Port 0 picks a free one.
public struct ListeningAddress: Hashable, Sendable {
    public var host: String
    /// Mutual TLS, for terminals.
    public var kioskPort: Int
    /// HTTPS, for staff and for whoever checks a code.
    public var officePort: Int

    public init(host: String, kioskPort: Int, officePort: Int) {
        self.host = host
        self.kioskPort = kioskPort
        self.officePort = officePort
    }
}

/// Holds the folder's lock, so that the database has one writer; many requests use it at once.
public final class CentralOffice: Sendable {
    private let data: DataFolder
    private let lock: FolderLock
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let database: OfficeDatabase
    private let blobs: FileBlobStore
    private let keys: OfficeKeys
    private let sessions: OfficeSessions
    private let catalogue: RegisterCatalogue
    private let records: any RecordProvider
    private let payments: PaymentDesk
    private let deadline: Deadline

    /// Opens an initialised folder. Throws when another process uses it.
    ///
    /// - Parameters:
    ///   - catalogue: The registers that the matters ask; kept in the folder. Nil takes those that were kept last.
    ///   - records: Answers for registers that the office does not keep itself; asked before the office's own tables.
    ///   - cashier: Takes the money for orders; the demonstration's when nil.
    ///   - patience: How long a register or a cashier may take. Below the terminal's eight seconds.
    public init(
        _ data: DataFolder, logger: Logger, now: @escaping @Sendable () -> Timestamp,
        catalogue: RegisterCatalogue? = nil, records: (any RecordProvider)? = nil,
        cashier: (any PaymentProvider)? = nil, patience: Duration = .seconds(5)
    ) throws {
        try data.requireInitialised()
        lock = try data.lock()
        try catalogue?.keep(in: data)
        self.catalogue = try catalogue ?? RegisterCatalogue.kept(in: data)
        self.data = data
        self.logger = logger
        self.now = now
        database = try OfficeDatabase(data: data)
        blobs = try FileBlobStore(data: data)
        keys = try OfficeKeys(data: data)
        sessions = OfficeSessions(users: try UserDirectory(data: data), now: now)
        deadline = Deadline(limit: patience)
        self.records = ProviderChain(
            providers: [OwnCases(database: database, keys: keys)] + (records.map { [$0] } ?? [])
                + [RegisterTables(database: database)])
        payments = PaymentDesk(
            database: database, provider: cashier ?? DemonstrationCashier(), deadline: deadline, now: now,
            takesButton: cashier == nil)
    }

    /// The routes for terminals.
    public func kioskRouter(identify: @escaping TerminalIdentification) throws -> Router<KioskContext> {
        let router = Router(context: KioskContext.self)
        KioskRoutes(
            intake: CaseIntake(
                database: database, blobs: blobs, keys: keys,
                supplementMatters: Set(catalogue.uses.filter { $0.value.register == OwnCases.papers }.keys), now: now),
            desk: RegisterDesk(
                database: database, catalogue: catalogue, provider: records, deadline: deadline, now: now),
            payments: payments, database: database,
            terminals: try TerminalRegistry(data: data), identify: identify, now: now
        ).add(to: router)
        return router
    }

    /// The pages for staff, and the public check of a code.
    public func officeRouter() -> Router<OfficeContext> {
        let router = Router(context: OfficeContext.self)
        OfficeRoutes(
            database: database, blobs: blobs, keys: keys, sessions: sessions, payments: payments,
            titles: catalogue.titles, now: now
        ).add(to: router)
        return router
    }

    /// Serves both listeners until SIGTERM or SIGINT, or until the task is cancelled.
    ///
    /// - Parameter onReady: Called once, with the real ports, when both listen.
    public func run(
        _ address: ListeningAddress,
        onReady: @escaping @Sendable (_ kioskPort: Int, _ officePort: Int) async -> Void
    ) async throws {
        let ports = Mutex<(kiosk: Int?, office: Int?)>((nil, nil))
        let report: @Sendable (_ kiosk: Int?, _ office: Int?) async -> Void = { kiosk, office in
            let both = ports.withLock { ports in
                ports = (kiosk ?? ports.kiosk, office ?? ports.office)
                return ports
            }
            if let kiosk = both.kiosk, let office = both.office { await onReady(kiosk, office) }
        }
        let http = HTTP1Channel.Configuration(
            idleTimeout: .seconds(60),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
        let kiosk = Application(
            router: try kioskRouter(identify: Self.certificateIdentification),
            server: try .tls(.http1(configuration: http), tlsConfiguration: try tls(mutual: true)),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.kioskPort),
                availableConnectionsDelegate: .maximum(2048, logger: logger)),
            onServerRunning: { channel in await report(channel.localAddress?.port, nil) }, logger: logger)
        let office = Application(
            router: officeRouter(),
            server: try .tls(.http1(configuration: http), tlsConfiguration: try tls(mutual: false)),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.officePort),
                availableConnectionsDelegate: .maximum(512, logger: logger)),
            onServerRunning: { channel in await report(nil, channel.localAddress?.port) }, logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [kiosk, office], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: configuration).run()
    }

    private func tls(mutual: Bool) throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMFile(data.key("server.pem"))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: data.key("server.key.pem"), format: .pem)))
        configuration.minimumTLSVersion = mutual ? .tlsv13 : .tlsv12
        if mutual {
            // Our own authority alone, and a certificate is required; a client's host name means nothing.
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(data.key("ca.pem")))
            configuration.certificateVerification = .noHostnameVerification
        }
        return configuration
    }
}
