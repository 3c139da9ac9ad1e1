/// The pages on which a matter is looked for: by words, by department, by who one is, by what happened.

import KioskCore

/// The same pages serve the welcome page, where a matter is begun, and a flow that prints the guide of a matter.
struct MatterFinder {
    enum Use {
        case begin
        /// Print the guide of the matter that is picked.
        case guide
    }

    let library: MatterLibrary
    let search: MatterSearch
    let state: SessionState
    let use: Use

    private var finding: Finding { state.finding }
    private var language: Language { state.language }
    private var words: Words { Words(language: state.language) }
    private var readable: Readable { Readable(language: state.language) }

    /// Tiles that stand on one screen: matters with what one must know of them, fewer under a search field, and names.
    private var mattersPerPage: Int { isLarge && isLong ? 2 : 4 }
    private var foundPerPage: Int { isLarge || isLong ? 2 : 4 }
    private var namesPerPage: Int { isLarge || isLong ? 6 : 9 }
    /// English takes more room.
    private var isLong: Bool { language == .en }
    private var isLarge: Bool { state.textSize == .large }
    /// Matters of a life event that are listed without asking for the department.
    private static let maximumAtOnce = 24
    /// Matters that a search shows.
    private static let maximumResults = 54

    var body: PageBody {
        switch finding.way {
        case .home, .search: searchPage
        case .departments:
            namesPage(
                "departments", words[.findDepartmentsTitle], library.departments,
                { Finding(.department($0.key)) }, of: { matters(of: $0.key) })
        case .department(let key): mattersPage("department", name(of: key), matters(of: key), above: .departments)
        case .audience(let audience): audiencePage(audience)
        case .events:
            namesPage(
                "events", words[.findEventsTitle], library.events, { Finding(.event($0.key)) },
                of: { matters(at: $0.key) })
        case .event(let key): eventPage(key)
        }
    }

    // MARK: Searching

    private var searchPage: PageBody {
        let found = search.search(finding.text, limit: Self.maximumResults)
        let isEmpty = finding.text.allSatisfy(\.isWhitespace)
        var nodes = [
            Node(
                "search",
                .field(
                    .search, label: words[use == .guide ? .searchGuideLabel : .searchLabel], value: finding.text,
                    hint: found.isEmpty ? words[.searchHint] : nil, required: true, error: nil))
        ]
        if isEmpty {
            nodes += otherWays
        } else if found.isEmpty {
            nodes.append(
                Node(
                    "nothing", .notice(.information, title: words[.searchNothingTitle], text: words[.searchNothingText])
                ))
            nodes += otherWays
        } else {
            nodes += tiles(of: found, perPage: foundPerPage)
        }
        return page(
            "search", words[use == .guide ? .searchGuideTitle : .searchTitle], nodes,
            count: found.count, perPage: foundPerPage, above: .home)
    }

    private var otherWays: [Node] {
        let begin: [(String, Phrase, Phrase, Finding.Way)] = [
            ("way.events", .wayEvents, .wayEventsDetail, .events),
            ("way.departments", .wayDepartments, .wayDepartmentsDetail, .departments),
        ]
        return begin.map { id, title, detail, way in
            Node(id, .tile(title: words[title], detail: words[detail], event: .find(Finding(way))))
        }
    }

    // MARK: Lists

    private func audiencePage(_ audience: Matter.Audience) -> PageBody {
        let title = words[audience == .enterprise ? .wayEnterprise : .wayPerson]
        func suits(_ matter: Matter) -> Bool { matter.audience == audience || matter.audience == .both }
        // What stands in the text of this way is the department that was chosen on its first page.
        if finding.text.isEmpty {
            return namesPage(
                "audience", title, library.departments,
                { Finding(.audience(audience), text: $0.key) },
                of: { matters(of: $0.key).filter(suits) })
        }
        return mattersPage(
            "audience.matters", words(.findTwo, title, name(of: finding.text)),
            matters(of: finding.text).filter(suits), above: .audience(audience))
    }

    /// A life event with many matters asks for the department first.
    private func eventPage(_ key: String) -> PageBody {
        let title = library.events.first { $0.key == key }?.name[language] ?? words[.findEventsTitle]
        let all = matters(at: key)
        guard all.count > Self.maximumAtOnce else { return mattersPage("event", title, all, above: .events) }
        if finding.text.isEmpty {
            return namesPage(
                "event.departments", title, library.departments, { Finding(.event(key), text: $0.key) },
                of: { matters(of: $0.key).filter { $0.events.contains(key) } }, above: .events)
        }
        return mattersPage(
            "event", words(.findTwo, title, name(of: finding.text)),
            matters(of: finding.text).filter { $0.events.contains(key) }, above: .event(key))
    }

    private func namesPage(
        _ id: String, _ title: String, _ names: [MatterLibrary.Named],
        _ finding: (MatterLibrary.Named) -> Finding, of matters: (MatterLibrary.Named) -> [Matter],
        above: Finding.Way = .home
    ) -> PageBody {
        let filled = names.map { ($0, matters($0).count) }.filter { $0.1 > 0 }
        let shown = pageOf(filled, perPage: namesPerPage)
        let nodes = shown.map { named, count in
            Node(
                "name.\(named.key)",
                .tile(
                    title: named.name[language],
                    detail: count == 1 ? words[.findOne] : words(.findCount, String(count)),
                    event: .find(finding(named))))
        }
        return page(id, title, nodes, count: filled.count, perPage: namesPerPage, above: above)
    }

    private func mattersPage(_ id: String, _ title: String, _ matters: [Matter], above: Finding.Way) -> PageBody {
        page(
            id, title, tiles(of: matters, perPage: mattersPerPage), count: matters.count,
            perPage: mattersPerPage, above: above)
    }

    private func tiles(of matters: [Matter], perPage: Int) -> [Node] {
        pageOf(matters, perPage: perPage).map { matter in
            Node(
                "matter.\(matter.code)",
                .tile(
                    title: matter.title[language], detail: detail(of: matter),
                    event: use == .guide ? .pickGuide(matter: matter.code) : .choose(matter: matter.code)))
        }
    }

    /// Under a search field and in large text only what the matter is for: the rest stands on its first page.
    private func detail(of matter: Matter) -> String {
        let summary = matter.summary[language]
        guard !isLarge else { return summary }
        let time = readable.timeLimit(matter.workdays)
        let fee = readable.fee(of: matter)
        return switch finding.way {
        case .search: summary
        case .department, .audience: words(.tileShort, summary, time, fee)
        default: words(.tileDetail, summary, matter.department[language].withoutBrackets, time, fee)
        }
    }

    private func page(
        _ id: String, _ title: String, _ nodes: [Node], count: Int, perPage: Int, above: Finding.Way
    ) -> PageBody {
        let pages = pageCount(of: count, perPage: perPage)
        let current = currentPage(of: pages)
        func turn(_ id: String, _ label: Phrase, to page: Int, _ style: Action.Style, _ key: String) -> Action {
            var other = finding
            other.page = page
            return Action(
                id: id, label: words[label], style: style,
                event: (0..<pages).contains(page) ? .find(other) : nil, key: key)
        }
        let nothing = Node(
            "nothing", .notice(.information, title: words[.searchNothingTitle], text: words[.searchNothingText]))
        let prefix = use == .guide ? "guide" : "find"
        let isFirstOfGuide = use == .guide && (finding.way == .search || finding.way == .home)
        return PageBody(
            id: use == .guide && isFirstOfGuide ? "guide" : "\(prefix).\(id)",
            title: pages > 1 ? words(.findPage, title, String(current + 1), String(pages)) : title,
            nodes: nodes.isEmpty ? [nothing] : nodes,
            actions: pages > 1
                ? [
                    turn("page.next", .pageNext, to: current + 1, .primary, "n"),
                    turn("page.previous", .pagePrevious, to: current - 1, .secondary, "p"),
                ] : [],
            back: isFirstOfGuide ? .back : .find(Finding(use == .guide && above == .home ? .search : above)),
            startOver: use == .guide ? .askStartOver : .find(Finding(.home)))
    }

    private func pageOf<Item>(_ items: [Item], perPage: Int) -> ArraySlice<Item> {
        let current = currentPage(of: pageCount(of: items.count, perPage: perPage))
        return items.dropFirst(current * perPage).prefix(perPage)
    }

    private func pageCount(of count: Int, perPage: Int) -> Int { max(1, (count + perPage - 1) / perPage) }

    /// The page may be one of a list that was longer, or in smaller text.
    private func currentPage(of count: Int) -> Int { min(max(0, finding.page), count - 1) }

    private func matters(of department: String) -> [Matter] {
        library.matters.filter { $0.code.prefix { $0 != "-" } == department }
    }

    private func matters(at event: String) -> [Matter] {
        library.matters.filter { $0.events.contains(event) }
    }

    private func name(of department: String) -> String {
        library.departments.first { $0.key == department }?.name[language].withoutBrackets
            ?? words[.findDepartmentsTitle]
    }
}

extension String {
    /// `公安分局（户政、治安）` is `公安分局` where there is little room.
    fileprivate var withoutBrackets: String {
        guard let open = firstIndex(where: { $0 == "（" || $0 == "(" }), open > startIndex else { return self }
        return self[..<open].split(separator: " ").joined(separator: " ")
    }
}
