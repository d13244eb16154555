"""Points: accounts and statements, what the city owes, and the reconciliation."""

TEXTS: dict[str, tuple[str, str]] = {
    "page.point_accounts": ("益币账户", "Point accounts"),
    "page.point_accounts.about": (
        "每位志愿者的益币：有多少、怎么来的、花到哪里。点开一笔流水，可以一直查到当天的刷卡或打卡。",
        "The points of each volunteer: how many, where from, where to. Open a line to get down to the taps behind it.",
    ),
    "page.point_statement": ("益币流水", "Lines of the statement"),
    "page.points_liability": ("益币负债", "Points as a liability"),
    "page.points_liability.about": (
        "志愿者手中还没有花掉的益币，是全市将来要兑付的。这里按所得月份、到期时间和区县列出。",
        "Points that volunteers have not spent yet are what the city will have to honour: by age, end and district.",
    ),
    "page.points_reconciliation": ("益币对账", "Reconciliation of points"),
    "page.points_reconciliation.about": (
        "每一道等式都要两边相等：服务时长折算的、应得的、账本记的、手里剩的。不相等时，写明该怎么办。",
        "Each equation must hold: what minutes earn, what was awarded, what the ledger holds, what is left. "
        "Where one does "
        "not, it says what to do.",
    ),
    "page.point_rules": ("规则与生效日期", "Rules and their dates"),
    "page.point_rules.about": (
        "益币标准、系数、封顶、有效期，以及系统据以判断的其他数字；每一条都有生效日期和依据。",
        "Rates, coefficients, caps, how long points last, and the other figures that the system decides by, "
        "each with its "
        "dates and its source.",
    ),
    "action.view_points": ("查看益币账户", "View point accounts"),
    "action.view_point_totals": ("查看益币汇总", "View sums of points"),
    # An account
    "points.unit": ("益币", "Points"),
    "points.balance": ("余额", "Balance"),
    "points.balance.help": (
        "账户里的全部益币，包括冻结的。",
        "All points on the account, those held among them.",
    ),
    "points.available": ("可用", "Available"),
    "points.available.help": (
        "现在就能花的：余额减去冻结。",
        "What can be spent now: the balance less what is held.",
    ),
    "points.held": ("冻结", "Held"),
    "points.held.help": (
        "已下单、还没有兑付的部分；兑付时扣除，取消或超时则退回可用。",
        "Promised to orders that are not fulfilled yet; spent then, or free again when they end.",
    ),
    "points.owed": ("欠额", "Owed"),
    "points.owed.help": (
        "服务记录更正后应扣回、但已经花掉的部分；以后所得先补足它，不会要求退款。",
        "Taken back by a correction after it was spent; what is earned next makes it good first.",
    ),
    "points.opened_at": ("开户时间", "Opened"),
    "points.state_label": ("账户情况", "State of the account"),
    "points.state.owing": ("有欠额，暂停兑换", "Owes points: cannot spend"),
    "points.state.holding": ("有冻结", "Points held"),
    "points.state.empty": ("余额为零", "No points"),
    "points.owes": (
        "这位志愿者欠 {owed} 益币：服务记录更正前已经花掉了。补足之前不能兑换；以后所得先补欠额。",
        "This volunteer owes {owed} points: they were spent before a correction. Nothing can be spent until "
        "that is made "
        "good by what is earned next.",
    ),
    "points.tab.lines": ("流水", "Lines"),
    "points.tab.months": ("月度对账单", "Statement by month"),
    "points.tab.lots": ("按所得月份", "By month earned"),
    "points.tab.holds": ("冻结明细", "Held"),
    "points.months_about": (
        "期末 = 期初 + 获得 − 扣回 − 兑换 + 退回 − 过期 ± 调整。数字以最近一次数据更新为准。",
        "Closing = opening + earned − taken back − spent + refunded − expired ± adjusted, as of the last build.",
    ),
    "points.lots_about": (
        "益币按服务所在的月份分批，先到期的先用。到期前会通知本人；没有通知到的不会失效。",
        "Points lie in lots by the month of the service; the oldest are spent first. Nobody loses any untold.",
    ),
    "points.lots_total": (
        "各批合计减去欠额：{total} 益币，即账户余额。",
        "All lots less what is owed: {total}, the balance.",
    ),
    "points.holds_about": ("已经许诺、还没有兑付的益币。", "Points that are promised and not spent yet."),
    "points.held_at": ("冻结时间", "Held"),
    "points.hold_ends": ("最迟到", "Ends"),
    "points.earned_month": ("所得月份", "Month earned"),
    "points.remaining": ("剩余", "Left"),
    "points.expires_on": ("到期日", "Runs out"),
    "points.notified_on": ("已通知", "Told on"),
    "points.period": ("记账月份", "Month"),
    "points.opening": ("期初", "Opening"),
    "points.earned": ("获得", "Earned"),
    "points.reversed": ("更正扣回", "Taken back"),
    "points.spent": ("兑换", "Spent"),
    "points.refunded": ("退回", "Refunded"),
    "points.expired": ("过期", "Expired"),
    "points.adjusted": ("调整", "Adjusted"),
    "points.closing": ("期末", "Closing"),
    # A line
    "points.transfer": ("流水 {number}", "Transfer {number}"),
    "points.transfer_no": ("流水号", "Number"),
    "points.transfer_id": ("流水标识", "Id"),
    "points.posted_at": ("记账时间", "Posted"),
    "points.movement_label": ("变动", "Movement"),
    "points.amount": ("益币", "Points"),
    "points.earned_on": ("服务日", "Service day"),
    "points.other": ("对方", "Other side"),
    "points.for_what": ("用途", "For"),
    "points.reason": ("事由", "Reason"),
    "points.actor": ("经办", "Done by"),
    "points.movement.earned": ("获得", "Earned"),
    "points.movement.reversed": ("更正扣回", "Taken back"),
    "points.movement.spent": ("兑换", "Spent"),
    "points.movement.refunded": ("退回", "Refunded"),
    "points.movement.expired": ("过期", "Expired"),
    "points.movement.adjusted": ("调整", "Adjusted"),
    "points.movement_about.earned": (
        "一次服务公示期满后所得。",
        "What a session earned, once its public notice was over.",
    ),
    "points.movement_about.reversed": (
        "服务记录有更正，多发的部分由系统扣回。",
        "The record was corrected; what was too much was taken back.",
    ),
    "points.movement_about.spent": ("在商城或公益慈善商店兑换。", "Spent at the mall or in a charity shop."),
    "points.movement_about.refunded": (
        "兑换取消或部分退回，回到原来的批次。",
        "A redemption was given back, in whole or part, to the same lots.",
    ),
    "points.movement_about.expired": (
        "到期未用（或对过期的退还）。",
        "Ran out unspent, or an expiry that was given back.",
    ),
    "points.movement_about.adjusted": (
        "人工调整，须两人经手，事由见下。",
        "Added or taken by hand, by two people; the reason is below.",
    ),
    "points.other_kind.issue": ("益币发放", "Issued"),
    "points.other_kind.mall": ("益币商城", "Mall"),
    "points.other_kind.shop": ("公益慈善商店", "Charity shop"),
    "points.other_kind.expired": ("过期", "Expired"),
    "points.other_kind.adjustment": ("人工调整", "Adjustment"),
    "points.purpose.settlement": ("第 {number} 次结算", "Settlement {number}"),
    "points.purpose.order": ("订单 {number}", "Order {number}"),
    "points.purpose.redemption": ("兑换 {number}", "Redemption {number}"),
    "points.purpose.adjustment": ("人工调整 {number}", "Adjustment {number}"),
    "points.purpose.shop": ("商店 {number}", "Shop {number}"),
    "points.lots_moved": ("动用了哪些批次", "Which lots it moved"),
    "points.open_reversed": ("查看被退回的流水 {number}", "Open transfer {number}, which is given back"),
    "points.given_back": ("已退回", "Given back"),
    "points.behind": ("这笔益币的来历", "Where it comes from"),
    "points.no_record": (
        "这次服务现在不在服务记录里：可能已更正、转到合并后的志愿者名下，或数据还没有更新。有差额时，下一次结算会自动补正。",
        "The session is not among the records now: corrected, moved to a merged record, or not built yet. The next "
        "settlement posts any difference.",
    ),
    "points.formula": (
        "**{minutes} 分钟** ÷ 60 × **{rate} 益币/小时** × 系数 **{coefficient}%** = **{rated}**（不足 0.01 舍去），"
        "应得 **{amount}** 益币",
        "**{minutes} min** ÷ 60 × **{rate} points an hour** × coefficient **{coefficient}%** = **{rated}** (rounded "
        "down to 0.01), awarded **{amount}**",
    ),
    "points.earns_none": (
        "按现在的规则和记录，这次服务没有益币。",
        "By the rules and the record as they are now, this session earns no points.",
    ),
    "points.capped": (
        "受封顶限制：每人每天最多 {day}，每月最多 {month}。",
        "Cut by a cap: at most {day} a day and {month} a month for one person.",
    ),
    "points.final_on": ("公示到 {day} 结束，之后入账。", "On public notice until {day}, posted after that."),
    "points.frozen": (
        "异议 {number} 处理期间，这次服务冻结，不计益币。",
        "Dispute {number} freezes this session: no points until it is decided.",
    ),
    "points.channel_label": ("记录方式", "Recorded by"),
    "points.channel.CARD": ("市民卡刷卡", "Card reader"),
    "points.channel.APP": ("手机打卡", "App check-in"),
    "points.channel.HONOUR": ("人工录入", "Entered by hand"),
    "points.site": ("服务点", "Site"),
    "points.in_at": ("计入起", "Counted from"),
    "points.out_at": ("计入止", "Counted to"),
    "points.session_id": ("服务时段编号", "Session"),
    "points.events": ("原始记录", "The events"),
    "points.taps_about": (
        "读卡设备和它的流水号，可在设备日志中逐条核对；时间是计入服务的起止（在场次时间内）。",
        "The readers and their running numbers, to be found in their logs; times are those that count, within "
        "the shift.",
    ),
    "points.open_honour": ("查看荣誉记录 {number}", "Open honour record {number}"),
    "points.event": ("打卡编号", "Check-in"),
    "points.direction_label": ("方向", "Direction"),
    "points.direction.in": ("签到", "In"),
    "points.direction.out": ("签退", "Out"),
    "points.occurred_at": ("打卡时间", "Time"),
    "points.client_label": ("终端", "Terminal"),
    "points.client.app": ("手机应用", "App"),
    "points.client.mini_program": ("小程序", "Mini-program"),
    "points.client.web": ("网页", "Web"),
    "points.accuracy": ("定位精度（米）", "Accuracy (m)"),
    "points.reader": ("读卡设备", "Reader"),
    "points.tap_number": ("设备流水号", "Running number"),
    "points.counted_at": ("计入时间", "Counted time"),
    # Sums
    "points.whole_city": ("全市", "The whole city"),
    "points.own_district": ("只显示{district}的志愿者。", "Volunteers of {district} only."),
    "points.by_district_only": (
        "益币汇总只到区县一级。请在“益币账户”中查看本街道志愿者的账户。",
        "Sums of points are kept by district. See the accounts of your volunteers under “Point accounts”.",
    ),
    "points.no_district": ("未知", "Unknown"),
    "liability.outstanding": ("未兑付益币", "Outstanding"),
    "liability.outstanding.help": (
        "志愿者手里还剩的益币，减去他们欠的。",
        "What volunteers have left, less what they owe.",
    ),
    "liability.owners": ("持有人数", "People who have any"),
    "liability.people": ("人数", "People"),
    "liability.by_age": ("按所得月份", "By month earned"),
    "liability.by_district": ("按区县", "By district"),
    "liability.forecast": ("到期预测", "Forecast of expiry"),
    "liability.forecast_about": (
        "如果从今天起不再兑换，这些益币将在当月底失效。实际只会更少：先到期的先花。",
        "What runs out if nothing is spent from now on. It will be less: the oldest points are spent first.",
    ),
    "liability.runs_out": ("将失效", "Runs out"),
    "liability.month": ("到期月份", "Month"),
    "liability.nothing": (
        "还没有未兑付的益币。公示期满并结算后，这里就会有数字。",
        "No points are outstanding yet.",
    ),
    "liability.no_redemptions": ("还没有兑换。", "Nothing was redeemed yet."),
    "liability.place": ("兑换处", "Where"),
    "liability.spenders": ("兑换人数", "People"),
    "liability.redemptions": ("兑换次数", "Redemptions"),
    "liability.tab.ages": ("按所得月份", "By age"),
    "liability.tab.forecast": ("到期预测", "Expiry"),
    "liability.tab.districts": ("按区县", "By district"),
    "liability.tab.redemptions": ("兑换情况", "Redemptions"),
    # Reconciliation
    "reconcile.equal": ("相等", "Equal"),
    "reconcile.unequal": ("不相等", "Not equal"),
    "reconcile.difference": ("差额", "Difference"),
    "reconcile.all_equal": ("{n} 道等式全部相等。", "All {n} equations hold."),
    "reconcile.some_unequal": (
        "有 {n} 道等式不相等。先不要发布数字，按下面的提示处理。",
        "{n} equations do not hold. Publish no figures; do what is said below.",
    ),
    "reconcile.stops": (
        "每次更新数据都会逐人逐月核对；对不上时，更新会停下，页面保留上一次对得上的数字。",
        "Each build holds every person and month against the ledger; what does not agree stops it, and the "
        "pages keep the "
        "last figures that did.",
    ),
    "reconcile.minutes_are_awarded": ("服务时长折算 = 应得益币", "Minutes × rate × coefficient = awarded"),
    "reconcile.minutes_are_awarded.about": (
        "每次服务的分钟数按标准和系数折算、逐次舍去，再按每人每天、每月封顶，应当等于发放清单上的益币。",
        "The minutes of each session by rate and coefficient, rounded down, within each person's caps, are the awards.",
    ),
    "reconcile.minutes_are_awarded.left": ("按规则折算", "By the rules"),
    "reconcile.minutes_are_awarded.right": ("发放清单", "Awards"),
    "reconcile.minutes_are_awarded.to_do": (
        "发放清单与规则不符。请管理员运行 `hub build`；若仍不相等，停止结算并联系技术支持，附上下表中不相等的月份。",
        "The awards are not what the rules say. Run `hub build`; if they still differ, stop settling and have "
        "the months "
        "below that differ looked into.",
    ),
    "reconcile.by_rule": (
        "{minutes} 分钟 → 折算 {rated}，封顶减少 {capped}。",
        "{minutes} minutes → {rated} by rate, {capped} cut by caps.",
    ),
    "reconcile.final_is_in_the_ledger": ("公示期满的应得 = 账本发放", "Awards that are final = the ledger's"),
    "reconcile.final_is_in_the_ledger.about": (
        "公示期满的益币应当全部入账，更正的应当全部扣回，一分不多、一分不少。",
        "What is final is in the ledger and what was corrected is taken back, no more and no less.",
    ),
    "reconcile.final_is_in_the_ledger.left": ("公示期满的应得", "Final awards"),
    "reconcile.final_is_in_the_ledger.right": ("账本发放净额", "In the ledger, net"),
    "reconcile.final_is_in_the_ledger.to_do": (
        "账本与发放清单不符。请管理员运行 `hub build` 重新结算；若仍不相等，运行 `hub ledger verify` "
        "查看账本是否被改动。",
        "The ledger is not what was awarded. Run `hub build` to settle again; if it still differs, `hub ledger verify` "
        "says whether the ledger was changed.",
    ),
    "reconcile.on_notice": (
        "应得共 {awarded}，其中公示中、尚未入账 {pending}。",
        "{awarded} awarded in all, of which {pending} on public notice and not posted yet.",
    ),
    "reconcile.movements_are_balances": ("所有变动之和 = 余额之和", "All movements = all balances"),
    "reconcile.movements_are_balances.about": (
        "获得 − 扣回 − 兑换 + 退回 − 过期 ± 调整，应当等于志愿者手里的余额（剩余减欠额）。",
        "Earned − taken back − spent + refunded − expired ± adjusted is what volunteers have, less what they owe.",
    ),
    "reconcile.movements_are_balances.left": ("变动合计", "Movements"),
    "reconcile.movements_are_balances.right": ("余额合计", "Balances"),
    "reconcile.movements_are_balances.to_do": (
        "有账户的余额与流水不符。请管理员运行 `hub ledger verify`，它会列出是哪个账户；查清之前停止该账户兑换。",
        "Some balance is not what its lines add up to. `hub ledger verify` names the account; let it spend "
        "nothing before "
        "that is cleared up.",
    ),
    "reconcile.moved": (
        "获得 {earned}，扣回 {reversed}，兑换 {spent}，退回 {refunded}，过期 {expired}，调整 {adjusted}。",
        "Earned {earned}, taken back {reversed}, spent {spent}, refunded {refunded}, expired {expired}, adjusted "
        "{adjusted}.",
    ),
    "reconcile.accounts_add_up": (
        "志愿者持有 = 发放 − 已用 − 过期",
        "Held by volunteers = issued − used − expired",
    ),
    "reconcile.accounts_add_up.about": (
        "此刻账本里所有账户相加必须为零：志愿者有的，正是发放账户给出、减去商城商店收回和过期的。",
        "At this moment all accounts add up to nothing: what volunteers have was issued and not yet used or expired.",
    ),
    "reconcile.accounts_add_up.left": ("志愿者账户合计", "Accounts of volunteers"),
    "reconcile.accounts_add_up.right": ("其他账户合计（取负）", "All other accounts (negated)"),
    "reconcile.accounts_add_up.to_do": (
        "账本被人从外部改动。立即停止兑换，保留数据库现状，运行 `hub ledger verify` 并通知审计员。",
        "The ledger was changed from outside. Stop spending at once, keep the database as it is, run `hub "
        "ledger verify` "
        "and tell the auditor.",
    ),
    "reconcile.by_month": ("按服务月份", "By service month"),
    "reconcile.month": ("服务月份", "Service month"),
    "reconcile.rated": ("折算", "By rate"),
    "reconcile.capped": ("封顶减少", "Cut by caps"),
    "reconcile.awarded": ("应得", "Awarded"),
    "reconcile.pending": ("公示中", "On notice"),
    "reconcile.final": ("公示期满", "Final"),
    "reconcile.ledger": ("账本发放", "In the ledger"),
}
