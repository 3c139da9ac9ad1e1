/// Every label of the office pages, in both languages.

import KioskCore

enum OfficeText {
    static let title = Localized(zh: "政务大厅自助终端 · 收件中心", en: "Service Hall Kiosks · Central Office")
    static let inbox = Localized(zh: "收件箱", en: "Inbox")
    static let alarms = Localized(zh: "告警", en: "Alarms")
    static let verify = Localized(zh: "凭证核验", en: "Check a code")
    static let signIn = Localized(zh: "登录", en: "Sign in")
    static let signOut = Localized(zh: "退出登录", en: "Sign out")
    static let userName = Localized(zh: "用户名", en: "User name")
    static let password = Localized(zh: "密码", en: "Password")
    static let wrongPassword = Localized(zh: "用户名或密码不正确。", en: "The user name or password is wrong.")
    static let busy = Localized(zh: "系统繁忙，请稍后再试。", en: "The office is busy. Please try again in a moment.")
    static let signInHint = Localized(
        zh: "仅限授权工作人员使用。所有查看和操作均记入审计日志。",
        en: "Authorised staff only. Every view and every action is recorded in the audit log.")
    static func locked(_ seconds: Int) -> Localized {
        Localized(
            zh: "登录失败次数过多，请在 \(seconds) 秒后再试。",
            en: "Too many failed sign-ins. Please try again in \(seconds) seconds.")
    }

    static let search = Localized(zh: "查询", en: "Search")
    static let receiptNumber = Localized(zh: "受理编号", en: "Receipt number")
    static let allStates = Localized(zh: "全部状态", en: "All states")
    static let state = Localized(zh: "状态", en: "State")
    static let matter = Localized(zh: "事项", en: "Matter")
    static let applicant = Localized(zh: "申请人", en: "Applicant")
    static let agent = Localized(zh: "代理人", en: "Agent")
    static let terminal = Localized(zh: "终端", en: "Terminal")
    static let submittedAt = Localized(zh: "提交时间", en: "Submitted")
    static let receivedAt = Localized(zh: "收到时间", en: "Received")
    static let noCases = Localized(zh: "没有符合条件的办件。", en: "No cases match.")
    static let older = Localized(zh: "更早的办件 →", en: "Older cases →")
    static let newest = Localized(zh: "← 回到最新", en: "← Newest")
    static let unnamedMatter = Localized(zh: "（无法识别的办件）", en: "(unrecognised case)")

    static let noIdentity = Localized(zh: "无身份", en: "No ID card")
    static let noIdentityNote = Localized(zh: "没有读身份证。", en: "No ID card was read.")
    static let handedOver = Localized(zh: "转窗口", en: "To a window")
    static let allKinds = Localized(zh: "全部去向", en: "All cases")
    static let handedOverNote = Localized(
        zh: "在自助终端未办完，已转人工窗口。原因：", en: "Begun at the terminal and sent to a staffed window. Reasons:")

    static let papers = Localized(zh: "待补材料", en: "Papers due")
    static let paper = Localized(zh: "材料", en: "Paper")
    static let dueBy = Localized(zh: "承诺补交日期", en: "Promised by")
    static let overdue = Localized(zh: "已逾期", en: "Overdue")
    static let stillDue = Localized(zh: "待补交", en: "Open")
    static let dueToday = Localized(zh: "今天到期", en: "Due today")
    static let handedIn = Localized(zh: "已补交", en: "Handed in")
    static let noPapers = Localized(zh: "没有待补的材料。", en: "No papers are due.")
    static let supplementOf = Localized(zh: "补充的办件", en: "Hands papers in for")
    static let supplements = Localized(zh: "后来补交", en: "Handed in later")

    static let orders = Localized(zh: "缴费", en: "Payments")
    static let orderFor = Localized(zh: "缴费内容", en: "For")
    static let amount = Localized(zh: "金额", en: "Amount")
    static let placedAt = Localized(zh: "下单时间", en: "Placed")
    static let paidAt = Localized(zh: "付款时间", en: "Paid at")
    static let reference = Localized(zh: "付款凭证号", en: "Payment reference")
    static let caseNumber = Localized(zh: "办件", en: "Case")
    static let noOrders = Localized(zh: "还没有缴费订单。", en: "There are no orders yet.")
    static let toSettle = Localized(zh: "待结清", en: "To be settled")
    static let payment = Localized(zh: "缴费情况", en: "Payment")
    static let payOrder = Localized(zh: "订单编号", en: "Order")
    static let otherOrder = Localized(
        zh: "办件所述与本机构的订单不符，请核实。", en: "What the case says differs from the office's order. Please check.")
    static func yuan(_ fen: Int) -> Localized {
        let grouped = Money(fen: Int64(max(0, fen))).grouped
        return Localized(zh: "\(grouped) 元", en: "\(grouped) yuan")
    }
    static func order(_ state: PaymentOrder.State) -> Localized {
        switch state {
        case .waiting: Localized(zh: "等待付款", en: "Waiting")
        case .paid: Localized(zh: "已付款", en: "Paid")
        case .closed: Localized(zh: "已关闭", en: "Closed")
        }
    }
    static let pay = Localized(zh: "付款（演示）", en: "Pay (demonstration)")
    static let payTitle = Localized(zh: "付款", en: "Payment")
    static let payNote = Localized(
        zh: "这是演示，不会扣钱。请在 15 分钟内付款。", en: "A demonstration: no money is taken. Please pay within 15 minutes.")
    static let payDone = Localized(
        zh: "已付款。请回到自助终端，屏幕会自己往下走。",
        en: "Paid. Please go back to the terminal; its screen goes on by itself.")
    static let payClosed = Localized(
        zh: "这张单子已过期，不能再付。请在自助终端重新扫码。",
        en: "This order has run out and can no longer be paid. Please scan a new code at the terminal.")
    static let payElsewhere = Localized(zh: "请按缴费渠道的提示付款。", en: "Please pay as your payment service tells you.")

    static let ratings = Localized(zh: "好差评", en: "Ratings")
    static let count = Localized(zh: "评价数", en: "Ratings")
    static let average = Localized(zh: "平均分", en: "Average")
    static let lowReasons = Localized(zh: "不满意的原因", en: "Why it was graded low")
    static let allMatters = Localized(zh: "全部事项", en: "All matters")
    static let noRatings = Localized(zh: "还没有评价。", en: "There are no ratings yet.")
    static func grade(_ grade: Int) -> Localized {
        switch grade {
        case 5: Localized(zh: "非常满意", en: "Very good")
        case 4: Localized(zh: "满意", en: "Good")
        case 3: Localized(zh: "基本满意", en: "Fair")
        case 2: Localized(zh: "不满意", en: "Poor")
        default: Localized(zh: "非常不满意", en: "Very poor")
        }
    }
    static func reason(_ reason: ServiceRating.Reason) -> Localized {
        switch reason {
        case .slow: Localized(zh: "太慢", en: "Too slow")
        case .hardToUnderstand: Localized(zh: "看不懂", en: "Hard to understand")
        case .tooManyPapers: Localized(zh: "材料太多", en: "Too many papers")
        case .broken: Localized(zh: "设备有故障", en: "A device did not work")
        case .unhelpful: Localized(zh: "没帮上忙", en: "No help")
        case .other: Localized(zh: "其他", en: "Other")
        }
    }

    static let consents = Localized(zh: "本人同意的内容", en: "Agreed to")

    static let calls = Localized(zh: "现场呼叫", en: "Calls for staff")
    static let page = Localized(zh: "所在页面", en: "Page")
    /// Where the citizen stands, by the page's name on the terminal (`capture.lease`).
    static func place(_ page: String) -> Localized {
        switch page.prefix(while: { $0 != "." }) {
        case "welcome": Localized(zh: "首页", en: "Start page")
        case "notice": Localized(zh: "办事说明", en: "Before you begin")
        case "identify": Localized(zh: "读身份证", en: "Reading the ID card")
        case "agent": Localized(zh: "为谁办", en: "Who it is for")
        case "principal-card": Localized(zh: "读委托人身份证", en: "Reading the principal’s card")
        case "confirm-holder": Localized(zh: "核对本人", en: "Confirming the holder")
        case "form", "list": Localized(zh: "填写内容", en: "Filling in")
        case "capture": Localized(zh: "拍材料", en: "Photographing papers")
        case "lookup": Localized(zh: "查询记录", en: "Looking up a record")
        case "preview": Localized(zh: "核对证明", en: "Checking the certificate")
        case "review": Localized(zh: "核对内容", en: "Checking the answers")
        case "sign": Localized(zh: "签名", en: "Signing")
        case "submit": Localized(zh: "提交", en: "Handing in")
        case "print": Localized(zh: "打印", en: "Printing")
        case "consent": Localized(zh: "授权与承诺", en: "Agreeing to a statement")
        case "payment": Localized(zh: "缴费", en: "Paying")
        case "rating": Localized(zh: "评价", en: "Rating the service")
        case "guide": Localized(zh: "选事项", en: "Choosing a matter")
        case "finish": Localized(zh: "办完", en: "Finished")
        case "rejected": Localized(zh: "一次性告知", en: "Told what stands in the way")
        case "window": Localized(zh: "转人工窗口", en: "Sent to a window")
        default: Localized(zh: page, en: page)
        }
    }
    static let calledAt = Localized(zh: "呼叫时间", en: "Called")
    static let acknowledge = Localized(zh: "我去处理", en: "I am going")
    static let close = Localized(zh: "已处理", en: "Done")
    static func goes(_ user: String) -> Localized {
        Localized(zh: "\(user) 正在前往", en: "\(user) is on the way")
    }

    static let confirmHolder = Localized(zh: "核对本人", en: "Confirm the holder")
    static let confirmHolderHint = Localized(
        zh: "请到终端旁，把人和证件对一对，再按。", en: "Compare person and card at the terminal first.")
    static let isHolder = Localized(zh: "本人，与证件一致", en: "Is the holder")
    static let isNotHolder = Localized(zh: "不是本人", en: "Is not")
    static let callGone = Localized(
        zh: "这次核对已经有了结果，或者办事人已离开。", en: "This has been answered already, or the citizen has left.")
    static let holderCheck = Localized(zh: "核对本人", en: "Holder confirmed")
    static let checkedBy = Localized(zh: "核对方式", en: "How")
    static let checkedAt = Localized(zh: "核对时间", en: "When")
    static let score = Localized(zh: "相似度", en: "Score")
    static let matcher = Localized(zh: "比对程序", en: "Matcher")
    static let byFace = Localized(zh: "人脸比对", en: "Face matcher")
    static func byStaff(_ user: String) -> Localized {
        Localized(zh: "工作人员 \(user)", en: "Staff: \(user)")
    }
    static let notConfirmedHere = Localized(
        zh: "本中心没有这次核对的记录，请重新核对本人。",
        en: "This office has no record of that confirmation. Please check the holder again.")
    static let cardKind = Localized(zh: "证件", en: "Card")

    static let caseTitle = Localized(zh: "办件详情", en: "Case")
    static let department = Localized(zh: "办理部门", en: "Department")
    static let promised = Localized(zh: "承诺办结", en: "Promised by")
    static let onTheSpot = Localized(zh: "即办", en: "On the spot")
    static let language = Localized(zh: "填写语言", en: "Language")
    static let manifest = Localized(zh: "封装校验值", en: "Manifest digest")
    static let revision = Localized(zh: "版次", en: "Revision")
    static let name = Localized(zh: "姓名", en: "Name")
    static let sex = Localized(zh: "性别", en: "Sex")
    static let birthDate = Localized(zh: "出生日期", en: "Date of birth")
    static let number = Localized(zh: "公民身份号码", en: "Citizen number")
    static let address = Localized(zh: "住址", en: "Address")
    static let issuer = Localized(zh: "签发机关", en: "Issuing authority")
    static let validity = Localized(zh: "有效期限", en: "Validity")
    static let longTerm = Localized(zh: "长期", en: "no expiry")
    static let reveal = Localized(zh: "显示完整号码", en: "Show in full")
    static let revealNote = Localized(zh: "显示完整号码将记入审计日志", en: "Showing it in full is recorded in the audit log")
    static let answers = Localized(zh: "填写内容", en: "Answers")
    static let noAnswers = Localized(zh: "本事项无需填写。", en: "This matter asks for nothing else.")
    static let materials = Localized(zh: "申请材料", en: "Materials")
    static let noMaterials = Localized(zh: "本事项无需提交材料。", en: "This matter needs no materials.")
    static let fromCard = Localized(zh: "读卡器读取", en: "Read from the card")
    static func pages(_ count: Int) -> Localized {
        Localized(zh: "共 \(count) 页", en: count == 1 ? "1 page" : "\(count) pages")
    }
    static func page(_ number: Int) -> Localized { Localized(zh: "第 \(number) 页", en: "Page \(number)") }
    static func entry(_ number: Int) -> Localized { Localized(zh: "第 \(number) 项", en: "entry \(number)") }
    static func deferred(_ date: CalendarDate) -> Localized {
        Localized(zh: "容缺受理，\(date) 前补交", en: "To be handed in by \(date)")
    }
    static let signature = Localized(zh: "申请人确认", en: "Declaration")
    static let notes = Localized(zh: "告知事项", en: "Notices given")
    static let history = Localized(zh: "办理记录", en: "History")
    static let time = Localized(zh: "时间", en: "Time")
    static let actor = Localized(zh: "操作者", en: "By")
    static let action = Localized(zh: "操作", en: "Action")
    static let decision = Localized(zh: "处理", en: "Decision")
    static let reason = Localized(zh: "理由", en: "Reason")
    static let reasonHint = Localized(zh: "退回补正或不予受理时必填", en: "Required to return or reject")
    static let accept = Localized(zh: "受理", en: "Accept")
    static let giveBack = Localized(zh: "退回补正", en: "Return for correction")
    static let reject = Localized(zh: "不予受理", en: "Reject")
    static let download = Localized(zh: "下载全部材料（zip）", en: "Download everything (zip)")
    static let backToInbox = Localized(zh: "← 返回收件箱", en: "← Back to the inbox")
    static let needReason = Localized(zh: "请填写理由。", en: "Please give a reason.")
    static let decidedBefore = Localized(zh: "该办件已处理过。", en: "This case was decided before.")
    static let otherFiles = Localized(zh: "其他附件", en: "Other files")
    static let bytes = Localized(zh: "字节", en: "bytes")

    static let alarmKind = Localized(zh: "内容", en: "What happened")
    static let caseID = Localized(zh: "办件标识", en: "Case id")
    static let resolve = Localized(zh: "已核查", en: "Resolved")
    static let noAlarms = Localized(zh: "没有未处理的告警。", en: "No open alarms.")
    static func openAlarms(_ count: Int) -> Localized {
        Localized(zh: "有 \(count) 条告警待核查", en: count == 1 ? "1 open alarm" : "\(count) open alarms")
    }

    static let verifyHint = Localized(
        zh: "输入受理编号或证明上的验证码，核验其是否由本机构出具。",
        en: "Enter a receipt number or the code on a paper to see whether this office issued it.")
    static let code = Localized(zh: "受理编号或验证码", en: "Receipt number or code")
    static let check = Localized(zh: "核验", en: "Check")
    static func receiptExists(_ date: CalendarDate) -> Localized {
        Localized(
            zh: "有效：本机构于 \(date) 收到该编号的办件。", en: "Valid: this office received the case with this number on \(date).")
    }
    static func recordExists(_ date: CalendarDate) -> Localized {
        Localized(zh: "有效：该证明由本机构于 \(date) 出具。", en: "Valid: this office issued the paper with this code on \(date).")
    }
    static let unknownCode = Localized(
        zh: "未查到该编号或验证码。请核对后重试，或咨询服务大厅。",
        en: "This number or code is not known. Please check it, or ask at the service hall.")

    static let notFound = Localized(zh: "页面不存在", en: "Page not found")
    static let forbidden = Localized(
        zh: "请求已失效，请返回重试。", en: "The request is no longer valid. Please go back and try again.")
    static let failed = Localized(zh: "系统出现错误，请稍后再试。", en: "Something went wrong. Please try again later.")

    static func state(_ state: CaseState) -> Localized {
        switch state {
        case .announced: Localized(zh: "接收中", en: "Arriving")
        case .received: Localized(zh: "待受理", en: "Received")
        case .accepted: Localized(zh: "已受理", en: "Accepted")
        case .returned: Localized(zh: "已退回补正", en: "Returned")
        case .rejected: Localized(zh: "不予受理", en: "Rejected")
        }
    }

    static func flag(_ flag: CaseFlag) -> Localized {
        switch flag {
        case .unknownSchema: Localized(zh: "未知格式", en: "Unknown format")
        case .unreadable: Localized(zh: "内容无法识别", en: "Unreadable")
        case .inconsistent: Localized(zh: "编号不一致", en: "Inconsistent")
        }
    }

    static func alarm(_ kind: AlarmKind) -> Localized {
        switch kind {
        case .conflict:
            Localized(zh: "同一办件收到两份不同内容", en: "The same case came twice with different content")
        case .sequenceReused:
            Localized(zh: "终端序号重复使用", en: "The terminal used a sequence number twice")
        case .chainBroken:
            Localized(zh: "终端办件链不连续", en: "The terminal's chain of cases is broken")
        case .unopenable:
            Localized(zh: "办件无法解封或校验不符", en: "The case does not open or does not match its manifest")
        }
    }

    static func action(_ action: AuditAction) -> Localized {
        switch action {
        case .received: Localized(zh: "收到", en: "Received")
        case .viewed: Localized(zh: "查看", en: "Viewed")
        case .downloaded: Localized(zh: "下载", en: "Downloaded")
        case .decided: Localized(zh: "处理", en: "Decided")
        case .revealed: Localized(zh: "显示完整号码", en: "Number shown in full")
        case .pageViewed: Localized(zh: "查看影像", en: "Page image viewed")
        case .signedIn: Localized(zh: "登录", en: "Signed in")
        case .signInFailed: Localized(zh: "登录失败", en: "Sign-in failed")
        case .signedOut: Localized(zh: "退出", en: "Signed out")
        case .inboxViewed: Localized(zh: "查看收件箱", en: "Inbox viewed")
        case .callAnswered: Localized(zh: "应答呼叫", en: "Call answered")
        case .callClosed: Localized(zh: "结束呼叫", en: "Call closed")
        case .holderConfirmed: Localized(zh: "核对：是本人", en: "Holder confirmed")
        case .holderRefused: Localized(zh: "核对：不是本人", en: "Holder not confirmed")
        case .alarmResolved: Localized(zh: "核查告警", en: "Alarm resolved")
        }
    }

    static func sex(_ sex: IdentityCard.Sex) -> Localized {
        switch sex {
        case .male: Localized(zh: "男", en: "Male")
        case .female: Localized(zh: "女", en: "Female")
        case .unknown, .notStated: Localized(zh: "未说明", en: "Not stated")
        }
    }
}
