"""Sums of points: what the city owes, and whether hours, awards, ledger and balances are one."""

TEXTS: dict[str, tuple[str, str]] = {
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
    # Accounting months
    "periods.title": ("会计月份", "Accounting months"),
    "periods.about": (
        "结账后的月份不再接受任何入账，之后的更正记入未结账的月份。请把账本号和摘要另行打印存档，日后可据此证明账本没有被改写。",
        "A month that is closed takes no more entries; a later correction goes into the open one. Keep the number and "
        "the digest elsewhere, printed: they prove later that the ledger was not written anew.",
    ),
    "periods.period": ("月份", "Month"),
    "periods.outstanding": ("志愿者持有益币", "Points of volunteers"),
    "periods.last_transfer_no": ("最后账本号", "Last ledger number"),
    "periods.digest": ("摘要", "Digest"),
    "periods.closed_at": ("结账时间", "Closed"),
    "periods.closed_by": ("经办账号", "By"),
    "periods.close": ("结账", "Close a month"),
    "periods.up_to": ("结到哪个月（含）", "Up to which month, included"),
    "periods.note": ("备注（可不填）", "Note (may be empty)"),
    "periods.closed": ("已结账到 {month}", "Closed up to {month}"),
    "periods.unequal": (
        "有等式不相等，查清之前不要结账。",
        "An equation does not hold: close nothing until it is cleared up.",
    ),
    "to_do.periods": ("待结账的会计月份", "Accounting months to close"),
}

REFUSALS: dict[str, str] = {
    "all months to {month} are closed already": "{month} 及以前的月份已经结账",
}
