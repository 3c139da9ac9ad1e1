/// What a fault means to the citizen: what happened, what to do now, and who can help. Never the fault's detail.

import KioskCore

struct FaultWords: Hashable, Sendable {
    var happened: String
    var doNow: String
    var helper: String

    /// `asked` is the card that the page asks for; only faults of a card reader speak of it.
    init(_ fault: Fault, asked: AskedCard = .identityCard, language: Language) {
        let words = Self.words(of: fault.kind, asked)
        happened = words.happened[language]
        doNow = words.doNow[language]
        helper = Words(language: language)[Self.helper(of: fault.responsible)]
    }

    private static func helper(of responsible: Fault.Responsible) -> Phrase {
        switch responsible {
        case .citizen: .whoHelpsCitizen
        case .hallStaff: .whoHelpsHallStaff
        case .technician: .whoHelpsTechnician
        }
    }

    /// The card, how it is taken off and put back, how it lies well, and what may be used.
    private static func words(for asked: AskedCard) -> (
        card: String, takeOff: String, putBack: String, layWell: Localized, usable: Localized
    ) {
        switch asked {
        case .identityCard:
            (
                "身份证", "拿开", "放回",
                .init(
                    zh: "把身份证单独放平，手机和别的卡拿远一点",
                    en: "Lay the card flat by itself, away from phones and other cards"),
                .init(
                    zh: "居民身份证、港澳台居民居住证或外国人永久居留身份证",
                    en: "an ID card, a residence permit or a permanent residence card")
            )
        case .socialSecurityCard:
            (
                "社保卡", "拔出", "插回",
                .init(zh: "把社保卡拔出，芯片朝上，重新插到底", en: "Take the card out, push it in again, chip up"),
                .init(zh: "您自己的社保卡", en: "your own social security card")
            )
        case .either:
            (
                "卡", "拿开", "放回",
                .init(
                    zh: "把卡重新放好：身份证放平，社保卡芯片朝上插到底",
                    en: "Lay the ID card flat, or push the social security card in, chip up"),
                .init(zh: "您的身份证或社保卡", en: "your ID card or your social security card")
            )
        }
    }

    private static func words(of kind: Fault.Kind, _ asked: AskedCard) -> (happened: Localized, doNow: Localized) {
        let (card, takeOff, putBack, layWell, usable) = words(for: asked)
        return switch kind {
        case .readerMissing:
            (
                .init(zh: "这台机器没有接读卡器", en: "This kiosk has no card reader connected"),
                .init(zh: "请换旁边一台机器办。", en: "Please use another kiosk.")
            )
        case .readerLost:
            (
                .init(zh: "读卡器刚才断开了", en: "The card reader was disconnected"),
                .init(
                    zh: "请等几秒钟，再按“再试一次”。您填的内容还在。",
                    en: "Wait a few seconds, then press “Try again”. Your answers are kept.")
            )
        case .readerOutOfService:
            (
                .init(zh: "读卡器停用了", en: "The card reader is out of service"),
                .init(zh: "请拿好\(card)，换一台机器办。", en: "Please take your card and use another kiosk.")
            )
        case .readerSilent:
            (
                .init(zh: "读卡器没有反应", en: "The card reader does not answer"),
                .init(
                    zh: "请把\(card)\(takeOff)，等一下再\(putBack)，按“再试一次”。",
                    en: "Take the card away, put it back, and press “Try again”.")
            )
        case .cardRemoved:
            (
                .init(zh: "\(card)\(takeOff)得太早", en: "The card was taken away too soon"),
                .init(
                    zh: "请\(putBack)\(card)，按“再试一次”，等屏幕说读好了再拿。",
                    en: "Put the card back, press “Try again”, and wait until it is read.")
            )
        case .cardUnreadable:
            (
                .init(zh: "\(card)没有读出来", en: "The card could not be read"),
                .init(
                    zh: "请\(layWell.zh)，按“再试一次”。", en: "\(layWell.en), and press “Try again”.")
            )
        case .cardUnsupported:
            (
                .init(zh: "这张卡在这里不能用", en: "This card cannot be used here"),
                .init(zh: "请用\(usable.zh)，按“再试一次”。", en: "Use \(usable.en), and press “Try again”.")
            )
        case .cardExpired:
            (
                .init(zh: "这张\(card)过期了", en: "This card has expired"),
                .init(
                    zh: "过期的不能用。请先去换新的；已经换了的，用新的再试一次。",
                    en: "An expired card cannot be used. If you have the new one, use that and try again.")
            )
        case .cardAlreadyUsed:
            (
                .init(zh: "这张身份证已经用过了", en: "This card was already used here"),
                .init(zh: "请放另一个人的身份证，按“再试一次”。", en: "Put the other person’s card on the reader and press “Try again”.")
            )
        case .cardNotAccepted:
            (
                .init(zh: "这一步不能用这种卡", en: "This step takes another kind of card"),
                .init(zh: "请用屏幕上说的那种卡，按“再试一次”。", en: "Use the kind of card named on the screen, and press “Try again”.")
            )
        case .photoUndecoded:
            (
                .init(zh: "证件上的照片在这里显示不出来", en: "The card’s photograph cannot be shown here"),
                .init(zh: "不影响办理。", en: "This does not matter for your application.")
            )
        case .faceNotFound:
            (
                .init(zh: "没有看清您的脸", en: "Your face could not be seen clearly"),
                .init(zh: "请站正，看着摄像头，按“再试一次”。", en: "Stand straight, look at the camera, and press “Try again”.")
            )
        case .faceMatcherFailed:
            (
                .init(zh: "机器现在不能核对本人", en: "The kiosk cannot check the holder now"),
                .init(zh: "请工作人员来核对。", en: "Staff will check instead.")
            )
        case .cameraMissing:
            (
                .init(zh: "这台机器没有接摄像头", en: "This kiosk has no camera connected"),
                .init(zh: "请换旁边一台机器拍。", en: "Please use another kiosk to photograph your papers.")
            )
        case .cameraLost:
            (
                .init(zh: "摄像头刚才断开了", en: "The camera was disconnected"),
                .init(
                    zh: "拍好的照片都还在。请等几秒钟，再拍一次。",
                    en: "The pictures you took are kept. Wait a few seconds and take it again.")
            )
        case .cameraSilent:
            (
                .init(zh: "摄像头没有反应", en: "The camera does not answer"),
                .init(zh: "材料放着不动，再拍一次。", en: "Leave the paper where it is and take the picture again.")
            )
        case .pageBlank:
            (
                .init(zh: "照片上没有看到字", en: "There is no writing in the picture"),
                .init(
                    zh: "请把有字的一面朝上，放在摄像头正下面，再拍一次。",
                    en: "Turn the written side up, put it right under the camera, and take it again.")
            )
        case .printerMissing:
            (
                .init(zh: "这台机器没有接打印机", en: "This kiosk has no printer connected"),
                .init(zh: "请先不要走，让工作人员帮您换一台打印。", en: "Please stay here. Staff can print it for you elsewhere.")
            )
        case .printerStopped:
            (
                .init(zh: "打印机停下来了", en: "The printer has stopped"),
                .init(zh: "请等一会儿，再按“再打印一次”。", en: "Wait a little, then press “Print again”.")
            )
        case .paperOut:
            (
                .init(zh: "打印机没有纸了", en: "The printer is out of paper"),
                .init(zh: "加了纸，按“再打印一次”。", en: "Once paper is added, press “Print again”.")
            )
        case .paperJam:
            (
                .init(zh: "打印机卡纸了", en: "Paper is jammed in the printer"),
                .init(
                    zh: "请不要自己拉纸，等人取出来，再按“再打印一次”。",
                    en: "Please do not pull it. Once it is cleared, press “Print again”.")
            )
        case .coverOpen:
            (
                .init(zh: "打印机的盖子没有关好", en: "The printer’s cover is open"),
                .init(zh: "盖子关好以后，按“再打印一次”。", en: "Once the cover is closed, press “Print again”.")
            )
        case .tonerOut:
            (
                .init(zh: "打印机没有墨了", en: "The printer is out of toner"),
                .init(zh: "换了墨，按“再打印一次”。", en: "Once the toner is changed, press “Print again”.")
            )
        case .printRejected:
            (
                .init(zh: "打印机没有收下这张纸的内容", en: "The printer did not accept this document"),
                .init(zh: "请按“再打印一次”。", en: "Press “Print again”.")
            )
        case .officeUnreachable:
            (
                .init(zh: "现在连不上部门的系统", en: "The office cannot be reached right now"),
                .init(zh: "您填的内容还在。请过一会儿按“再试一次”。", en: "Your answers are kept. Wait a little, then press “Try again”.")
            )
        case .officeRefused:
            (
                .init(zh: "部门的系统没有接受这次查询", en: "The office did not accept this question"),
                .init(zh: "请按“上一步”看看填得对不对，再试一次。", en: "Press “Back” to check your answers, then try again.")
            )
        case .recordNotFound:
            (
                .init(zh: "没有查到您的记录", en: "No record of yours was found"),
                .init(
                    zh: "请按“上一步”看看条件对不对。都对，可能是部门没有登记，请到窗口问。",
                    en:
                        "Press “Back” to check what you asked for. If it is right, please ask at the window."
                )
            )
        case .paymentClosed:
            (
                .init(zh: "这个付款码过期了，没有付成", en: "This payment code has expired and was not paid"),
                .init(zh: "您的钱没有扣。请按“再试一次”，换一个新的付款码。", en: "No money was taken. Press “Try again” for a new code.")
            )
        case .storeFull:
            (
                .init(zh: "这台机器存满了", en: "This kiosk is full"),
                .init(
                    zh: "请先不要走，这台机器现在存不下您的申请。",
                    en: "Please stay here. This kiosk cannot store your application at the moment.")
            )
        case .storeFailed:
            (
                .init(zh: "没有保存成功", en: "Saving did not work"),
                .init(
                    zh: "请按“再试一次”。没有看到“收下”，就还没有交上。",
                    en: "Press “Try again”. It is not handed in until you see that it is accepted.")
            )
        case .timedOut:
            (
                .init(zh: "等了太久，没有完成", en: "It took too long and was stopped"),
                .init(zh: "您填的内容还在，请再试一次。", en: "Your answers are kept. Please try again.")
            )
        }
    }
}
