import KioskCore
import KioskEmulation
import Testing

@testable import KioskDevices

/// What a reader, its bus and the people before it can do wrong: the outcome is a whole card or a fault that says who
/// must act, and the reader works as soon as the trouble is over. Times are a tenth of the real ones.
@Suite("Bad input from an identity-card reader")
struct SAMVBadInputTests {
    private static let steps: [SAMVStep] = [.status, .identify, .find, .select, .read]

    private static let passing: [SAMVFault] = [
        .wrongChecksum, .lengthTooLarge, .lengthTooShort, .silence, .oneBytePackets, .coalesced, .repeated,
        .emptyPackets, .noise([0x00, 0xFF, 0x13]), .noise([0xAA, 0xAA, 0xAA, 0xAA, 0x96, 0x69]),
        .noise([0xAA, 0xAA, 0xAA, 0x96, 0x69, 0xFF, 0xFF]), .noise([0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x05, 0x08]),
        .heldBack(into: 0), .heldBack(into: 3), .heldBack(into: 9), .late(.milliseconds(150)),
        .late(.milliseconds(350)), .answer(of: .find), .answer(of: .select), .answer(of: .read),
        .answer(of: .identify), .answer(of: .status),
    ]

    @Test("What comes once is survived at every step, on every wire", arguments: passing, steps)
    func survives(fault: SAMVFault, step: SAMVStep) async throws {
        let card = try SAMVBench.card("li")
        for style in ReaderModel.Style.everyStyle {
            let bench = SAMVBench.quick(style)
            bench.model.place(card)
            bench.model.inject(fault, at: step, times: 1)
            let reading = try await bench.read()
            #expect(reading.textRecord == card.textRecord, "\(style)")
            #expect(reading.photoRecord == card.photoRecord, "\(style)")
            #expect(bench.time.elapsed < 2000, "\(style)")
        }
    }

    private static let staying: [SAMVFault] = [
        .wrongChecksum, .lengthTooLarge, .lengthTooShort, .silence, .endless([0x00]), .endless([0xAA]),
        .endless([0xAA, 0xAA, 0xAA, 0x96, 0x69]),
    ]

    @Test("What stays makes the reader silent, and it works when it is over", arguments: staying, steps)
    func staysBroken(fault: SAMVFault, step: SAMVStep) async throws {
        let isEndless = if case .endless = fault { true } else { false }
        for style in ReaderModel.Style.everyStyle {
            let bench = SAMVBench.quick(style)
            let card = try SAMVBench.card("li")
            bench.model.place(card)
            bench.model.inject(fault, at: step)
            if step == .status, !isEndless {
                // The reset command does what it does, and the reader works without it.
                #expect(try await bench.read().textRecord == card.textRecord, "\(style)")
                continue
            }
            await SAMVBench.expect(.readerSilent, .technician) { try await bench.read() }
            #expect(bench.time.elapsed < 6000, "\(style)")
            bench.model.clearFaults()
            bench.model.place(card)
            let back = bench.time.elapsed
            #expect(try await bench.read().textRecord == card.textRecord, "\(style)")
            #expect(bench.time.elapsed - back < 300, "\(style)")
        }
    }

    @Test(
        "A record whose lengths are wrong is never taken apart", arguments: [0, 1, 255, 257, 1280, 0xFFFF] as [UInt16])
    func recordLengths(length: UInt16) async throws {
        let card = try SAMVBench.card("li")
        for fault in [SAMVFault.textLength(length), .photoLength(length)] {
            // A photo that the record does not count is as wrong as one that is not there.
            let bench = SAMVBench.quick()
            bench.model.place(card)
            bench.model.inject(fault, at: .read)
            await SAMVBench.expect(.cardUnreadable, .citizen) { try await bench.read() }
            bench.model.clearFaults()
            bench.model.place(card)
            #expect(try await bench.read().textRecord == card.textRecord)
        }
    }

    @Test(
        "A reader that only a reset brings back is reset", arguments: [SAMVRecovery.samReset, .busReset],
        [SAMVStep.find, .select, .read])
    func stuck(recovery: SAMVRecovery, step: SAMVStep) async throws {
        let card = try SAMVBench.card("li")
        for style in ReaderModel.Style.everyStyle {
            let bench = SAMVBench.quick(style)
            bench.model.place(card)
            bench.model.inject(.silence, at: step, until: recovery)
            // Status and number answer, so that only the step itself shows that nothing has changed.
            if recovery == .busReset { bench.model.inject(.silence, at: .status, until: recovery) }
            if recovery == .busReset { bench.model.inject(.silence, at: .reset, until: recovery) }
            if recovery == .samReset { bench.model.inject(.silence, at: .status, until: recovery) }
            #expect(try await bench.read().textRecord == card.textRecord, "\(style)")
        }
    }

    @Test("A card swapped in mid-read is read whole or not at all", arguments: [SAMVStep.find, .select, .read])
    func swapped(step: SAMVStep) async throws {
        let (first, second) = (try SAMVBench.card("zhang"), try SAMVBench.card("li"))
        for fault in [SAMVFault.cardSwapped(second), .cardSwappedUnnoticed(second)] {
            let bench = SAMVBench.quick()
            bench.model.place(first)
            bench.model.inject(fault, at: step, times: 1)
            let reading = try await bench.read()
            #expect(reading.textRecord == second.textRecord)
            #expect(reading.photoRecord == second.photoRecord)
        }
    }

    @Test("A card taken away at a step is asked for again", arguments: [SAMVStep.select, .read])
    func lifted(step: SAMVStep) async throws {
        let bench = SAMVBench.quick()
        bench.model.place(try SAMVBench.card("zhang"))
        bench.model.inject(.cardLifted, at: step, times: 1)
        await SAMVBench.expect(.cardRemoved, .citizen) { try await bench.read() }
    }

    @Test("Unplugged at a step, before, in and after its answer, it is lost at once", arguments: steps)
    func unplugged(step: SAMVStep) async throws {
        let card = try SAMVBench.card("li")
        for bytes in [0, 1, 7, 9] {
            for style in ReaderModel.Style.everyStyle {
                let bench = SAMVBench.quick(style)
                bench.model.place(card)
                bench.model.inject(.unplugged(after: bytes), at: step, times: 1)
                await SAMVBench.expect(.readerLost, .hallStaff) { try await bench.read() }
                await SAMVBench.expect(.readerMissing, .technician) { try await bench.read() }
                bench.bus.plug(bench.device)
                let back = bench.time.elapsed
                bench.model.place(card)
                #expect(try await bench.read().textRecord == card.textRecord, "\(style) after \(bytes)")
                #expect(bench.time.elapsed - back < 300, "\(style)")
            }
        }
    }

    @Test(
        "A late answer is never taken for another: whichever step is late, whatever waits when it comes",
        arguments: steps)
    func late(step: SAMVStep) async throws {
        let (first, second) = (try SAMVBench.card("zhang"), try SAMVBench.card("li"))
        for delay in stride(from: 90, through: 900, by: 30) {
            let bench = SAMVBench.quick()
            bench.model.place(first)
            bench.model.inject(.late(.milliseconds(delay)), at: step, times: 1)
            // The first card is gone before anybody can have read it, but its answers are on their way.
            bench.time.after(88) { bench.model.place(second) }
            let reading = try await bench.read()
            let isFirst = reading.textRecord == first.textRecord
            #expect(reading.photoRecord == (isFirst ? first.photoRecord : second.photoRecord))
            if isFirst { #expect(bench.time.elapsed < 90 + 300, "read before it was taken away: \(delay)") }
            // Whatever is still to come is not the next one's.
            bench.model.place(second)
            if isFirst { #expect(try await bench.read().textRecord == second.textRecord, "\(delay)") }
        }
    }

    // MARK: The bus

    private static let busFaults: [BusFault] = [.stall, .babble, .damaged, .emptyPacket, .cut(3)]

    @Test("A bus that fails once is survived at every transfer", arguments: busFaults)
    func busOnce(fault: BusFault) async throws {
        let card = try SAMVBench.card("li")
        for style in ReaderModel.Style.everyStyle {
            for spared in 0..<14 {
                var failing: FaultyDevice?
                let bench = SAMVBench.quick(
                    style,
                    before: { model in
                        let device = FaultyDevice(model)
                        device.inject(fault, sparing: spared)
                        failing = device
                        return device
                    })
                bench.model.place(card)
                #expect(try await bench.read().textRecord == card.textRecord, "\(style), transfer \(spared)")
                #expect(failing?.transferCount(at: .any) ?? 0 > spared)
            }
        }
    }

    @Test("A bus that fails for ever ends in a fault", arguments: busFaults.filter { $0 != .emptyPacket })
    func busForever(fault: BusFault) async throws {
        for style in ReaderModel.Style.everyStyle {
            let bench = SAMVBench.quick(
                style,
                before: { model in
                    let device = FaultyDevice(model)
                    device.inject(fault, sparing: 5, for: .forever)
                    return device
                })
            bench.model.place(try SAMVBench.card("li"))
            await SAMVBench.expect(.readerSilent, .technician) { try await bench.read() }
        }
    }

    @Test("Descriptors of no reader are refused and harm nothing", arguments: MalformedDescriptors.all)
    func descriptors(malformed: MalformedDescriptors) async throws {
        let bench = SAMVBench.quick(before: { FaultyDevice($0, configurationDescriptor: malformed.configuration) })
        bench.model.place(try SAMVBench.card("li"))
        do {
            // Some are odd, but name the endpoints.
            _ = try await bench.read()
        } catch {
            let kind = try #require((error as? Fault)?.kind)
            #expect([Fault.Kind.readerOutOfService, .readerMissing, .readerSilent].contains(kind), "\(error)")
        }
    }
}
