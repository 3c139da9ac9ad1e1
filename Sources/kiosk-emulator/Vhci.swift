/// `kiosk-emulator vhci`: the same hall behind the running kernel's virtual host controller, until SIGTERM or SIGINT.

import ArgumentParser
import KioskEmulation

struct Vhci: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Like serve, but for the whole machine, by the kernel's vhci-hcd (needs root).",
        discussion: """
            For the virtual terminal: programs need no exec, and the kernel's own drivers see the devices, too. The
            end of this process unplugs them.
            """)

    @OptionGroup var hall: Serve

    func run() throws {
        try hall.serve { USBIPHost() }
    }
}
