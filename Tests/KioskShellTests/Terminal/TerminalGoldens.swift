// The approved look of pages on a terminal.

import KioskCore
import KioskShell

enum TerminalGoldens {
    static func page(_ name: String, _ language: Language) -> Page? {
        switch name {
        case "form": TerminalSamples.form(language, name: "阿木尔·其其格小吃部", number: TerminalSamples.number, error: true)
        case "idle": TerminalSamples.idle(language, over: TerminalSamples.notice(language))
        default: TerminalSamples.all(language).first { $0.id == name }
        }
    }

    static let pages: [String: String] = [
        "accepted zh 80x24": """
         个体工商户设立登记                                            第 9 步，共 9 步
         已经受理
        ────────────────────────────────────────────────────────────────────────────────
           受理编号
           ┌──────────────────────┐
           │  DL01-20261121-0007  │
           └──────────────────────┘

           用手机扫一扫可以查进度
           https://office.example/verify?code=DL01-20261121-0007

           ┌────────────────────────────────────────────────────────────────────────┐
           │     .-----.      正在进行                                              │
           │  .--|     |-.    正在打印回执                                          │
           │  |__|_____|o|                                                          │
           │  |  =======  |                                                         │
           │  '--|_____|--'                                                         │
           └────────────────────────────────────────────────────────────────────────┘



        ────────────────────────────────────────────────────── Tab 下一项  Enter 确定 ──
          ( 再打印一次 )  [ 办完了 ]
        (F1 上一步)   F2 重新开始    F3 呼叫工作人员    F4 English    F5 大字
        """,
        "form en 100x30": """
         Register a sole proprietorship                                                         Step 4 of 9
         Owner and name
        ────────────────────────────────────────────────────────────────────────────────────────────────────
           Name of the shop (required)
           [阿木尔·其其格小吃部_________________________________________________________________________]
           As you would like it.

         > Citizen number (required)
           [230199 19900101 0018]
           ! Please check: The last character is wrong; compare it with the card

           Capital (yuan)
           [______________]

           Kind of business (required)
           1 (●) One person
           2 ( ) A family

           What you will sell (choose any) (required)
           1 [x] Meals
           2 [ ] Tea






        ────────────────────────────────────────────────────────────────────────── Tab next  Enter choose ──
          [ Next ]
         F1 Back    F2 Start over    F3 Call staff    F4 中文    F5 Large text
        """,
        "form zh 80x24": """
         个体工商户设立登记                                            第 4 步，共 9 步
         经营者和名称
        ────────────────────────────────────────────────────────────────────────────────
           店名（必填）
           [阿木尔·其其格小吃部_____________________________________________________]
           照您想好的写，例如“道里区阿木尔·其其格小吃部”。

         > 公民身份号码（必填）
           [230199 19900101 0018]
           ! 有误：最后一位不对，请照身份证再看一遍

           出资额（元）
           [______________]

           经营方式（必填）
           1 (●) 个人经营
           2 ( ) 家庭经营

           经营范围（可多选）（必填）
           1 [x] 餐饮服务
           2 [ ] 茶叶零售
        ────────────────────────────────────────────────────── Tab 下一项  Enter 确定 ──
          [ 下一步 ]
         F1 上一步    F2 重新开始    F3 呼叫工作人员    F4 English    F5 大字
        """,
        "identify en 80x24": """
         Register a sole proprietorship                                     Step 2 of 9
         Your ID card, please
          Staff have been called. Please wait.
        ────────────────────────────────────────────────────────────────────────────────
           ┌────────────────────────────────────────────────────────────────────────┐
           │   .--------.     Problem                                               │
           │   | o  ==  |     The card could not be read                            │
           │   '--------'     Lift the card, lay it flat on the reader again and    │
           │  /  vvvvvv  \\    leave it there.                                       │
           │ /____________\\                                                         │
           └────────────────────────────────────────────────────────────────────────┘

           ┌─ Attention ────────────────────────────────────────────────────────────┐
           │ Still not working?                                                     │
           │ Press F3 to call staff; they will come and help.                       │
           └────────────────────────────────────────────────────────────────────────┘





        ────────────────────────────────────────────────────── Tab next  Enter choose ──
          [ Try again ]
         F1 Back    F2 Start over    F3 Call staff    F4 中文    F5 Large text
        """,
        "idle en 80x24": """
         Register a sole proprietorship                                     Step 1 of 9
         Before you begin
        ────────────────────────────────────────────────────────────────────────────────
           What this is
           1  This terminal reads your ID card and photographs what you brought, and
           hands both to the district office. Nothing stays here afterwards. It takes
           about fifteen minutes, and you may call staff at any time.
             ┌────────────────────────────────────────────────────────────────────┐
           2 │  Are you still there?                                              │d
           ha│                                                                    │es
           ab│  When the time is up, everything you entered is erased to protect  │
             │  you.                                                              │
           3 │                                                                    │d
           ha│                          42 seconds left                           │es
           ab│                                                                    │
             │  [ Erase and leave ]  [ Go on ]                                    │
           4 └────────────────────────────────────────────────────────────────────┘d
           hands both to the district office. Nothing stays here afterwards. It takes
           about fifteen minutes, and you may call staff at any time.

           5  This terminal reads your ID card and photographs what you brought, and
        ── ▼ 7 more lines below (PgDn) ─────────────────────── Tab next  Enter choose ──
          [ Agree and go on ]
         F1 Back    F2 Start over    F3 Call staff    F4 中文    F5 Large text
        """,
        "idle zh 80x24": """
         个体工商户设立登记                                            第 1 步，共 9 步
         办理前请看
        ────────────────────────────────────────────────────────────────────────────────
           这是什么
           1  本机会读取您的身份证，拍下您带来的材料，交给道里区市场监督管理局。办完
           以后，本机不保留您的资料。整个过程大约需要十五分钟，您可以随时按“呼叫工作
           人员”。
             ┌────────────────────────────────────────────────────────────────────┐
           2 │  您还在吗？                                                        │
           以│                                                                    │
           人│  时间到了以后，为了保护您的资料，本机会把刚才填的内容全部清除。    │
             │                                                                    │
           3 │                             还剩 42 秒                             │
           以│                                                                    │
           人│  [ 清除并离开 ]  [ 继续办理 ]                                      │
             └────────────────────────────────────────────────────────────────────┘
           4  本机会读取您的身份证，拍下您带来的材料，交给道里区市场监督管理局。办完
           以后，本机不保留您的资料。整个过程大约需要十五分钟，您可以随时按“呼叫工作
           人员”。

           5  本机会读取您的身份证，拍下您带来的材料，交给道里区市场监督管理局。办完
        ── ▼ 下面还有 7 行（PgDn） ─────────────────────────── Tab 下一项  Enter 确定 ──
          [ 同意并继续 ]
         F1 上一步    F2 重新开始    F3 呼叫工作人员    F4 English    F5 大字
        """,
        "notice zh 100x30": """
         个体工商户设立登记                                                                第 1 步，共 9 步
         办理前请看
        ────────────────────────────────────────────────────────────────────────────────────────────────────
           这是什么
           1  本机会读取您的身份证，拍下您带来的材料，交给道里区市场监督管理局。办完以后，本机不保留您的
           资料。整个过程大约需要十五分钟，您可以随时按“呼叫工作人员”。

           2  本机会读取您的身份证，拍下您带来的材料，交给道里区市场监督管理局。办完以后，本机不保留您的
           资料。整个过程大约需要十五分钟，您可以随时按“呼叫工作人员”。

           3  本机会读取您的身份证，拍下您带来的材料，交给道里区市场监督管理局。办完以后，本机不保留您的
           资料。整个过程大约需要十五分钟，您可以随时按“呼叫工作人员”。

           4  本机会读取您的身份证，拍下您带来的材料，交给道里区市场监督管理局。办完以后，本机不保留您的
           资料。整个过程大约需要十五分钟，您可以随时按“呼叫工作人员”。

           5  本机会读取您的身份证，拍下您带来的材料，交给道里区市场监督管理局。办完以后，本机不保留您的
           资料。整个过程大约需要十五分钟，您可以随时按“呼叫工作人员”。

           请带好
           • 本人身份证
           • 经营场所证明
               租赁合同或房产证都可以




        ────────────────────────────────────────────────────────────────────────── Tab 下一项  Enter 确定 ──
          [ 同意并继续 ]
         F1 上一步    F2 重新开始    F3 呼叫工作人员    F4 English    F5 大字
        """,
        "review zh 80x24": """
         个体工商户设立登记                                            第 7 步，共 9 步
         请核对
        ────────────────────────────────────────────────────────────────────────────────
           店铺
           店名      道里区阿木尔·其其格小吃部                               [ 修改 ]
           经营场所  黑龙江省哈尔滨市道里区某某街道某某路一百二十三号临街一层门市房西
                     侧第二间

           家庭成员
           姓名    关系  身份号码
           ────────────────────────────────
           王小明  配偶  230199********0018
           王丽    子女  230199********0023

           照片    租赁合同 第 1 页                                          [ 删除 ]






        ────────────────────────────────────────────────────── Tab 下一项  Enter 确定 ──
          [ 都对，去签名 ]
         F1 上一步    F2 重新开始    F3 呼叫工作人员    F4 English    F5 大字
        """,
        "welcome en 100x30": """
         What would you like to do?
        ────────────────────────────────────────────────────────────────────────────────────────────────────
         > [1] Register a sole proprietorship
               Open a small shop. Bring your ID card and proof of premises.

           [2] Print a social insurance certificate
               You only need your ID card.




















        ────────────────────────────────────────────────────────────────────────── Tab next  Enter choose ──
          [ r Go on with what I began ]
        (F1 Back)   F2 Start over    F3 Call staff    F4 中文    F5 Large text
        """,
        "welcome zh 80x24": """
         请选择要办的事项
        ────────────────────────────────────────────────────────────────────────────────
         > [1] 个体工商户设立登记
               开一家小店，需要身份证和经营场所证明。

           [2] 打印社会保险缴费证明
               只需要身份证。














        ────────────────────────────────────────────────────── Tab 下一项  Enter 确定 ──
          [ r 继续上次没办完的事 ]
        (F1 上一步)   F2 重新开始    F3 呼叫工作人员    F4 English    F5 大字
        """,
    ]
}
