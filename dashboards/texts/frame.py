"""The frame around every page, the names of pages, and notices when there is nothing to show."""

TEXTS: dict[str, tuple[str, str]] = {
    # The frame around every page
    "app.name": ("志愿汇", "Volunteer Hub"),
    "app.language": ("语言", "Language"),
    "app.language_name": ("中文", "English"),
    "app.section.city": ("城市", "City"),
    "app.section.analysis": ("分析", "Analysis"),
    "app.section.work": ("办理", "Work"),
    "app.section.points": ("益币", "Points"),
    "app.section.places": ("站点与设备", "Sites and readers"),
    "app.section.supervision": ("监督", "Supervision"),
    "app.section.system": ("系统", "System"),
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
}
