"""Every word on the pages, in Chinese and English, in this one place.

Belongs here: texts, by key, as (Chinese, English); `{name}` is filled in by the caller.
Does not belong here: which language is on (language.py), how figures are written (formats.py).
"""

LANGUAGES = ("zh", "en")

TEXTS: dict[str, tuple[str, str]] = {
    # The frame around every page
    "app.name": ("志愿汇", "Volunteer Hub"),
    "app.language": ("语言", "Language"),
    "app.language_name": ("中文", "English"),
    "app.section.city": ("城市", "City"),
    "app.section.analysis": ("分析", "Analysis"),
    "app.section.admin": ("管理", "Admin"),
    "app.data_as_of": ("数据截至 {time}（北京时间）", "Data as of {time} (Beijing time)"),
    "app.service_day": (
        "服务日从凌晨 4:00 起算；时间均为北京时间。",
        "A service day begins at 04:00; all times are Beijing time.",
    ),
    "app.sources": (
        "行政区划：国家统计局 2023 年统计用区划代码、中国行政区划数据集（CC-BY-4.0）· 地名 © GeoNames（CC BY 4.0）",
        "Areas: National Bureau of Statistics codes 2023, China division data set (CC-BY-4.0) · "
        "places © GeoNames (CC BY 4.0)",
    ),
    # Pages
    "page.welfare_map": ("公益地图", "Welfare map"),
    "page.welfare_map.about": (
        "各区县的志愿服务、站点、设备和正在进行的活动。点选地图上的区县或站点，右侧显示详情。",
        "Service, sites, readers and running activities by district. Click a district or a site for its figures.",
    ),
    "page.overview": ("城市概况", "City overview"),
    "page.overview.about": (
        "全市志愿服务的主要数字及其与上期相比的变化。",
        "The city's main figures and how they changed against the period before.",
    ),
    "page.leaderboard": ("爱心榜", "Leaderboard"),
    "page.leaderboard.about": (
        "按周、月、年和累计排名。志愿者本人同意公开后才会上榜。",
        "Ranked by week, month, year and all time. Volunteers appear only with their own consent.",
    ),
    "page.device_health": ("设备健康", "Device health"),
    "page.device_health.about": (
        "市民卡读卡设备的运行状态：哪些失联、哪些时钟不准、哪些读到未登记的卡。",
        "The card readers: which are silent, whose clock is wrong, which read unknown cards.",
    ),
    "page.monthly_activity": ("月度统计", "Monthly activity"),
    "page.monthly_activity.about": (
        "每月的服务人数、时长和活动，可按区县和类别自由组合。",
        "People, hours and activities by month, freely combined by district and category.",
    ),
    "page.data_state": ("数据状态", "Data state"),
    "page.data_state.about": (
        "各数据表何时更新、有多少行。",
        "When each table was last built, and how many rows it has.",
    ),
    # Measures and units
    "measure.people": ("服务人次", "Attendances"),
    "measure.minutes": ("服务时长", "Service hours"),
    "measure.sessions": ("服务次数", "Visits"),
    "measure.activities": ("活动场次", "Activities"),
    "measure.people.help": (
        "同一人同一天计一次。",
        "One person counts once a day.",
    ),
    "measure.minutes.help": (
        "经系统核定的服务时长。",
        "Settled hours of service.",
    ),
    "measure.sessions.help": (
        "一次签到到签退计一次。",
        "From one check-in to its check-out.",
    ),
    "measure.activities.help": (
        "同一活动同一天计一场。",
        "One activity counts once a day.",
    ),
    "measure.distinct_people": ("服务人数", "People"),
    "measure.credit_minutes": ("信用时数", "Credit hours"),
    "measure.honour_minutes": ("荣誉时数", "Honour hours"),
    "unit.people": ("人次", "attendances"),
    "unit.distinct_people": ("人", "people"),
    "unit.minutes": ("小时", "h"),
    "unit.credit_minutes": ("小时", "h"),
    "unit.honour_minutes": ("小时", "h"),
    "unit.sessions": ("次", "visits"),
    "unit.activities": ("场", "activities"),
    # Filters
    "filter.measure": ("指标", "Measure"),
    "filter.period": ("时间", "Period"),
    "filter.days": ("起止日期", "From – to"),
    "filter.layers": ("图层", "Layers"),
    "filter.site_kinds": ("站点类型", "Site kinds"),
    "filter.view": ("地图样式", "Map view"),
    "filter.district": ("区县", "District"),
    "filter.site": ("站点", "Site"),
    "filter.category": ("类别", "Category"),
    "filter.all_city": ("全市", "Whole city"),
    "filter.all_sites": ("全部站点", "All sites"),
    "filter.all_categories": ("全部类别", "All categories"),
    "filter.all_kinds": ("全部类型", "All kinds"),
    "filter.month": ("月份", "Month"),
    "period.yesterday": ("昨日", "Yesterday"),
    "period.7d": ("近7日", "7 days"),
    "period.30d": ("近30日", "30 days"),
    "period.month": ("本月", "This month"),
    "period.all": ("全部", "All"),
    "period.custom": ("自选", "Choose"),
    "period.from_to": ("{first} 至 {last}", "{first} to {last}"),
    "period.shown": ("{period}，共 {days} 天", "{period}, {days} days"),
    "period.against": ("对比 {period}", "against {period}"),
    "period.no_before": ("无上期数据可比", "no earlier period to compare with"),
    "change.up_or_down": ("较上期", "vs. before"),
    # Welfare map
    "map.view.map": ("地图", "Map"),
    "map.view.plain": ("简图", "Plain map"),
    "map.view.help": (
        "地图空白或卡顿时请改用简图：数据相同，不需要显卡。",
        "If the map stays blank or is slow, take the plain map: same data, no graphics card needed.",
    ),
    "map.layer.running": ("进行中的活动", "Running activities"),
    "map.layer.serving": ("正在服务", "Serving now"),
    "map.layer.sites": ("站点", "Sites"),
    "map.layer.devices": ("读卡设备", "Card readers"),
    "map.city_now": ("全市此刻", "The city now"),
    "map.serving_now": ("正在服务", "Serving now"),
    "map.running_now": ("进行中的活动", "Running activities"),
    "map.people_unit": ("{n} 人", "{n} people"),
    "map.activities_unit": ("{n} 个", "{n}"),
    "map.devices_unit": ("{n} 台", "{n}"),
    "map.as_of": ("截至 {time}", "as of {time}"),
    "map.pick_hint": (
        "点选地图上的区县或站点，或在此选择。",
        "Click a district or a site on the map, or choose here.",
    ),
    "map.trend": ("每日{measure}", "{measure} by day"),
    "map.top_communities": ("服务最多的社区", "Communities with most service"),
    "map.top_sites": ("服务最多的站点", "Sites with most service"),
    "map.districts_table": ("各区县", "Districts"),
    "map.back_to_city": ("返回全市", "Back to the city"),
    "map.devices": ("读卡设备", "Card readers"),
    "map.devices_ok": ("正常 {ok} 台 / 共 {all} 台", "{ok} of {all} in order"),
    "map.radius": ("签到半径 {n} 米", "check-in radius {n} m"),
    "map.serving_here": ("{n} 人正在此服务", "{n} people are serving here"),
    "map.hover_serving": ("{n} 人正在服务", "{n} serving now"),
    "map.hover_activity": (
        "{title}<br>{start}–{end}，已报名 {n} 人",
        "{title}<br>{start}–{end}, {n} signed up",
    ),
    "map.hover_running": ("{n} 个活动进行中", "{n} activities running"),
    "map.tab.figures": ("服务", "Service"),
    "map.tab.now": ("此刻", "Now"),
    "map.tab.devices": ("设备", "Readers"),
    "map.attribution": ("底图数据来源：{source}", "Boundaries: {source}"),
    "map.attribution.tianditu": (
        "底图数据来源：天地图（国家地理信息公共服务平台），审图号 GS(2024)0650号",
        "Boundaries: Tianditu (National Platform for Common Geospatial Information Services), "
        "map approval no. GS(2024)0650号",
    ),
    "map.own_source": ("边界文件 {file}", "boundary file {file}"),
    "map.map_alt": ("各区县{measure}地图", "Map of {measure} by district"),
    "map.aggregated": (
        "点位较多，相邻点位已合并显示。",
        "Many points: neighbours are shown as one.",
    ),
    # Columns
    "column.district": ("区县", "District"),
    "column.community": ("社区", "Community"),
    "column.site": ("站点", "Site"),
    "column.site_kind": ("类型", "Kind"),
    "column.activity": ("活动", "Activity"),
    "column.organisation": ("组织", "Organisation"),
    "column.category": ("类别", "Category"),
    "column.time": ("时间", "Time"),
    "column.starts_at": ("开始时间", "Starts"),
    "column.ends_at": ("结束时间", "Ends"),
    "column.signed_up": ("报名（人）", "Signed up"),
    "column.capacity": ("名额（人）", "Places"),
    "column.people": ("服务人次（人次）", "Attendances"),
    "column.distinct_people": ("服务人数（人）", "People"),
    "column.hours": ("服务时长（小时）", "Service hours (h)"),
    "column.credit_hours": ("信用时数（小时）", "Credit hours (h)"),
    "column.honour_hours": ("荣誉时数（小时）", "Honour hours (h)"),
    "column.sessions": ("服务次数（次）", "Visits"),
    "column.activities": ("活动场次（场）", "Activities"),
    "column.change": ("较上期（%）", "Change (%)"),
    "column.rank": ("名次", "Rank"),
    "column.volunteer": ("志愿者", "Volunteer"),
    "column.checked_in_at": ("签到时间", "Checked in"),
    "column.device_no": ("设备编号", "Reader no."),
    "column.model": ("型号", "Model"),
    "column.state": ("状态", "State"),
    "column.last_heartbeat_at": ("最近心跳", "Last heartbeat"),
    "column.last_tap_at": ("最近刷卡", "Last tap"),
    "column.clock_offset_seconds": ("时钟偏差（秒）", "Clock offset (s)"),
    "column.queued_taps": ("待传记录（条）", "Queued taps"),
    "column.taps_7d": ("近7日刷卡（次）", "Taps in 7 days"),
    "column.resends_7d": ("近7日重传（次）", "Resends in 7 days"),
    "column.rejected_7d": ("近7日拒收（次）", "Rejected in 7 days"),
    "column.unknown_card_7d": ("近7日未知卡（次）", "Unknown cards in 7 days"),
    "column.delay_7d": ("近7日最长延迟（小时）", "Longest delay in 7 days (h)"),
    "column.month": ("月份", "Month"),
    "column.devices": ("设备（台）", "Readers"),
    "column.table": ("数据表", "Table"),
    "column.built_at": ("更新时间", "Built at"),
    "column.rows": ("行数", "Rows"),
    "column.how_built": ("更新方式", "Built"),
    "column.serving": ("正在服务（人）", "Serving now"),
    "column.running": ("进行中的活动（个）", "Running activities"),
    # Overview
    "overview.trend": ("每日走势", "Day by day"),
    "overview.this_period": ("本期", "This period"),
    "overview.period_before": ("上期", "Period before"),
    "overview.by_category": ("按服务类别", "By category"),
    "overview.by_district": ("按区县", "By district"),
    # Leaderboard
    "leaderboard.subject": ("榜单", "Board"),
    "leaderboard.subject.volunteer": ("志愿者", "Volunteers"),
    "leaderboard.subject.organisation": ("组织", "Organisations"),
    "leaderboard.subject.district": ("区县", "Districts"),
    "leaderboard.kind": ("周期", "Period"),
    "leaderboard.kind.week": ("周榜", "Week"),
    "leaderboard.kind.month": ("月榜", "Month"),
    "leaderboard.kind.year": ("年榜", "Year"),
    "leaderboard.kind.all": ("总榜", "All time"),
    "leaderboard.which": ("期数", "Which"),
    "leaderboard.week_of": ("{first} 起的一周", "week of {first}"),
    "leaderboard.year_of": ("{year} 年", "{year}"),
    "leaderboard.all_time": ("累计", "All time"),
    "leaderboard.rank_no": ("第 {n} 名", "No. {n}"),
    "leaderboard.top": ("前 {n} 名", "Top {n}"),
    "leaderboard.full": ("完整榜单（{n}）", "Full board ({n})"),
    "leaderboard.consent": (
        "只显示同意公开排名的志愿者；未同意者的服务照常计入组织和区县。",
        "Only volunteers who agreed to a public ranking are shown; "
        "the service of all counts for organisations and districts.",
    ),
    "leaderboard.anonymous": ("志愿者（未公开姓名）", "Volunteer (name not public)"),
    # Device health
    "device.state.ok": ("正常", "In order"),
    "device.state.silent": ("失联", "Silent"),
    "device.state.skewed": ("时钟不准", "Clock wrong"),
    "device.state.never_seen": ("从未上线", "Never seen"),
    "device.state.retired": ("已停用", "Retired"),
    "device.by_district": ("各区县设备状态", "State by district"),
    "device.share": ("占 {percent}%", "{percent}%"),
    "device.states": ("设备状态", "States"),
    "device.attention": ("需要处理", "Needs attention"),
    "device.tab.silent": ("失联设备", "Silent"),
    "device.tab.skewed": ("时钟不准", "Clock wrong"),
    "device.tab.unknown_card": ("读到未知卡", "Unknown cards"),
    "device.tab.all": ("全部设备", "All readers"),
    "device.count": ("共 {n} 台", "{n} readers"),
    "device.silent_help": (
        "请到站点检查电源和网络。设备恢复联网后会自动补传离线期间的刷卡记录，不会丢失。",
        "Check power and network at the site. Once online, the reader sends what it kept; nothing is lost.",
    ),
    "device.skewed_help": (
        "请校准设备时钟。系统已按心跳测得的偏差修正刷卡时间。",
        "Set the reader's clock. Taps are corrected by the offset that its heartbeats show.",
    ),
    "device.unknown_card_help": (
        "未登记的卡片无法计入任何人的时长。请持卡人到服务站登记后，系统会自动补记。",
        "Taps of unregistered cards count for nobody. Once the card is registered they are counted by themselves.",
    ),
    "device.all_help": (
        "按筛选条件列出的全部设备。",
        "All readers that fit the filters.",
    ),
    # Monthly activity
    "monthly.trend": ("逐月走势", "Month by month"),
    "monthly.explorer": ("自由分析", "Explorer"),
    "monthly.rows": ("行", "Rows"),
    "monthly.columns": ("列", "Columns"),
    "monthly.by.service_month": ("月份", "Month"),
    "monthly.by.district_code": ("区县", "District"),
    "monthly.by.category_code": ("类别", "Category"),
    "monthly.same_axis": (
        "行与列不能相同，请为列另选一项。",
        "Rows and columns must differ: choose another one for the columns.",
    ),
    "monthly.people_note": (
        "服务人数为当月去重人数；同一人可出现在多个区县和类别，因此分项相加可大于总数。",
        "People are counted once a month; one person may appear in several districts and categories, "
        "so parts may exceed the total.",
    ),
    # Data state
    "state.newest": ("数据截至", "Data as of"),
    "state.first_day": ("最早服务日", "First service day"),
    "state.last_day": ("最近服务日", "Last service day"),
    "state.tables": ("数据表", "Tables"),
    "state.tables_unit": ("{n} 张", "{n}"),
    "state.book": ("各表最近一次更新", "Last build of each table"),
    "state.marts": ("页面使用的数据表", "Tables that the pages read"),
    "state.how.whole": ("整表", "whole"),
    "state.how.partitions": ("仅变动部分", "changed parts"),
    "state.how.nothing": ("无变动", "nothing changed"),
    "state.no_book": (
        "没有更新记录。请运行 `hub build` 建立数据。",
        "No builds on record. Run `hub build`.",
    ),
    # Tables and downloads
    "table.download": ("下载 CSV", "Download CSV"),
    "table.download_help": ("下载全部 {n} 行，可用 Excel 打开", "All {n} rows, opens in Excel"),
    "table.rows": ("共 {n} 行", "{n} rows"),
    # Nothing to show, and what to do
    "empty.period": (
        "所选时间内没有服务记录。请换一个时间段；最早的记录是 {first}，最近的是 {last}。",
        "No service in this period. Choose another one: records run from {first} to {last}.",
    ),
    "empty.here": ("此处在所选时间内没有服务记录。", "No service here in this period."),
    "empty.running": ("此刻没有进行中的活动。", "No activity is running now."),
    "empty.serving": ("此刻没有人在服务。", "Nobody is serving now."),
    "empty.devices": ("这里没有读卡设备。", "There are no card readers here."),
    "empty.board": (
        "这一期还没有上榜者。志愿者同意公开排名后才会显示。",
        "Nobody is on this board yet. Volunteers appear once they have agreed to a public ranking.",
    ),
    "empty.filters": (
        "没有符合筛选条件的数据。请放宽筛选条件。",
        "Nothing fits the filters. Choose fewer of them.",
    ),
    "empty.good": ("没有需要处理的设备。", "No reader needs attention."),
    "empty.lake.title": ("还没有数据", "No data yet"),
    "empty.lake": (
        "数据仓库已建立，但还没有任何服务记录。"
        "请先运行 `hub sample-city`（演示城市）或接入真实数据，再运行 `hub build`。",
        "The warehouse holds no service yet. Run `hub sample-city` for a made-up city, "
        "or connect real data, then `hub build`.",
    ),
    "problem.unbuilt.title": ("数据仓库尚未建立", "The warehouse has not been built yet"),
    "problem.unbuilt": (
        "请管理员在服务器上运行 `hub build`，完成后刷新本页。",
        "Ask the administrator to run `hub build` on the server, then reload this page.",
    ),
    "problem.away.title": ("数据暂时无法读取", "The data cannot be read at the moment"),
    "problem.away": (
        "请稍候刷新本页。若仍然如此，请管理员在服务器上运行 `hub doctor` 查看原因；数据尚未建立时运行 `hub build`。",
        "Reload this page in a moment. If it stays so, ask the administrator to run `hub doctor` on the server, "
        "or `hub build` if nothing has been built yet.",
    ),
    "problem.detail": ("给管理员的详情", "Details for the administrator"),
    "problem.reload": ("重新读取", "Try again"),
    "problem.boundaries.title": ("地图边界文件无法使用", "The boundary file cannot be used"),
    "problem.boundaries": (
        "地图暂时无法显示，其余内容不受影响。"
        "请管理员检查 HUB_BOUNDARIES 所指的 GeoJSON 文件，或恢复系统自带的文件，然后刷新本页。",
        "The map cannot be drawn; everything else works. Check the GeoJSON file that HUB_BOUNDARIES names, "
        "or put the shipped file back, then reload this page.",
    ),
    # Categories of service
    "category.elderly_disabled": ("敬老助残", "Elderly and disabled"),
    "category.convenience": ("便民服务", "Everyday help"),
    "category.large_event": ("大型活动", "Large events"),
    "category.youth": ("青少年服务", "Youth"),
    "category.social_governance": ("社会管理", "Community governance"),
    "category.culture_sports": ("文化体育", "Culture and sports"),
    "category.environment": ("环境保护", "Environment"),
    "category.safety": ("平安守护", "Public safety"),
    # Kinds of site
    "site_kind.community": ("社区", "Community"),
    "site_kind.hospital": ("医院", "Hospital"),
    "site_kind.museum": ("博物馆", "Museum"),
    "site_kind.library": ("图书馆", "Library"),
    "site_kind.school": ("学校", "School"),
    "site_kind.park": ("公园", "Park"),
    "site_kind.metro": ("地铁站", "Metro station"),
    "site_kind.service_station": ("志愿服务站", "Service station"),
    "site_kind.charity_shop": ("公益慈善商店", "Charity shop"),
}

CATEGORIES = tuple(key.removeprefix("category.") for key in TEXTS if key.startswith("category."))
SITE_KINDS = tuple(key.removeprefix("site_kind.") for key in TEXTS if key.startswith("site_kind."))
DEVICE_STATES = tuple(key.removeprefix("device.state.") for key in TEXTS if key.startswith("device.state."))


def text(language: str, key: str, **values: object) -> str:
    """Return the text of a key in a language with the values filled in. Raises KeyError for an unknown key."""
    words = TEXTS[key][LANGUAGES.index(language)]
    return words.format(**values) if values else words


def name_of(language: str, prefix: str, code: str) -> str:
    """Return the name of a code (`category`, `site_kind`, `device.state`), the code itself if it is not known."""
    known = TEXTS.get(f"{prefix}.{code}")
    return known[LANGUAGES.index(language)] if known else code


def names_of(language: str, prefix: str) -> dict[str, str]:
    """Return all codes of a kind (`category`, `site_kind`, `device.state`) with their names, in our order."""
    at = LANGUAGES.index(language)
    return {
        key.removeprefix(f"{prefix}."): words[at]
        for key, words in TEXTS.items()
        if key.startswith(f"{prefix}.")
    }
