"""Sites, card readers, citizen cards and rejected taps."""

TEXTS: dict[str, tuple[str, str]] = {
    "page.sites": ("服务点", "Sites"),
    "page.sites.about": (
        "开展志愿服务的地点：登记、更正、搬迁、关闭。",
        "Where service happens: register, correct, move and close places.",
    ),
    "page.devices": ("读卡设备管理", "Card readers"),
    "page.devices.about": (
        "登记、移动、更换、停用读卡设备，并查看哪些设备需要处理。",
        "Register, move, replace and retire card readers, and see which need attention.",
    ),
    "page.cards": ("市民卡", "Citizen cards"),
    "page.cards.about": (
        "谁持有哪张卡：绑定、挂失、补卡、退卡。",
        "Whose card is whose: bind, report lost, issue again, return.",
    ),
    "page.rejected_taps": ("未计入的刷卡", "Rejected taps"),
    "page.rejected_taps.about": (
        "哪些刷卡没有计入、为什么。把未知卡绑定到本人后，之前的刷卡会在下次数据更新时自动补计。",
        "Which taps were not counted, and why. Bind an unknown card to its owner, and its taps count with the next "
        "update of the data.",
    ),
    "to_do.unknown_cards": ("等待绑定的未知卡", "Unknown cards to bind"),
    "to_do.silent_devices": ("失联的读卡设备", "Silent card readers"),
    "to_do.places_since": ("最早自 {time}", "the longest since {time}"),
    "to_do.places_open": ("去办理", "Go there"),
    # Fields
    "places.column.area": ("所在区域", "Area"),
    "places.column.bound_from": ("绑定起始", "Bound from"),
    "places.column.bound_to": ("绑定截止", "Bound to"),
    "places.column.card_no": ("卡号", "Card"),
    "places.column.closed_on": ("关闭日期", "Closed on"),
    "places.column.first_tapped_at": ("首次刷卡", "First tap"),
    "places.column.is_directed": ("区分进出", "Tells in from out"),
    "places.column.last_site": ("最近刷卡地点", "Last tapped at"),
    "places.column.last_tapped_at": ("最近刷卡", "Last tap"),
    "places.column.lat": ("纬度", "Latitude"),
    "places.column.lon": ("经度", "Longitude"),
    "places.column.opened_on": ("启用日期", "Opened on"),
    "places.column.organisation_id": ("负责组织编号", "Number of the organisation"),
    "places.column.position_system": ("坐标系", "Position system"),
    "places.column.radius_m": ("签到半径（米）", "Check-in radius (m)"),
    "places.column.received_day": ("数据到达日", "Day of arrival"),
    "places.column.registered_at": ("登记时间", "Registered"),
    "places.column.reject_reason": ("未计入原因", "Why rejected"),
    "places.column.rejected": ("未计入（次）", "Rejected taps"),
    "places.column.replaces_device_no": ("替换了设备", "Replaces the reader"),
    "places.column.reported_lost_at": ("挂失时间", "Reported lost"),
    "places.column.retired_at": ("停用时间", "Retired"),
    "places.column.site_id": ("服务点编号", "Site number"),
    "places.column.site_name": ("服务点名称", "Site"),
    "places.column.succeeds_site_id": ("搬迁自服务点", "Moved from the site"),
    "places.column.tapped_on": ("刷卡日", "Day of the tap"),
    "places.column.township": ("街道（乡镇）", "Township"),
    "places.column.volunteer_no": ("志愿者编号", "Volunteer number"),
    "places.save": ("保存", "Save"),
    "places.saved": ("已保存。", "Saved."),
    "position_system.WGS-84": ("WGS-84（卫星定位原始坐标）", "WGS-84 (as satellites tell it)"),
    "position_system.GCJ-02": ("GCJ-02（高德、腾讯地图）", "GCJ-02 (AMap, Tencent maps)"),
    "position_system.BD-09": ("BD-09（百度地图）", "BD-09 (Baidu maps)"),
    # Sites
    "site.state.open": ("使用中", "Open"),
    "site.state.closed": ("已关闭", "Closed"),
    "sites.tab.list": ("列表", "List"),
    "sites.tab.register": ("登记服务点", "Register a site"),
    "sites.tab.import": ("批量导入", "Import"),
    "sites.search": ("名称开头", "Beginning of the name"),
    "sites.no_organisation": ("没有则留空", "Leave empty if none"),
    "sites.registered": ("服务点已登记。", "The site is registered."),
    "sites.import_about": (
        "类型填中文名称（社区、医院、博物馆、图书馆、学校、公园、地铁站、志愿服务站、公益慈善商店）；"
        "区域代码填区县、街道或社区的代码；坐标系填 WGS-84、GCJ-02 或 BD-09。编号类的列请在表格软件中设为“文本”。",
        "The kind by its code, such as community; the area by the code of a district, township or community; the "
        "position system WGS-84, GCJ-02 or BD-09. Format columns of numbers as text in your spreadsheet.",
    ),
    "sites.goes_on": ("已搬迁，现为服务点 {n}", "Moved: now site {n}"),
    "sites.correct": ("更正信息", "Correct"),
    "sites.correct_about": (
        "登记有误时在此更正，对过去的记录同样生效。实际搬了地方请用“搬迁”。",
        "For what was written down wrongly; it holds for the past as well. If the site really moved, use “Move”.",
    ),
    "sites.move": ("搬迁", "Move"),
    "sites.move_about": (
        "从所选日期凌晨 4 点起，服务点改在新地址，设备和之后的场次随之迁移，并通知已报名者；之前的服务仍记在旧地址。",
        "From 04:00 of the day chosen the site goes on at the new place with its readers and later shifts, and those "
        "who signed up are told; earlier service stays at the old place.",
    ),
    "sites.moved_on": ("搬迁日期", "Moved on"),
    "sites.moved": ("已搬迁。", "Moved."),
    "sites.close_site": ("关闭", "Close"),
    "sites.close_site_about": (
        "关闭前请先移走或停用这里的设备，并取消尚未举行的场次。",
        "Move or retire the readers here first, and cancel the shifts still to come.",
    ),
    "sites.reopen_site": ("重新启用", "Open again"),
    "sites.reopen_site_about": (
        "误关闭或恢复使用时重新启用。",
        "Where it was closed by mistake or is used again.",
    ),
    # Readers
    "device.in_use.in_use": ("在用", "In use"),
    "device.in_use.retired": ("已停用", "Retired"),
    "directed.true": ("区分进出", "Yes"),
    "directed.false": ("不区分", "No"),
    "devices.tab.list": ("设备列表", "List"),
    "devices.tab.attention": ("需要处理", "Need attention"),
    "devices.tab.register": ("登记设备", "Register a reader"),
    "devices.tab.import": ("批量导入", "Import"),
    "devices.search": ("设备编号开头", "Beginning of the number"),
    "devices.attention_about": (
        "失联、时钟不准，或近 7 天读到未知卡的设备（截至最近一次数据更新）。",
        "Readers that are silent, whose clock is wrong, or that read unknown cards in the last 7 days, as of the last "
        "update of the data.",
    ),
    "devices.registered": (
        "设备已登记，此前因设备未登记而未计入的刷卡会在下次数据更新时补计。",
        "The reader is registered; its taps so far count with the next update of the data.",
    ),
    "devices.site_help": ("在“服务点”页面可以查到编号。", "The page “Sites” tells the number."),
    "devices.import_about": (
        "服务点编号见“服务点”页面；区分进出填 是 或 否，留空为否。设备编号请在表格软件中设为“文本”。",
        "The page “Sites” tells the site numbers; is_directed is yes or no, empty means no. Format the reader's number "
        "as text in your spreadsheet.",
    ),
    "devices.not_built_yet": (
        "数据更新后将显示该设备的运行情况。",
        "What this reader does will be shown after the next update of the data.",
    ),
    "devices.placements": ("安放记录", "Where it stood"),
    "devices.placement": ("{begin} 至 {end}：{site}", "{begin} to {end}: {site}"),
    "devices.until_now": ("现在", "now"),
    "devices.heartbeats": ("最近心跳", "Last signs of life"),
    "devices.heartbeat": (
        "{time}，时钟偏差 {offset} 秒，待传 {queued} 条",
        "{time}, clock {offset} s off, {queued} taps waiting",
    ),
    "devices.from_day": ("从哪天起（当日凌晨 4 点）", "From which day on (04:00)"),
    "devices.move": ("移动到其他服务点", "Move to another site"),
    "devices.move_about": (
        "所选日期之前的刷卡仍归原服务点。选登记当天或更早，表示设备从未放在原服务点。",
        "Taps before that day stay with the site where it stood. A day at or before its registration says that it "
        "never stood there.",
    ),
    "devices.moved": ("设备已移动。", "The reader is moved."),
    "devices.set_directed": ("是否区分进出", "Whether it tells in from out"),
    "devices.set_directed_about": (
        "入口、出口分别安装的设备选“区分进出”；一台设备进出共用则不选。",
        "Tick it for readers of which one stands at the entrance and another at the exit.",
    ),
    "devices.replace": ("更换故障设备", "Replace a broken reader"),
    "devices.replace_about": (
        "新设备放在同一位置，旧设备停用；旧设备里尚未上传的刷卡以后传来仍会计入。",
        "The new one stands where the old one did, which retires; taps it still holds count when they arrive.",
    ),
    "devices.new_device_no": ("新设备编号", "Number of the new reader"),
    "devices.replaced": ("设备已更换。", "The reader is replaced."),
    "devices.retire": ("停用", "Retire"),
    "devices.retire_about": ("停用后不再提示失联。", "A retired reader is not reported as silent any more."),
    "devices.retired": ("设备已停用。", "The reader is retired."),
    # Cards
    "card.state.bound": ("使用中", "Bound"),
    "card.state.lost": ("已挂失", "Lost"),
    "card.state.ended": ("已解除绑定", "Ended"),
    "cards.tab.list": ("列表", "List"),
    "cards.tab.bind": ("绑定卡", "Bind a card"),
    "cards.tab.import": ("批量导入", "Import"),
    "cards.search": ("卡号开头", "Beginning of the number"),
    "cards.holder": ("持卡人", "Holder"),
    "cards.from_day": ("从哪天起", "From which day on"),
    "cards.bind_about": (
        "选过去的日期，可让该日起用这张卡的刷卡补计。",
        "A day in the past lets the taps of the card count from that day on.",
    ),
    "cards.bound": ("已绑定。", "Bound."),
    "cards.import_about": (
        "起始日留空表示从现在起。两种编号请在表格软件中设为“文本”，否则会丢失前面的 0，或变成科学计数法。",
        "Without a day a card is bound from now on. Format the columns of numbers as text in your spreadsheet, or "
        "zeros in front are lost and long numbers are shortened.",
    ),
    "cards.other_binding": ("另一段绑定：{begin} 至 {end}", "Bound before or after: {begin} to {end}"),
    "cards.report_card_lost": ("挂失", "Report lost"),
    "cards.report_card_lost_about": (
        "挂失后用这张卡的刷卡不再计入。",
        "Taps of a lost card are not counted any more.",
    ),
    "cards.unbind_card": ("退卡（解除绑定）", "Return the card"),
    "cards.unbind_card_about": (
        "从现在起这张卡不再属于本人，可以绑定给别人。",
        "From now on the card is nobody's and can be bound to somebody else.",
    ),
    "cards.reissue_card": ("补卡", "Issue another card"),
    "cards.reissue_card_about": (
        "新卡从现在起归本人；旧卡进、新卡出也能配成一次服务。",
        "The new card is theirs from now on; in by the old and out by the new one is one service.",
    ),
    "cards.new_card_no": ("新卡号", "Number of the new card"),
    "cards.report_card_found": ("卡已找回", "Found again"),
    "cards.report_card_found_about": (
        "挂失期间的刷卡不计入；已补卡的，这张卡变为空卡。",
        "Taps while it was lost do not count; if another card was issued, this one is free.",
    ),
    # Rejected taps
    "rejected.tab.cards": ("未知卡", "Unknown cards"),
    "rejected.tab.counts": ("各类原因", "By reason"),
    "rejected.no_unknown": ("没有未知卡。", "There are no unknown cards."),
    "rejected.unknown_about": (
        "这些卡刷过但没有绑定给任何人，刷卡暂不计入。请联系本人核实后绑定。",
        "These cards were tapped but are nobody's, so their taps do not count yet. Find the owner, then bind.",
    ),
    "rejected.choose_card": ("要绑定的卡", "Card to bind"),
    "rejected.choose_card_help": ("选择或输入卡号", "Choose or type a number"),
    "rejected.open": ("查看并绑定", "Look and bind"),
    "rejected.waits": ("等待绑定", "Waits"),
    "rejected.heals_next": ("已绑定，下次更新补计", "Bound: counts with the next update"),
    "rejected.before_binding": ("早于绑定起始日", "Earlier than its binding"),
    "rejected.none": ("这段时间没有未计入的刷卡。", "No taps were rejected in this time."),
    "rejected.by_device": ("按设备", "By reader"),
    "rejected.by_day": ("按日期", "By day"),
    "rejected.card": ("未知卡 {card}", "Unknown card {card}"),
    "rejected.card_none": (
        "没有这张卡的未计入刷卡，或不在您的管理范围内。",
        "There are no rejected taps of this card, or none within your area.",
    ),
    "rejected.card_heals_next": (
        "这张卡自 {time} 起已有人持有，之后的刷卡会在下次数据更新时补计。",
        "This card is somebody's since {time}: its taps since then count with the next update of the data.",
    ),
    "rejected.card_before_binding": (
        "这张卡自 {time} 起才绑定，下列刷卡都在此之前。如确为本人所刷，可把起始日提前。",
        "This card is bound only since {time}, and these taps are all before. If they are the holder's, let the "
        "binding begin earlier.",
    ),
    "rejected.extend": ("提前绑定起始日", "Let the binding begin earlier"),
    "rejected.bind": ("绑定这张卡", "Bind this card"),
    "rejected.heals": (
        "绑定后将补计 **{n}** 次刷卡；更早的 {rest} 次仍不计入。",
        "**{n}** taps will count; {rest} before that day will not.",
    ),
    "rejected.nobody": (
        "您的管理范围内没有这个编号的志愿者，请核对。",
        "There is no volunteer of this number within your area: look for a slip.",
    ),
    "rejected.holder": ("绑定给：**{name}**（{number}）", "To: **{name}** ({number})"),
    "rejected.bound": (
        "已绑定，{n} 次刷卡将在下次数据更新时补计。",
        "Bound: {n} taps count with the next update of the data.",
    ),
    "rejected.reason.conflicting_resend": ("重传内容不一致", "Sent again differently"),
    "rejected.reason.malformed": ("数据无法识别", "Cannot be read"),
    "rejected.reason.unknown_device": ("设备未登记", "Unknown reader"),
    "rejected.reason.clock_untrusted": ("设备时钟不准", "Clock not trusted"),
    "rejected.reason.future_tap": ("刷卡时间在未来", "In the future"),
    "rejected.reason.stale_tap": ("上传过晚", "Came too late"),
    "rejected.reason.unknown_card": ("未知卡", "Unknown card"),
    "rejected.reason.hotlisted_card": ("已挂失的卡", "Lost card"),
    "rejected.reason_help.conflicting_resend": (
        "同一设备、同一流水号的内容前后不同，以先到的为准。",
        "The same number of the same reader with other content: the first stays.",
    ),
    "rejected.reason_help.malformed": (
        "缺少内容或格式不对，原文已保留。",
        "Something is missing or unreadable; the line is kept.",
    ),
    "rejected.reason_help.unknown_device": (
        "登记该设备后，下次数据更新自动补计。",
        "Register the reader, and the taps count with the next update.",
    ),
    "rejected.reason_help.clock_untrusted": (
        "设备时钟偏差超过规定，请校时。",
        "The reader's clock is further off than allowed: set it.",
    ),
    "rejected.reason_help.future_tap": (
        "刷卡时间晚于到达时间，多为设备时钟错误。",
        "The tap is later than its arrival: mostly a wrong clock.",
    ),
    "rejected.reason_help.stale_tap": (
        "刷卡后太久才上传，超过规定天数。",
        "The tap arrived more days after it than allowed.",
    ),
    "rejected.reason_help.unknown_card": (
        "卡没有绑定给任何人，绑定后自动补计。",
        "The card is nobody's: bind it, and the taps count.",
    ),
    "rejected.reason_help.hotlisted_card": (
        "挂失之后的刷卡不计入。",
        "Taps after the card was reported lost do not count.",
    ),
}

_TEXT = "请在表格软件中将该列设为“文本”后重新录入"
REFUSALS: dict[str, str] = {
    "a radius is 1 to {largest} m, not {radius}": "半径应为 1 至 {largest} 米，现在是 {radius}",
    "longitude {lon} and latitude {lat} look exchanged": "经度 {lon} 与纬度 {lat} 似乎填反了",
    "longitude {lon}, latitude {lat} is not in China": "经度 {lon}、纬度 {lat} 不在中国境内，请核对",
    "nothing is changed: there is nothing to save": "没有改动，无需保存",
    "there is no site {site}": "没有编号为 {site} 的服务点",
    "{site} is closed since {day}": "{site} 已于 {day} 关闭",
    "{site} is open": "{site} 正在使用中",
    "{site} opened only on {day}": "{site} 启用于 {day}，日期不能更早",
    "{site} opened on {day}: correct its position instead of moving it": (
        "{site} 启用于 {day}：请用“更正信息”修改位置，而不是搬迁"
    ),
    "{site} moved and goes on as site {n}: move that one back": "{site} 已搬迁为服务点 {n}，请将其搬回",
    "the reader {device} left this site after that day: choose a later day": (
        "设备 {device} 在该日之后才离开这里，请选更晚的日期"
    ),
    "the reader {device} stands here: move or retire it first": "设备 {device} 还在这里，请先移走或停用",
    "there are shifts here still to come: cancel them or move the site": (
        "这里还有尚未举行的场次，请先取消或改为搬迁"
    ),
    "there is another site called {site} here: choose another name": "这里已有名为 {site} 的服务点，请换个名称",
    "there is no area {code}; give the code of a district, township or community": (
        "没有代码为 {code} 的区域，请填写区县、街道或社区的代码"
    ),
    "there is no device {device}": "没有编号为 {device} 的设备",
    "the device number {device} is registered already": "设备编号 {device} 已登记",
    "the device number {device} is registered already, otherwise": "设备编号 {device} 已登记，且内容不同",
    "the device {device} stands at {site} already": "设备 {device} 已在 {site}",
    "the device {device} is retired since {moment}": "设备 {device} 已于 {moment} 停用",
    "the device {device} is directed already": "设备 {device} 已经区分进出",
    "the device {device} is not directed already": "设备 {device} 本来就不区分进出",
    "the device {device} stands here only since {moment}": "设备 {device} 自 {moment} 起才在这里",
    "the device {device} stands here only since {moment}: choose a later moment": (
        "设备 {device} 自 {moment} 起才在这里，请选更晚的日期"
    ),
    "there is no card {card}": "没有卡号为 {card} 的卡",
    "the card {card} is bound to somebody for that time already": "卡 {card} 在该时间已绑定给他人",
    "the card {card} was reported lost: bind another one": "卡 {card} 已挂失，请绑定另一张卡",
    "the card {card} was reported lost already": "卡 {card} 已经挂失",
    "the card {card} is not reported lost": "卡 {card} 没有挂失",
    "the card {card} was not reported lost: report it first": "卡 {card} 没有挂失，请先挂失",
    "the card {card} is bound to nobody": "卡 {card} 没有绑定给任何人",
    "the card {card} is bound to nobody: bind the new one instead": "卡 {card} 没有绑定给任何人，请直接绑定新卡",
    "the card {card} is bound since {moment}: choose a day before": "卡 {card} 自 {moment} 起已绑定，请选更早的日期",
    "the card {card} was bound before: its binding cannot begin earlier": (
        "卡 {card} 以前绑定过，起始日不能再提前"
    ),
    "the card {card} was bound only at {moment}": "卡 {card} 自 {moment} 起才绑定，时间不能更早",
    "the card {card} was lost only at {moment}": "卡 {card} 于 {moment} 才挂失，时间不能更早",
    "the card {card} was bound by somebody else just now": "卡 {card} 刚刚被他人绑定，请刷新查看",
    "the card {card} was re-issued just now": "卡 {card} 刚刚补过卡，请刷新查看",
    "there is no volunteer {number} in your area": "您的管理范围内没有编号为 {number} 的志愿者",
    "this volunteer is not active": "该志愿者当前不是有效状态",
    # Files
    "this is an Excel workbook: save it as CSV UTF-8 and choose that file": (
        "这是 Excel 工作簿，请另存为“CSV UTF-8”后再选择"
    ),
    "the file is neither UTF-8 nor GB18030 text: save it as CSV UTF-8 and choose that": (
        "不是 UTF-8 或 GB18030 编码的文本，请另存为“CSV UTF-8”后再选择"
    ),
    "the file is empty: its first row must hold the headings": "文件是空的，第一行应为列名",
    "the file has headings and no rows": "文件只有列名，没有数据行",
    "the file has {n} rows: split it, at most {most} a file": "文件有 {n} 行，请拆分，每个文件最多 {most} 行",
    "the column {column} is not known; the columns are {known}": "不认识的列 {column}；应为 {known}",
    "the column {heading} ({name}) is missing": "缺少列 {heading}",
    "the column {name} is there twice": "列 {name} 出现了两次",
    "the row has {n} cells where the headings are {m}": "该行有 {n} 个单元格，而列名只有 {m} 个",
    "{heading} ({name}) is missing": "缺少{heading}",
    "this is in row {n} already": "与第 {n} 行重复",
    "this place is not in your area, or not there": "该地点不存在，或不在您的管理范围内",
    "{text} is neither 是 (yes) nor 否 (no)": "{text} 应填 是 或 否",
    "{text} is not a day such as 2026-08-01": "{text} 不是日期，请写成 2026-08-01",
    "{text} is not a number": "{text} 不是数字",
    "{text} is not a whole number": "{text} 不是整数",
    "{text} is how a spreadsheet shortens a long number: format the column as text and enter it again": (
        f"{{text}} 是表格软件把长编号变成的科学计数法：{_TEXT}"
    ),
    "{text} was taken for a number with decimals: format the column as text and enter it again": (
        f"{{text}} 被表格软件当成了小数：{_TEXT}"
    ),
    "{text}: a spreadsheet keeps {kept} digits of a number, the rest became 0: format the column as text and enter it "
    "again": f"{{text}}：表格软件只保留数字的前 {{kept}} 位，后面变成了 0：{_TEXT}",
    "{text} has {n} digits where the others have {m}: were zeros lost at its beginning? format the column as text and "
    "enter it again; if it is really so short, enter it by itself": (
        f"{{text}} 有 {{n}} 位，其他编号为 {{m}} 位，可能丢失了开头的 0：{_TEXT}；若确实较短，请单独录入"
    ),
}
