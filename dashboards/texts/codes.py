"""Names of codes that the whole system shares."""

TEXTS: dict[str, tuple[str, str]] = {
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
