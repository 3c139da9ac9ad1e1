// Feeds the descriptor parsers a configuration, a string and a probe answer.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzUSBDescriptors(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = try? USBDeviceDescriptor(bytes)
    _ = usbString(bytes)
    _ = try? UVCStreamControl(answer: bytes)
    // Behind a header that is right, so that the descriptors under it are reached.
    let total = UInt16(clamping: count + 9)
    let header: [UInt8] = [9, 2, UInt8(total & 0xFF), UInt8(total >> 8), 1, 1, 0, 0x80, 50]
    for candidate in [bytes, header + bytes] {
        guard let configuration = try? USBConfiguration(candidate) else { continue }
        for interface in configuration.interfaces {
            for endpoint in interface.endpoints { precondition(endpoint.packetSize > 0) }
        }
        guard let camera = try? UVCCameraDescription(configuration), let best = camera.best else { continue }
        _ = UVCStreamControl(frame: best.frame, version: camera.version)
        _ = best.stream.setting(forPayload: best.frame.maximumBytes)
    }
    return 0
}
