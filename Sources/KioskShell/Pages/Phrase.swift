/// The shell's own words: every phrase in every language, under a stable key.

import KioskCore

/// A phrase by its key. The switch in `text` makes the table complete at compile time.
///
/// `{1}`, `{2}` stand for values given by the page. The raw value is the key of a recorded voice clip.
enum Phrase: String, CaseIterable, Sendable {
    // The bar
    case back, startOver, callStaff, staffCalled, otherLanguage, largeText, standardText

    // Calls to staff
    case staffCalling, staffRinging, staffAcknowledged, staffClosed, staffFailed
    case cancelCall, dismissCall

    // Dialogs
    case startOverTitle, startOverText, startOverConfirm, startOverCancel
    case idleTitle, idleText, idleTextAccepted, goOn

    // Shared
    case next, backToReview, retry, yes, no, notFilledIn
    case problemsTitle, problemsText
    case whoHelpsTitle, whoHelpsCitizen, whoHelpsHallStaff, whoHelpsTechnician

    // Welcome
    case welcomeTitle, welcomeText, welcomeEmpty, unavailableTitle, unavailableText, resume, tileDetail, tileShort
    case waySearch, waySearchDetail, wayEvents, wayEventsDetail, wayDepartments, wayDepartmentsDetail
    case wayPerson, wayPersonDetail, wayEnterprise, wayEnterpriseDetail
    case farewellIdleTitle, farewellIdleText, farewellFinishedTitle, farewellFinishedText
    case farewellStartedOverTitle, farewellStartedOverText, farewellNothingTitle, farewellNothingText
    case resumeTitle, resumeCardTitle, resumeCardText, resumeWorkingText

    // Finding a matter
    case searchTitle, searchLabel, searchHint, searchNothingTitle, searchNothingText, searchGuideTitle, searchGuideLabel
    case findDepartmentsTitle, findEventsTitle, findTwo, findOne, findCount, findPage, pageNext, pagePrevious

    // Notice
    case noticeTitle, noticeDepartment, noticeTimeLimit, onTheSpot, oneWorkday, workdays, noticeFee, free, yuan,
        noticeBasis
    case noticeMaterials, noticeNoMaterials, materialRequired, materialConditional, materialDeferrable
    case materialCard, materialAgentCard, materialEntryCards
    case noticePrivacy, privacyWho, privacyWhoNoCard, privacyStay, privacyPowerCut, noticeDetails
    case noticeUnreviewed
    case noticeAudience, audiencePerson, audienceEnterprise, audienceBoth
    case audienceIdentity, identityNone, identityCard, identityLicence, identityAgent, feeByCase
    case identityEitherCard, identityChipCard
    case agree, openChecklist, openSample, openGuide
    case consentTitle, consentText, consentAgree, consentDisagree

    // Cards
    case identifyTitle, identifyWaitingTitle, identifyWaitingText, readingTitle, readingText, readTitle, readText
    case identifyEitherTitle, identifyEitherWaitingTitle, identifyEitherWaitingText
    case identifyChipTitle, identifyChipWaitingTitle, identifyChipWaitingText
    case readingAnyTitle, readingAnyText, readAnyTitle, readAnyText, rowCardKind
    case principalTitle, principalWaitingTitle, principalWaitingText

    // Holder and card
    case holderFaceTitle, holderFaceReadyTitle, holderFaceReadyText, holderFaceAgainTitle, holderFaceAgainText
    case holderFaceWorkingTitle, holderFaceWorkingText, holderStart, holderStartAgain, holderAskStaff
    case holderStaffTitle, holderCallingTitle, holderRingingTitle, holderComingTitle, holderStaffText
    case holderNoStaffTitle, holderNoStaffText, holderDoneTitle, holderDoneText
    case holderPortrait, holderNoPortrait
    case rowName, rowSex, rowNation, rowBirthDate, rowNumber
    case agentTitle, agentQuestion, agentSelf, agentOther, agentHint

    // Forms
    case hintNumber, hintMoney, hintDate, hintMonth, hintPhone, hintAddress, hintIDNumber, hintOptional
    case hintDecimal, hintDateTime, hintCreditCode, hintBankCard, hintSample, hintBetween, hintAtLeast, hintAtMost
    case labelUnit, prefilledCard, prefilledRecord
    case listEmpty, listPerson, listRecord, listRemove, listRemoveLabel, listAddPerson, listAddRecord
    case entryTitlePerson, entryTitleRecord, entryWaitingTitle, entryWaitingText, entryByHand, entrySave
    case problemMissing, problemMissingChoice, problemNumber, problemMoney, problemDate, problemMonth, problemPhone
    case problemLength, problemCheckDigit, problemTooLong, problemNotAllowed, problemEmptyList, problemSignature
    case problemDateTime, problemWhole, problemDecimals, problemMinimum, problemMaximum, problemCreditCode
    case problemBankCard, problemNothingGiven

    // Capture
    case captureTitle, captureTitleFor, captureLay, captureWaitingTitle, captureWaitingText
    case captureWorkingTitle, captureWorkingText, captureDoneTitle, captureDoneText
    case picture, pictureRemove, takePicture, takeAnother, takeAgain
    case handInLater, deferTitle, deferText, deferredTitle, deferredText, captureNow

    // Records of the office
    case lookupTitle, lookupWorkingTitle, lookupWorkingText, lookupDoneTitle, lookupDoneText
    case previewTitle, previewText, previewIssuer, previewHolder, printCertificate
    case previewTitleOnly, previewTextOnly, lookupGoOn, lookupGoOnTitle, lookupGoOnText

    // Paying and rating
    case paymentTitle, paymentFor, paymentAmount, paymentScan, paymentWaitTitle, paymentWaitText, paymentStop
    case paymentPendingTitle, paymentPendingText, paymentCheck, paymentGoOn, paymentAskingTitle, paymentAskingText
    case paymentPaidTitle, paymentPaidText, paymentOrderTitle, paymentOrderText, paymentGiveUp
    case paymentHeading, paymentRowPaid, paymentRowPending
    case ratingTitle, ratingQuestion, grade5, grade4, grade3, grade2, grade1, ratingReasons, ratingSkip, ratingSend
    case reasonSlow, reasonHard, reasonPapers, reasonBroken, reasonUnhelpful, reasonOther

    // Pages beside the flow
    case checklistTitle, checklistText, checklistReasons, checklistOpen, checklistPapers
    case itemPresent, itemMissing, itemSometimes, itemNote
    case sampleTitle, sampleText, sampleByCase
    case guideTitle, guideQuestion, sidePrint, sideClose

    // Review and signature
    case reviewTitle, reviewText, reviewPeople, reviewApplicant, reviewAgent, reviewMaterials, reviewNotes, change
    case person, materialPages, materialOnePage, materialFromCard, materialDeferred, materialMissing, materialFor
    case reviewMissingTitle, reviewMissingText
    case signTitle, signer, signField, signHint, signAndSubmit

    // Submit and print
    case submitTitle, submitWorkingTitle, submitWorkingText, submitDoneTitle, submitDoneText
    case submitFailedTitle, submitKeptTitle, submitKeptText
    case acceptedTitle, acceptedNoticeTitle, acceptedNoticeText, acceptedUnpaidTitle, acceptedUnpaidText
    case receiptNumber, acceptedQR, acceptedAt
    case resultBy, resultWorkdays, acceptedDeferred, acceptedDeferredItem
    case printWaitingTitle, printWaitingText, printWorkingTitle, printWorkingText, printDoneTitle, printDoneText
    case printFaultAcceptedTitle, printFaultAcceptedText, printFaultIssuedTitle, printFaultIssuedText, printAgain
    case issuedTitle, issuedNumber, issuedQR, finishTaken, finishWithoutPaper
    case finishTitle, finishNoticeTitle, finishNoticeText, finish

    // Flows that end early
    case rejectedTitle, rejectedNoticeTitle, rejectedNoticeText, rejectedReason, rejectedNext, goBackAndChange
    case endHere, windowTitle, windowNoticeTitle, windowNoticeText, windowNext
    case handOver, handOverText, handedOverTitle, handedOverNumber, handedOverNoticeTitle, handedOverNoticeText
    case guidePaperTitle, guidePaperMatter

    // Sex
    case sexMale, sexFemale, sexUnknown, sexNotStated

    var text: Localized {
        switch self {
        case .back: .init(zh: "上一步", en: "Back")
        case .startOver: .init(zh: "重新开始", en: "Start over")
        case .callStaff: .init(zh: "呼叫工作人员", en: "Call staff")
        case .staffCalled: .init(zh: "已呼叫", en: "Staff called")
        case .otherLanguage: .init(zh: "English", en: "中文")
        case .largeText: .init(zh: "大字", en: "Large text")
        case .standardText: .init(zh: "标准字", en: "Normal text")

        case .staffCalling: .init(zh: "正在呼叫工作人员，请稍等。", en: "Calling staff. Please wait a moment.")
        case .staffRinging:
            .init(
                zh: "铃已经响了，还没有人应答。您可以一边等一边办。",
                en: "The bell has rung. Nobody has answered yet. You can go on while you wait.")
        case .staffAcknowledged:
            .init(zh: "工作人员已经应答，正在过来。请在这里等。", en: "A member of staff is on the way. Please wait here.")
        case .staffClosed: .init(zh: "工作人员已结束这次呼叫。", en: "Staff have closed this call.")
        case .staffFailed:
            .init(
                zh: "没有呼叫成功。请再按一次，或者直接到服务台找人。",
                en: "The call did not go through. Press again, or go to the service desk.")
        case .cancelCall: .init(zh: "不用来了", en: "Cancel the call")
        case .dismissCall: .init(zh: "知道了", en: "OK")

        case .startOverTitle: .init(zh: "要重新开始吗？", en: "Start over?")
        case .startOverText:
            .init(
                zh: "您填的内容和拍的照片都会删除，不能恢复。",
                en: "Everything you entered and every picture will be deleted for good.")
        case .startOverConfirm: .init(zh: "是，全部删除", en: "Yes, delete everything")
        case .startOverCancel: .init(zh: "不，继续办理", en: "No, go on")
        case .idleTitle: .init(zh: "您还在吗？", en: "Are you still there?")
        case .idleText:
            .init(
                zh: "时间到了，您填的内容会删除，别人看不到您的信息。还要办，请按“继续办理”。",
                en: "When the time is up, what you entered is deleted so that nobody sees it. To stay, press “Go on”.")
        case .idleTextAccepted:
            .init(
                zh: "时间到了，屏幕会清空。您已经办成的事不受影响。请拿好身份证和打印的纸。",
                en: "When the time is up, the screen is cleared. What you have done here stays done. "
                    + "Please take your card and your paper.")
        case .goOn: .init(zh: "继续办理", en: "Go on")

        case .next: .init(zh: "下一步", en: "Next")
        case .backToReview: .init(zh: "改好了，回去核对", en: "Done, back to the check page")
        case .retry: .init(zh: "再试一次", en: "Try again")
        case .yes: .init(zh: "是", en: "Yes")
        case .no: .init(zh: "否", en: "No")
        case .notFilledIn: .init(zh: "没有填", en: "Not filled in")
        case .problemsTitle: .init(zh: "有 {1} 处要改一下", en: "Please correct {1} of your answers")
        case .problemsText: .init(zh: "请看：{1}。其他内容都还在。", en: "Please look at: {1}. Everything else is kept.")
        case .whoHelpsTitle: .init(zh: "谁来帮您", en: "Who can help")
        case .whoHelpsCitizen:
            .init(
                zh: "您自己再试一次就行。还是不行，请按“呼叫工作人员”，大厅工作人员会来帮您。",
                en: "You can try again yourself. If it still fails, press “Call staff” and hall staff will help you.")
        case .whoHelpsHallStaff:
            .init(
                zh: "请按“呼叫工作人员”，大厅工作人员会过来处理。",
                en: "Press “Call staff”. Hall staff will come and put it right.")
        case .whoHelpsTechnician:
            .init(
                zh: "这要维修人员来修。请按“呼叫工作人员”，大厅工作人员会带您换一台机器。",
                en: "A technician has to repair this. Press “Call staff” and hall staff will take you to another kiosk."
            )

        case .welcomeTitle: .init(zh: "您好，请选您要办的事", en: "Hello. What would you like to do?")
        case .welcomeText:
            .init(zh: "一页一个问题，不用着急。请带好身份证。", en: "One question at a time, no hurry. Have your ID card with you.")
        case .welcomeEmpty:
            .init(
                zh: "这台机器现在没有可办的事项。请到服务台找工作人员。",
                en: "Nothing can be done at this kiosk right now. Please ask at the service desk.")
        case .unavailableTitle: .init(zh: "有的事项今天在这里不能办", en: "Some matters cannot be done here today")
        case .unavailableText: .init(zh: "请到窗口办：{1}", en: "Please go to a window for: {1}")
        case .resume: .init(zh: "接着办没办完的事", en: "Continue what I began")
        case .tileDetail: .init(zh: "{1}{2}，{3}，{4}。", en: "{1} ({2} / {3} / {4})")
        case .tileShort: .init(zh: "{1}{2}，{3}。", en: "{1} ({2} / {3})")
        case .waySearch: .init(zh: "搜索", en: "Search")
        case .waySearchDetail: .init(zh: "写几个字找", en: "Type a few words")
        case .wayEvents: .init(zh: "遇到什么事", en: "Life event")
        case .wayEventsDetail: .init(zh: "开店、退休……", en: "A child, a shop …")
        case .wayDepartments: .init(zh: "按部门找", en: "By department")
        case .wayDepartmentsDetail: .init(zh: "公安、社保……", en: "Police, health …")
        case .wayPerson: .init(zh: "个人办事", en: "People")
        case .wayPersonDetail: .init(zh: "自己或家里人", en: "You, your family")
        case .wayEnterprise: .init(zh: "企业办事", en: "Enterprises")
        case .wayEnterpriseDetail: .init(zh: "公司、店铺、单位", en: "Company, shop …")
        case .farewellIdleTitle: .init(zh: "屏幕已经清空", en: "The screen was cleared")
        case .farewellIdleText:
            .init(zh: "为了保护您，没交上去的内容都删除了。", en: "What was not handed in has been deleted.")
        case .farewellFinishedTitle: .init(zh: "办完了，谢谢您", en: "All done. Thank you")
        case .farewellFinishedText:
            .init(zh: "请看一眼，身份证和打印的纸都拿好了吗？", en: "Please check that you have your card and your paper.")
        case .farewellStartedOverTitle: .init(zh: "已经回到首页", en: "You are back at the start")
        case .farewellStartedOverText: .init(zh: "您的信息没有留在这里。", en: "Nothing you entered has been kept.")
        case .farewellNothingTitle: .init(zh: "没有找到没办完的事", en: "Nothing was found to continue")
        case .farewellNothingText:
            .init(
                zh: "内容只在原来那台机器上留 {1} 分钟。请重新选。",
                en: "Work is kept for {1} minutes, only on the kiosk you used.")
        case .resumeTitle: .init(zh: "接着办没办完的事", en: "Continue what you began")
        case .resumeCardTitle: .init(zh: "请放上您的身份证", en: "Put your ID card on the reader")
        case .resumeCardText:
            .init(
                zh: "要用您开始办的时候那张身份证。只有这张卡能打开您的内容。",
                en: "Use the card you began with. Only that card opens what you entered.")
        case .resumeWorkingText: .init(zh: "正在读卡、找您的内容，请不要拿开身份证。", en: "Reading. Please leave the card where it is.")

        case .searchTitle: .init(zh: "搜索要办的事", en: "Search")
        case .searchLabel: .init(zh: "您要办什么", en: "What would you like to do")
        case .searchHint:
            .init(
                zh: "写几个字，或者写拼音的第一个字母，也可以写编号",
                en: "A few words, the first letters of the pinyin, or a code")
        case .searchNothingTitle: .init(zh: "没有找到", en: "Nothing was found")
        case .searchNothingText:
            .init(
                zh: "换个说法，少写几个字再试试。也可以用别的办法找，或者按“呼叫工作人员”。",
                en: "Try other or fewer words, look another way, or press “Call staff”.")
        case .searchGuideTitle: .init(zh: "请选要打印哪件事", en: "Which matter should be printed?")
        case .searchGuideLabel: .init(zh: "想打印哪件事的", en: "The matter to print for")
        case .findDepartmentsTitle: .init(zh: "请选部门", en: "Choose a department")
        case .findEventsTitle: .init(zh: "您遇到了什么事？", en: "What has happened?")
        case .findTwo: .init(zh: "{1}：{2}", en: "{1}: {2}")
        case .findOne: .init(zh: "1 件事", en: "1 matter")
        case .findCount: .init(zh: "{1} 件事", en: "{1} matters")
        case .findPage: .init(zh: "{1}（第 {2} 页，共 {3} 页）", en: "{1} (page {2} of {3})")
        case .pageNext: .init(zh: "下一页", en: "Next page")
        case .pagePrevious: .init(zh: "上一页", en: "Previous page")

        case .noticeTitle: .init(zh: "办理前请先看一下", en: "Before you begin")
        case .noticeDepartment: .init(zh: "哪个部门办", en: "Department")
        case .noticeTimeLimit: .init(zh: "多久办好", en: "How long it takes")
        case .onTheSpot: .init(zh: "当场办好", en: "On the spot")
        case .oneWorkday: .init(zh: "1 个工作日", en: "1 working day")
        case .workdays: .init(zh: "{1} 个工作日", en: "{1} working days")
        case .noticeFee: .init(zh: "要多少钱", en: "Fee")
        case .free: .init(zh: "不收费", en: "Free")
        case .yuan: .init(zh: "{1}元", en: "{1} yuan")
        case .noticeBasis: .init(zh: "办理依据", en: "Legal basis")
        case .noticeMaterials: .init(zh: "请准备好这些", en: "What you need to have with you")
        case .noticeNoMaterials: .init(zh: "不用带别的材料", en: "No other papers are needed")
        case .materialRequired: .init(zh: "一定要有", en: "always needed")
        case .materialConditional: .init(zh: "有的情况才要，办的时候会告诉您", en: "needed in some cases; we will tell you")
        case .materialDeferrable: .init(zh: "今天没带可以过几天补", en: "can be handed in later")
        case .materialCard: .init(zh: "带原件，放在机器上读", en: "bring the card itself; the kiosk reads it")
        case .materialAgentCard:
            .init(zh: "替别人办才要，带您自己的原件", en: "only if you act for someone else; bring your own card")
        case .materialEntryCards:
            .init(zh: "每人一张，能读卡就不用拍照", en: "one for each person; read on the reader or photographed")
        case .noticePrivacy: .init(zh: "您的个人信息", en: "Your personal data")
        case .privacyWho:
            .init(
                zh: "读您的身份证、您填的和您拍的，只交给{1}，只为办这件事。",
                en: "Your ID card, answers and pictures go to the {1} alone, for this matter alone.")
        case .privacyWhoNoCard:
            .init(zh: "不读身份证。您填的只交给{1}。", en: "No ID card is read. Your answers go to the {1} alone.")
        case .privacyStay:
            .init(
                zh: "送到部门后，就从机器上删除；不办了，马上删除。",
                en: "They are deleted here once the office has them, and at once if you stop.")
        case .privacyPowerCut:
            .init(
                zh: "停电时加密保存 {1} 分钟，只有您的身份证能打开。",
                en: "After a power cut they stay encrypted for {1} minutes; only your card opens them.")
        case .noticeDetails: .init(zh: "办理说明", en: "About this matter")
        case .noticeUnreviewed:
            .init(
                zh: "说明：本页内容还在等主管部门核对，有不一样的，以窗口答复为准。",
                en: "Please note: the office has yet to check this page. If in doubt, the window’s answer counts.")
        case .noticeAudience: .init(zh: "谁可以办", en: "Who may apply")
        case .audiencePerson: .init(zh: "个人", en: "People")
        case .audienceEnterprise: .init(zh: "企业、单位", en: "Enterprises and organisations")
        case .audienceBoth: .init(zh: "个人、企业和单位都可以", en: "People, enterprises and organisations")
        case .audienceIdentity: .init(zh: "{1}；{2}", en: "{1}; {2}")
        case .identityNone: .init(zh: "不用身份证", en: "no ID card needed")
        case .identityCard: .init(zh: "带身份证来", en: "bring your ID card")
        case .identityEitherCard:
            .init(zh: "带身份证或社保卡来", en: "bring your ID card or your social security card")
        case .identityChipCard: .init(zh: "带社保卡来", en: "bring your social security card")
        case .identityLicence:
            .init(zh: "经办人带身份证和营业执照来", en: "bring your ID card and the business licence")
        case .identityAgent:
            .init(
                zh: "本人来，也可以让别人代办，要带两个人的身份证",
                en: "in person, or by someone who brings both ID cards")
        case .feeByCase: .init(zh: "按情况算，付款前会告诉您", en: "Depends on your case; told before you pay")
        case .agree: .init(zh: "同意并开始", en: "Agree, begin")
        case .openChecklist: .init(zh: "材料清单", en: "Papers")
        case .openSample: .init(zh: "看样表", en: "Sample")
        case .openGuide: .init(zh: "常见问题", en: "Questions")
        case .consentTitle: .init(zh: "请看清楚，想好再选", en: "Please read this and take your time")
        case .consentText:
            .init(
                zh: "同意，就接着办。不同意也没关系，会告诉您到哪里办。",
                en: "If you agree, we go on. If not, that is fine: you are told where to go instead.")
        case .consentAgree: .init(zh: "我同意", en: "I agree")
        case .consentDisagree: .init(zh: "我不同意", en: "I do not agree")

        case .identifyTitle: .init(zh: "请放身份证", en: "Your ID card")
        case .identifyWaitingTitle: .init(zh: "请把您的身份证放在读卡区", en: "Put your ID card on the reader")
        case .identifyWaitingText:
            .init(
                zh: "放平，手拿开。读好了，自动到下一步。",
                en: "Lay it flat and let go. The kiosk goes on by itself once it is read.")
        case .readingTitle: .init(zh: "正在读身份证", en: "Reading the card")
        case .readingText: .init(zh: "请不要拿开身份证。", en: "Please leave the card where it is.")
        case .readTitle: .init(zh: "身份证读好了", en: "The card has been read")
        case .readText: .init(zh: "您可以把身份证拿回去了。", en: "You can take the card back now.")
        case .identifyEitherTitle: .init(zh: "请放身份证，或插社保卡", en: "Your ID card or social security card")
        case .identifyEitherWaitingTitle:
            .init(
                zh: "请把身份证放在读卡区，或把社保卡插进卡槽",
                en: "ID card on the reader, or social security card into the slot")
        case .identifyEitherWaitingText:
            .init(
                zh: "两张卡用一张就行。身份证放平，手拿开；社保卡有芯片的一头朝里、芯片朝上，插到底。",
                en: "One of them is enough. The social security card goes in chip end first, chip up.")
        case .identifyChipTitle: .init(zh: "请插社保卡", en: "Your social security card")
        case .identifyChipWaitingTitle:
            .init(zh: "请把您的社保卡插进卡槽", en: "Put your social security card into the slot")
        case .identifyChipWaitingText:
            .init(
                zh: "有芯片的一头朝里，芯片朝上，插到底。读好了，自动到下一步。",
                en: "Chip end first, chip up, until it stops. The kiosk goes on by itself once it is read.")
        case .readingAnyTitle: .init(zh: "正在读卡", en: "Reading the card")
        case .readingAnyText: .init(zh: "请不要动卡，也不要拔出来。", en: "Please leave the card where it is.")
        case .readAnyTitle: .init(zh: "卡读好了", en: "The card has been read")
        case .readAnyText: .init(zh: "您可以把卡拿回去了。", en: "You can take the card back now.")
        case .rowCardKind: .init(zh: "用的卡", en: "Card")

        case .holderFaceTitle: .init(zh: "请看摄像头", en: "Look at the camera")
        case .holderFaceReadyTitle: .init(zh: "核对证件是不是您本人的", en: "Is the card yours?")
        case .holderFaceReadyText:
            .init(
                zh: "按“开始核对”，机器拍一张您的脸，和证件上的照片比一比。比完就删，不保存。不想拍，可以请工作人员核对。",
                en:
                    "Press “Start”: your face is compared with the photograph on the card. The picture is not kept. You may ask staff instead."
            )
        case .holderFaceAgainTitle: .init(zh: "这次没有对上", en: "It did not match this time")
        case .holderFaceAgainText:
            .init(
                zh: "请摘下帽子、口罩，站正，看着摄像头。还可以试 {1} 次；对不上，工作人员来核对。",
                en:
                    "Take off hat and mask, stand straight, look at the camera. Tries left: {1}. After that, staff will check."
            )
        case .holderFaceWorkingTitle: .init(zh: "正在核对", en: "Comparing")
        case .holderFaceWorkingText: .init(zh: "请看着摄像头，不要动。", en: "Look at the camera and keep still.")
        case .holderStart: .init(zh: "开始核对", en: "Start")
        case .holderStartAgain: .init(zh: "再核对一次", en: "Compare again")
        case .holderAskStaff: .init(zh: "请工作人员核对", en: "Ask staff instead")
        case .holderStaffTitle: .init(zh: "请工作人员核对本人", en: "Staff check that the card is yours")
        case .holderCallingTitle: .init(zh: "正在请工作人员", en: "Calling staff")
        case .holderRingingTitle: .init(zh: "已经通知工作人员，请在这里等", en: "Staff have been called. Please wait here")
        case .holderComingTitle: .init(zh: "工作人员正在过来", en: "A member of staff is coming")
        case .holderStaffText:
            .init(
                zh: "请把证件拿在手里。工作人员看一看您和证件，您就可以接着办。",
                en: "Have your card ready. Staff look at you and the card, and then you go on.")
        case .holderNoStaffTitle: .init(zh: "现在叫不到工作人员", en: "Staff cannot be called from here now")
        case .holderNoStaffText:
            .init(
                zh: "旁边有工作人员，请招呼一声，再按“再试一次”。等不到，就按“{1}”，到窗口去办。",
                en: "If staff are near, wave to them and press “Try again”. Otherwise press “{1}”.")
        case .holderDoneTitle: .init(zh: "核对好了", en: "Confirmed")
        case .holderDoneText: .init(zh: "证件是您本人的。", en: "The card is yours.")
        case .holderPortrait: .init(zh: "证件上的照片", en: "The photograph on the card")
        case .holderNoPortrait:
            .init(
                zh: "证件照片在这里显示不出来，请工作人员看证件。",
                en: "The card’s photograph cannot be shown here. Staff: please look at the card itself.")
        case .principalTitle: .init(zh: "请放委托您的人的身份证", en: "The card of the person you act for")
        case .principalWaitingTitle: .init(zh: "请换成委托您的人的身份证", en: "Now put that person’s ID card on the reader")
        case .principalWaitingText:
            .init(
                zh: "先拿走您自己的身份证，再把对方的身份证放平，手拿开。",
                en: "Take your own card away first. Then lay the other card flat and let go.")
        case .rowName: .init(zh: "姓名", en: "Name")
        case .rowSex: .init(zh: "性别", en: "Sex")
        case .rowNation: .init(zh: "民族", en: "Ethnic group")
        case .rowBirthDate: .init(zh: "出生日期", en: "Date of birth")
        case .rowNumber: .init(zh: "身份证号码", en: "ID number")
        case .agentTitle: .init(zh: "为谁办", en: "Who is it for?")
        case .agentQuestion: .init(zh: "这件事，您是为谁办？", en: "Are you doing this for yourself?")
        case .agentSelf: .init(zh: "为我自己办", en: "Yes, for myself")
        case .agentOther: .init(zh: "替别人办", en: "No, for someone else")
        case .agentHint:
            .init(
                zh: "替别人办，需要那个人的身份证原件和他签名的授权委托书。",
                en: "To act for someone else you need that person’s ID card and a letter of authorisation they signed.")

        case .hintNumber: .init(zh: "只填数字", en: "Digits only")
        case .hintMoney: .init(zh: "单位是元，例如 5000 或 5000.50", en: "In yuan, for example 5000 or 5000.50")
        case .hintDate: .init(zh: "按 年-月-日 填，例如 2026-11-21", en: "Year-month-day, for example 2026-11-21")
        case .hintMonth: .init(zh: "按 年-月 填，例如 2026-11", en: "Year-month, for example 2026-11")
        case .hintPhone: .init(zh: "手机号码，11 位数字", en: "Mobile number, 11 digits")
        case .hintAddress: .init(zh: "写到门牌号", en: "Down to the door number")
        case .hintIDNumber: .init(zh: "18 位，最后一位可能是 X", en: "18 characters; the last may be X")
        case .hintOptional: .init(zh: "可以不填", en: "Optional")
        case .hintDecimal: .init(zh: "可以有小数点", en: "A decimal point is allowed")
        case .hintDateTime:
            .init(zh: "按 年-月-日 时:分 填，例如 2026-11-21 09:30", en: "Day and time, for example 2026-11-21 09:30")
        case .hintCreditCode:
            .init(zh: "18 位，在营业执照上，字母用大写", en: "18 characters, on the business licence")
        case .hintBankCard: .init(zh: "银行卡正面的长号码", en: "The long number on the front of the card")
        case .hintSample: .init(zh: "例如：{1}", en: "For example: {1}")
        case .hintBetween: .init(zh: "从 {1} 到 {2}", en: "From {1} to {2}")
        case .hintAtLeast: .init(zh: "最少 {1}", en: "At least {1}")
        case .hintAtMost: .init(zh: "最多 {1}", en: "At most {1}")
        case .labelUnit: .init(zh: "{1}（{2}）", en: "{1} ({2})")
        case .prefilledCard: .init(zh: "照身份证填好了，不对可以改", en: "From your ID card; correct it if it is wrong")
        case .prefilledRecord:
            .init(zh: "照部门的登记填好了，不对可以改", en: "From the office’s record; correct it if it is wrong")
        case .listEmpty: .init(zh: "还没有添加。请按“{1}”。", en: "Nothing here yet. Press “{1}”.")
        case .listPerson: .init(zh: "第 {1} 位", en: "Person {1}")
        case .listRecord: .init(zh: "第 {1} 条", en: "Entry {1}")
        case .listRemove: .init(zh: "删除", en: "Remove")
        case .listRemoveLabel: .init(zh: "{1}不要了", en: "Take {1} off the list")
        case .listAddPerson: .init(zh: "添加一位", en: "Add a person")
        case .listAddRecord: .init(zh: "添加一条", en: "Add an entry")
        case .entryTitlePerson: .init(zh: "{1}：第 {2} 位", en: "{1}: person {2}")
        case .entryTitleRecord: .init(zh: "{1}：第 {2} 条", en: "{1}: entry {2}")
        case .entryWaitingTitle: .init(zh: "请放这个人的身份证", en: "Put this person’s ID card on the reader")
        case .entryWaitingText:
            .init(
                zh: "读了卡，姓名和号码就不用打字。没带卡，请按“{1}”。",
                en: "Reading the card saves typing the name and number. No card? Press “{1}”.")
        case .entryByHand: .init(zh: "没有卡，自己填", en: "No card, type instead")
        case .entrySave: .init(zh: "保存", en: "Save")
        case .problemMissing: .init(zh: "这里还没有填", en: "Please fill this in")
        case .problemMissingChoice: .init(zh: "这里还没有选", en: "Please choose here")
        case .problemNumber: .init(zh: "这里要填数字", en: "This must be a number")
        case .problemMoney:
            .init(zh: "这里要填多少元，最多两位小数", en: "This must be an amount in yuan, with at most two decimals")
        case .problemDate:
            .init(zh: "没有这个日期，请按 2026-11-21 的样子填", en: "There is no such date. Please use the form 2026-11-21")
        case .problemMonth:
            .init(zh: "没有这个月份，请按 2026-11 的样子填", en: "There is no such month. Please use the form 2026-11")
        case .problemPhone: .init(zh: "手机号码是 11 位，请再看一下", en: "A mobile number has 11 digits. Please check")
        case .problemLength: .init(zh: "位数不对，请对照原件数一数", en: "The length is wrong. Please count against the original")
        case .problemCheckDigit:
            .init(zh: "有一位号码不对，请对照身份证看一下", en: "One character is wrong. Please compare with the card")
        case .problemTooLong: .init(zh: "太长了，最多 {1} 个字", en: "Too long: at most {1} characters")
        case .problemNotAllowed: .init(zh: "这里不能这样填，请再看一下", en: "This cannot be used here. Please check")
        case .problemEmptyList: .init(zh: "至少要添加一个", en: "Please add at least one")
        case .problemSignature:
            .init(zh: "和您身份证的最后四位不一样，请再看一下", en: "This is not how your card number ends. Please check")

        case .problemDateTime:
            .init(
                zh: "没有这个时间，请按 2026-11-21 09:30 的样子填",
                en: "There is no such time. Please use the form 2026-11-21 09:30")
        case .problemWhole: .init(zh: "这里填整数，不要小数", en: "Please enter a whole number")
        case .problemDecimals: .init(zh: "小数点后面最多 {1} 位", en: "At most {1} digits after the point")
        case .problemMinimum: .init(zh: "太小了，最少 {1}", en: "Too small: at least {1}")
        case .problemMaximum: .init(zh: "太大了，最多 {1}", en: "Too large: at most {1}")
        case .problemCreditCode:
            .init(zh: "有一位不对，请对照营业执照看一下", en: "One character is wrong. Please compare with the licence")
        case .problemBankCard: .init(zh: "卡号有一位不对，请对照银行卡看一下", en: "One digit is wrong. Please compare with the card")
        case .problemNothingGiven: .init(zh: "这些里面至少填一样，才能查", en: "Please fill in at least one of these")

        case .captureTitle: .init(zh: "拍材料：{1}", en: "Photograph: {1}")
        case .captureTitleFor: .init(zh: "拍材料：{1}（{2}）", en: "Photograph: {1} ({2})")
        case .captureLay:
            .init(
                zh: "把材料有字的一面朝上，放在摄像头下面，放平。有几页就一页一页拍。",
                en:
                    "Lay the paper flat under the camera, with the writing up. If there are several pages, "
                    + "take them one by one.")
        case .captureWaitingTitle: .init(zh: "放好了，就按“拍照”", en: "When it lies flat, press “Take picture”")
        case .captureWaitingText: .init(zh: "手不要挡住字。", en: "Keep your hands off the writing.")
        case .captureWorkingTitle: .init(zh: "正在拍照", en: "Taking the picture")
        case .captureWorkingText: .init(zh: "请不要动材料。", en: "Please do not move the paper.")
        case .captureDoneTitle: .init(zh: "拍好了 {1} 页", en: "Pages taken: {1}")
        case .captureDoneText:
            .init(
                zh: "字看得清，就按“下一步”。还有一页，就换一页再拍。",
                en: "If it is easy to read, press “Next”. For another page, change the paper and take it.")
        case .picture: .init(zh: "第 {1} 页", en: "Page {1}")
        case .pictureRemove: .init(zh: "删除第 {1} 页", en: "Remove page {1}")
        case .takePicture: .init(zh: "拍照", en: "Take picture")
        case .takeAnother: .init(zh: "再拍一页", en: "Take another page")
        case .takeAgain: .init(zh: "再拍一次", en: "Take it again")
        case .handInLater: .init(zh: "今天没带，以后补交", en: "Not with me, hand in later")
        case .deferTitle: .init(zh: "今天没带也可以办", en: "You can go on without it today")
        case .deferText:
            .init(
                zh: "这份材料可以容缺：您答应在{1}前补交，我们今天就收下申请。",
                en: "This paper may come later: promise to hand it in by {1}, and we accept your application today.")
        case .deferredTitle: .init(zh: "您答应以后补交", en: "You promised to hand this in later")
        case .deferredText:
            .init(zh: "请在{1}前交到大厅。回执上会写明。", en: "Please bring it to the hall by {1}. The receipt will say so.")
        case .captureNow: .init(zh: "带来了，现在拍", en: "I have it, take it now")

        case .lookupTitle: .init(zh: "查询您的记录", en: "Looking up your record")
        case .lookupWorkingTitle: .init(zh: "正在查询", en: "Looking up")
        case .lookupWorkingText: .init(zh: "请稍等，一般几秒钟。", en: "Please wait. It takes a few seconds.")
        case .lookupDoneTitle: .init(zh: "查到了", en: "Your record was found")
        case .lookupDoneText: .init(zh: "马上显示给您看。", en: "It is shown in a moment.")
        case .previewTitle: .init(zh: "请核对，再打印", en: "Please check before printing")
        case .previewText:
            .init(
                zh: "内容对，就按“打印”。号码中间的星号是为了保护您。",
                en: "If it is right, press “Print”. Part of your number is hidden to protect you.")
        case .previewIssuer: .init(zh: "出具部门", en: "Issued by")
        case .previewHolder: .init(zh: "给谁的", en: "Issued for")
        case .printCertificate: .init(zh: "打印", en: "Print")

        case .previewTitleOnly: .init(zh: "查到的登记，请看一下", en: "Your record")
        case .previewTextOnly:
            .init(
                zh: "这是部门登记的内容。不对，请按“呼叫工作人员”。对，就按“下一步”。",
                en: "This is what the office has. If it is wrong, press “Call staff”; if it is right, press “Next”.")
        case .lookupGoOn: .init(zh: "不查了，接着办", en: "Go on without it")
        case .lookupGoOnTitle: .init(zh: "不影响您办事", en: "You can go on all the same")
        case .lookupGoOnText:
            .init(
                zh: "可以不查，自己填写，部门收到以后再核对。",
                en: "Answer the questions yourself. The office checks them afterwards.")

        case .paymentTitle: .init(zh: "缴费", en: "Payment")
        case .paymentFor: .init(zh: "缴什么", en: "For")
        case .paymentAmount: .init(zh: "要付的钱", en: "Amount")
        case .paymentScan: .init(zh: "用手机扫这个码付款", en: "Scan this code with your phone to pay")
        case .paymentWaitTitle: .init(zh: "正在等您付款", en: "Waiting for your payment")
        case .paymentWaitText:
            .init(
                zh: "付好了，这里自己会到下一步，不用按。请只付一次。没有手机，请按“呼叫工作人员”。",
                en:
                    "The kiosk goes on by itself once you have paid. Please pay once only. No phone? Press “Call staff”."
            )
        case .paymentStop: .init(zh: "不等了", en: "Stop waiting")
        case .paymentPendingTitle: .init(zh: "还不知道付没付成，请不要再付一次", en: "We do not know yet. Please do not pay again")
        case .paymentPendingText:
            .init(
                zh: "付过了，钱不会丢，部门会查清楚，记到这件事上。没有付，部门会通知您。",
                en: "If you have paid, the money is not lost: the office settles it. If not, the office tells you.")
        case .paymentCheck: .init(zh: "再查一次", en: "Check again")
        case .paymentGoOn: .init(zh: "先接着办", en: "Go on for now")
        case .paymentAskingTitle: .init(zh: "正在查付没付成", en: "Asking whether it is paid")
        case .paymentAskingText: .init(zh: "请稍等。", en: "Please wait.")
        case .paymentPaidTitle: .init(zh: "已经付好了", en: "Paid")
        case .paymentPaidText: .init(zh: "钱收到了，请按“下一步”。", en: "Your payment has arrived. Press “Next”.")
        case .paymentOrderTitle: .init(zh: "正在准备付款码", en: "Getting your payment code")
        case .paymentOrderText: .init(zh: "请稍等，一般几秒钟。", en: "Please wait. It takes a few seconds.")
        case .paymentGiveUp: .init(zh: "今天不办了", en: "Not today")
        case .paymentHeading: .init(zh: "缴费", en: "Payment")
        case .paymentRowPaid: .init(zh: "{1}，已经付了", en: "{1}, paid")
        case .paymentRowPending: .init(zh: "{1}，还在查，请不要再付", en: "{1}, being checked; please do not pay again")

        case .ratingTitle: .init(zh: "请您评价", en: "Please rate us")
        case .ratingQuestion: .init(zh: "这次办事，您觉得怎么样？", en: "How was this service?")
        case .grade5: .init(zh: "非常满意", en: "Very good")
        case .grade4: .init(zh: "满意", en: "Good")
        case .grade3: .init(zh: "基本满意", en: "Fair")
        case .grade2: .init(zh: "不满意", en: "Poor")
        case .grade1: .init(zh: "非常不满意", en: "Very poor")
        case .ratingReasons: .init(zh: "哪里没做好？", en: "What went wrong?")
        case .ratingSkip: .init(zh: "不评价，跳过", en: "Skip")
        case .ratingSend: .init(zh: "就这样评价", en: "Send")
        case .reasonSlow: .init(zh: "太慢", en: "Too slow")
        case .reasonHard: .init(zh: "看不懂", en: "Unclear")
        case .reasonPapers: .init(zh: "要的材料太多", en: "Too many papers")
        case .reasonBroken: .init(zh: "机器不好用", en: "Did not work")
        case .reasonUnhelpful: .init(zh: "没有人帮忙", en: "Nobody helped")
        case .reasonOther: .init(zh: "别的原因", en: "Other")

        case .checklistTitle: .init(zh: "材料清单（一次性告知单）", en: "What you need")
        case .checklistText:
            .init(zh: "要的东西都在这里，一次告诉您。可以打印带走。", en: "Everything at once. You can print it and take it with you.")
        case .checklistReasons: .init(zh: "为什么现在不能办", en: "Why it cannot be done now")
        case .checklistOpen: .init(zh: "还没有填好的", en: "Still to be answered")
        case .checklistPapers: .init(zh: "要交的材料", en: "Papers")
        case .itemPresent: .init(zh: "已经有了", en: "done")
        case .itemMissing: .init(zh: "还差", en: "missing")
        case .itemSometimes: .init(zh: "有的情况才要", en: "needed in some cases")
        case .itemNote: .init(zh: "{1}；{2}", en: "{1}; {2}")
        case .sampleTitle: .init(zh: "样表", en: "Sample form")
        case .sampleText:
            .init(
                zh: "这是填好的样子，给您参考。里面的人和号码都是编的。",
                en: "This is how it looks when filled in well. The people and numbers are invented.")
        case .sampleByCase: .init(zh: "机器自己算，不用填", en: "worked out by the kiosk")
        case .guideTitle: .init(zh: "办事指南和常见问题", en: "Guide and questions")
        case .guideQuestion: .init(zh: "问：{1}", en: "{1}")
        case .sidePrint: .init(zh: "打印", en: "Print")
        case .sideClose: .init(zh: "看完了，回去", en: "Back to my matter")

        case .reviewTitle: .init(zh: "请核对您填的内容", en: "Please check your answers")
        case .reviewText:
            .init(
                zh: "哪里不对，就按旁边的“修改”。都对了，按“下一步”。",
                en: "To correct something, press “Change” beside it. If all is right, press “Next”.")
        case .reviewPeople: .init(zh: "谁来办", en: "People")
        case .reviewApplicant: .init(zh: "申请人", en: "Applicant")
        case .reviewAgent: .init(zh: "代办人", en: "Acting for the applicant")
        case .reviewMaterials: .init(zh: "材料", en: "Papers")
        case .reviewNotes: .init(zh: "请您知道", en: "Please note")
        case .change: .init(zh: "修改", en: "Change")
        case .person: .init(zh: "{1}，{2}", en: "{1}, {2}")
        case .materialPages: .init(zh: "拍了 {1} 页", en: "{1} pages photographed")
        case .materialOnePage: .init(zh: "拍了 1 页", en: "1 page photographed")
        case .materialFromCard: .init(zh: "已读身份证", en: "Read from the card")
        case .materialDeferred: .init(zh: "{1}前补交", en: "To be handed in by {1}")
        case .materialMissing: .init(zh: "还没有拍", en: "Not photographed yet")
        case .materialFor: .init(zh: "{1}（{2}）", en: "{1} ({2})")
        case .reviewMissingTitle: .init(zh: "还差 {1} 样", en: "Still missing: {1}")
        case .reviewMissingText:
            .init(zh: "{1}。按“下一步”，我们带您一样一样补上。", en: "{1}. Press “Next” and we go through them one by one.")
        case .signTitle: .init(zh: "请签名", en: "Please sign")
        case .signer: .init(zh: "签名人", en: "Signed by")
        case .signField: .init(zh: "您身份证号码的最后四位", en: "Last four characters of your ID number")
        case .signHint:
            .init(
                zh: "填上就等于您签了名。最后一位是 X 的，就填 X。",
                en: "Entering them counts as your signature. If the last one is X, enter X.")
        case .signAndSubmit: .init(zh: "签名并提交", en: "Sign and submit")

        case .submitTitle: .init(zh: "正在提交", en: "Handing in")
        case .submitWorkingTitle: .init(zh: "正在保存您的申请", en: "Saving your application")
        case .submitWorkingText: .init(zh: "请稍等，不要离开。", en: "Please wait and do not leave yet.")
        case .submitDoneTitle: .init(zh: "保存好了", en: "Saved")
        case .submitDoneText: .init(zh: "您的申请已经安全保存。", en: "Your application is safely stored.")
        case .submitFailedTitle: .init(zh: "申请还没有交上", en: "Your application is not handed in yet")
        case .submitKeptTitle: .init(zh: "您的内容没有丢", en: "Nothing is lost")
        case .submitKeptText:
            .init(
                zh: "您填的内容和照片都还在，不用重新填。", en: "Your answers and pictures are still here. You need not enter them again."
            )
        case .acceptedTitle: .init(zh: "申请已经收下", en: "Your application is accepted")
        case .acceptedNoticeTitle: .init(zh: "办成了", en: "Done")
        case .acceptedNoticeText:
            .init(zh: "您的申请已经收下，并且安全保存。", en: "Your application has been accepted and is safely stored.")
        case .acceptedUnpaidTitle: .init(zh: "收下了，付款还在查", en: "Accepted. The payment is being checked")
        case .acceptedUnpaidText:
            .init(
                zh: "请不要再付一次。拿着受理编号可以问结果。", en: "Please do not pay again. Ask for the result with the receipt number.")
        case .receiptNumber: .init(zh: "受理编号", en: "Receipt number")
        case .acceptedQR: .init(zh: "用手机扫码，可以核对", en: "Scan to check this number")
        case .acceptedAt: .init(zh: "收下的时间", en: "Accepted at")
        case .resultBy: .init(zh: "什么时候有结果", en: "When you hear from us")
        case .resultWorkdays: .init(zh: "{1}前（{2}）", en: "By {1} ({2})")
        case .acceptedDeferred: .init(zh: "别忘了补交", en: "Remember to hand in")
        case .acceptedDeferredItem: .init(zh: "{1}前交到大厅", en: "bring it to the hall by {1}")
        case .printWaitingTitle: .init(zh: "准备打印", en: "Getting ready to print")
        case .printWaitingText: .init(zh: "请稍等。", en: "Please wait.")
        case .printWorkingTitle: .init(zh: "正在打印", en: "Printing")
        case .printWorkingText: .init(zh: "请稍等，不要拉纸。", en: "Please wait and do not pull the paper.")
        case .printDoneTitle: .init(zh: "已经送去打印", en: "Sent to the printer")
        case .printDoneText:
            .init(
                zh: "请在出纸口拿纸。没有出来，就按“再打印一次”。",
                en: "Take your paper from the tray. If nothing came out, press “Print again”.")
        case .printFaultAcceptedTitle: .init(zh: "申请没有受影响", en: "Your application is not affected")
        case .printFaultAcceptedText:
            .init(zh: "请记下或者拍下上面的编号。", en: "Please write down or photograph the number above.")
        case .printFaultIssuedTitle: .init(zh: "证明没有丢", en: "Your certificate is not lost")
        case .printFaultIssuedText:
            .init(zh: "只是纸没有打出来，可以再打印。", en: "Only the paper did not come out. It can be printed again.")
        case .printAgain: .init(zh: "再打印一次", en: "Print again")
        case .issuedTitle: .init(zh: "您的证明", en: "Your certificate")
        case .issuedNumber: .init(zh: "验证码", en: "Verification code")
        case .issuedQR: .init(zh: "收证明的人扫码，可以核对真假", en: "Scan to check the certificate")
        case .finishTaken: .init(zh: "都拿好了，结束", en: "I have everything, finish")
        case .finishWithoutPaper: .init(zh: "不打印了，结束", en: "Finish without paper")
        case .finishTitle: .init(zh: "办完了", en: "All done")
        case .finishNoticeTitle: .init(zh: "请拿好身份证和打印的纸", en: "Take your ID card and your paper")
        case .finishNoticeText:
            .init(zh: "您走后，这台机器上看不到您的信息。谢谢您，请慢走。", en: "Nothing of you stays on this screen. Thank you and goodbye.")
        case .finish: .init(zh: "结束", en: "Finish")

        case .rejectedTitle: .init(zh: "一次性告知单", en: "What stands in the way")
        case .rejectedNoticeTitle: .init(zh: "现在还不能办", en: "This cannot be accepted now")
        case .rejectedNoticeText:
            .init(
                zh: "您什么也没有交上去。所有原因都在下面，一次告诉您。", en: "Nothing has been handed in. Here are all the reasons, told once.")
        case .rejectedReason: .init(zh: "原因 {1}", en: "Reason {1}")
        case .rejectedNext:
            .init(
                zh: "填错了，就按“回去改”。不清楚，请按“呼叫工作人员”，大厅工作人员会给您解释。",
                en:
                    "If an answer is wrong, press “Go back”. If it is unclear, press “Call staff” "
                    + "and hall staff will explain.")
        case .goBackAndChange: .init(zh: "回去改", en: "Go back")
        case .endHere: .init(zh: "知道了，结束", en: "Finish")
        case .windowTitle: .init(zh: "请到人工窗口办", en: "Please go to a staffed window")
        case .windowNoticeTitle: .init(zh: "这件事要工作人员当面办", en: "Staff have to do this with you")
        case .windowNoticeText:
            .init(zh: "您什么也没有做错，只是机器办不了。", en: "You did nothing wrong. The kiosk just cannot do this.")
        case .windowNext:
            .init(
                zh: "请带上身份证和材料，到{1}的窗口。找不到路，请按“呼叫工作人员”，大厅工作人员会带您去。",
                en:
                    "Take your ID card and papers to the window of the {1}. If you need the way, press “Call "
                    + "staff” and hall staff will take you there.")

        case .handOver: .init(zh: "转到人工窗口", en: "To the window")
        case .handOverText:
            .init(
                zh: "按“{1}”，您填好的、拍好的就都转给窗口，给您一个号码，不用重新填。",
                en: "Press “{1}” and what you filled in goes to the window under a number. You need not do it again.")
        case .handedOverTitle: .init(zh: "已经转到人工窗口", en: "Handed over to the window")
        case .handedOverNumber: .init(zh: "您的号码", en: "Your number")
        case .handedOverNoticeTitle: .init(zh: "请带着这个号码去窗口", en: "Take this number to the window")
        case .handedOverNoticeText:
            .init(
                zh: "请到{1}的窗口，说这个号码。您填好的内容已经在那里了。",
                en: "Go to the window of the {1} and give this number. What you filled in is already there.")
        case .guidePaperTitle: .init(zh: "打印给您", en: "Printing for you")
        case .guidePaperMatter: .init(zh: "打印的是", en: "Printed for")

        case .sexMale: .init(zh: "男", en: "Male")
        case .sexFemale: .init(zh: "女", en: "Female")
        case .sexUnknown: .init(zh: "未知", en: "Unknown")
        case .sexNotStated: .init(zh: "未说明", en: "Not stated")
        }
    }
}

/// The phrases of one language, with values put in their places.
struct Words: Sendable {
    let language: Language

    subscript(_ phrase: Phrase) -> String { phrase.text[language] }

    /// The phrase with `{1}`, `{2}` … replaced in one pass: a brace inside a value stays as it is.
    func callAsFunction(_ phrase: Phrase, _ values: String...) -> String {
        var result = ""
        var rest = self[phrase][...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstIndex(of: "}"), let number = Int(rest[rest.index(after: open)..<close]),
                values.indices.contains(number - 1)
            else { break }
            result += values[number - 1]
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}
