/// The few words the terminal rendering adds to a page: signs that other renderings draw as pictures or colours.

import KioskCore

struct TerminalWords {
    let language: Language

    func step(_ step: Int, of count: Int) -> String {
        pick("第 \(step) 步，共 \(count) 步", "Step \(step) of \(count)")
    }

    func moreAbove(_ lines: Int) -> String {
        pick("上面还有 \(lines) 行（PgUp）", lines == 1 ? "1 more line above (PgUp)" : "\(lines) more lines above (PgUp)")
    }

    func moreBelow(_ lines: Int) -> String {
        pick("下面还有 \(lines) 行（PgDn）", lines == 1 ? "1 more line below (PgDn)" : "\(lines) more lines below (PgDn)")
    }

    func secondsLeft(_ seconds: Int) -> String {
        pick("还剩 \(seconds) 秒", seconds == 1 ? "1 second left" : "\(seconds) seconds left")
    }

    var keys: String { pick("Tab 下一项  Enter 确定", "Tab next  Enter choose") }
    var required: String { pick("（必填）", " (required)") }
    var multiple: String { pick("（可多选）", " (choose any)") }
    var wrong: String { pick("有误：", "Please check: ") }
    var photograph: String { pick("照片", "Photo") }
    var notShownHere: String { pick("这里显示不出来，请看证件", "not shown here: look at the card") }

    func sign(of tone: Node.Tone) -> String? {
        switch tone {
        case .neutral: nil
        case .information: pick("提示", "Note")
        case .success: pick("完成", "Done")
        case .warning: pick("注意", "Attention")
        case .error: pick("出错", "Problem")
        }
    }

    func name(of state: Node.DeviceState) -> String {
        switch state {
        case .waiting: pick("请操作", "Your turn")
        case .working: pick("正在进行", "Working")
        case .done: pick("完成", "Done")
        case .failed: pick("出错", "Problem")
        }
    }

    static func tooSmall(columns: Int, rows: Int) -> [String] {
        let (wanted, have) = (TerminalLayout.minimumColumns, TerminalLayout.minimumRows)
        return [
            "窗口太小：需要 \(wanted)×\(have)，现在 \(columns)×\(rows)。请放大窗口。",
            "This window is too small: \(wanted)x\(have) is needed, it is \(columns)x\(rows). Please enlarge it.",
        ]
    }

    private func pick(_ zh: String, _ en: String) -> String {
        language == .zh ? zh : en
    }
}
