/// A small folder of matter files without a mistake: what the seeded mistakes are put into.

import KioskCore

enum GoodMatter {
    static let path = "TST/TST-001.yaml"

    static let sources: [MatterSource] = [
        MatterSource(path: path, text: matter), MatterSource(path: "archetypes/apply.yaml", text: archetype),
        MatterSource(path: "sections/own-card.yaml", text: ownCard),
        MatterSource(path: "sections/bank-card.yaml", text: bankCard),
        MatterSource(path: "registers/shop-permit.yaml", text: register),
        MatterSource(
            path: "departments.yaml", text: "departments:\n  TST: 测试局 | Test office\n  OTH: 别的局 | Other office\n"),
        MatterSource(path: "life-events.yaml", text: "events:\n  business: 开店 | Business\n"),
        MatterSource(path: "materials.yaml", text: "materials:\n  lease: 租赁合同 | Lease\n"),
    ]

    static let matter = """
        code: TST-001
        title: 开店登记 | Registering a shop
        kind: permit
        audience: person
        archetype: apply
        identity: id-card
        summary: 新开店来这里登记。 | For people who open a shop.
        output: receipt
        workdays: 5
        fee: 0
        events: [business]
        uses:
          - bank-card: {for: 补贴 | the subsidy}
        lookup: {register: shop-permit, by: [permit_no]}
        conditions:
          rented: right == "rent"
        pages:
          - title: 原许可证 | The old permit
            fields:
              - {key: permit_no, type: text, label: 许可证编号 | Permit number, sample: A1}
          - title: 店铺 | The shop
            fields:
              - {key: shop, type: text, label: 店名 | Name, sample: 暖阳小店}
              - key: right
                type: choice
                label: 场所 | Premises
                options: {own: 自有 | Owned, rent: 租赁 | Rented}
              - {key: area, type: number, label: 面积 | Area, min: 5, max: 900, sample: 60}
              - {key: rent, type: money, label: 月租 | Monthly rent, sample: 1500, when: rented}
          - title: 租期 | The lease
            when: rented
            fields:
              - {key: lease_from, type: date, label: 租期起 | From}
              - key: lease_to
                type: date
                label: 租期止 | Until
                checks: [{holds: lease_to > lease_from, message: 止日要晚于起日 | It must end after it starts}]
          - title: 店员 | Staff
            fields:
              - key: staff
                type: list
                label: 店员 | Staff
                required: false
                fields:
                  - {key: name, type: text, label: 姓名 | Name, sample: 张伟民}
                  - {key: id_no, type: id-number, label: 身份证号码 | ID number}
        materials:
          - {key: photo, label: 照片 | Photograph, mark: "*"}
          - {key: lease, mark: "?"}
        rules:
          - {when: rented, need: lease}
          - {when: age < 18, reject: 未满18岁不能办。 | You must be 18.}
          - {when: record.state == "frozen", window: 请到窗口。 | Please go to the window.}
          - {when: area > 500, note: 要消防检查。 | A fire inspection follows.}
        questions:
          - {q: 要多久？ | How long?, a: 五天。 | Five days.}

        """

    static let archetype = """
        archetype: apply
        title: 申请 | Application
        steps:
          - notice
          - identify
          - key-pages
          - lookup: optional
          - pages
          - capture
          - review
          - sign
          - submit
          - print
          - finish

        """

    static let ownCard = """
        section: own-card
        identity: id-card
        materials:
          - {key: id_card, label: 身份证 | ID card, mark: "*", from: applicant-card}

        """

    static let bankCard = """
        section: bank-card
        parameters: [for]
        pages:
          - title: 收款银行卡 | Bank card
            hint: "用来收{for}。 | To receive {for}."
            fields:
              - {key: bank_account, type: bank-card, label: 银行卡号 | Card number}

        """

    static let register = """
        register: shop-permit
        title: 店铺许可证 | Shop permit
        facts:
          - {key: valid_to, type: date, label: 有效期至 | Valid until}
          - key: state
            type: choice
            label: 状态 | State
            options: {valid: 有效 | Valid, frozen: 冻结 | Frozen}

        """
}
