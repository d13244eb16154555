"""Words that the sample city's names are made of. All people and groups are made up.

Here: word lists and how they join. Never here: who or where.
"""

from __future__ import annotations

import numpy as np

SURNAMES = tuple("陈王张李徐周吴沈朱胡俞金叶方赵杨孙何黄林钱郑许蒋章潘汪余施董谢傅邵裘楼来")
GIVEN = tuple(
    "伟芳娜敏静丽强磊洋勇艳杰娟涛明超霞平刚桂英华玉萍红建国文军志林海燕云飞雪梅兰竹晨阳宇轩欣怡子涵佳琪浩然思远雨桐"
    "嘉豪梦瑶俊熙诗语博文雅婷晓东春生秋月冬青水根阿毛宝珍菊仙利民永康长春新民卫东学锋立群晓燕"
)

SITE_NAMES: dict[str, tuple[str, ...]] = {
    "community": ("{township}{community}服务站",),
    "service_station": ("{here}微笑亭", "{here}志愿服务微笑亭"),
    "hospital": ("{township}社区卫生服务中心", "{here}医院", "{here}康复医院"),
    "museum": ("{here}民俗博物馆", "{here}博物馆", "{here}文化陈列馆"),
    "library": ("{here}图书馆", "{here}城市书房"),
    "school": ("{here}小学", "{here}中学", "{here}实验学校"),
    "park": ("{here}公园", "{here}文化公园"),
    "metro": ("地铁{here}站", "地铁{here}路站"),
    "charity_shop": ("{here}公益慈善商店",),
}

GROUP_NAMES: dict[str, tuple[str, ...]] = {
    "township": ("{township}志愿服务队",),
    "school": ("{here}学校青年志愿者协会", "{here}学院志愿服务总队"),
    "enterprise": ("杭州{word}科技有限公司志愿服务队", "杭州{word}实业有限公司志愿者分会"),
    "social": ("杭州{word}公益服务中心", "{here}{word}志愿服务队"),
}
GROUP_WORDS = (
    *("惠民", "和润", "启明", "同心", "向阳", "暖阳", "朝晖", "春晓", "映山红", "三叶草"),
    *("蒲公英", "萤火虫", "望江", "之江", "云栖", "青松", "乐善", "益行", "善行", "守望"),
)

TITLES: dict[str, tuple[str, ...]] = {
    "elderly_disabled": (
        "陪伴空巢老人聊天读报",
        "助老理发送温暖",
        "助残就业技能辅导",
        "独居老人上门探访",
        "敬老午餐配送",
    ),
    "convenience": (
        "便民服务日:磨刀修伞量血压",
        "窗口引导与咨询服务",
        "家电义务维修",
        "旧衣回收与整理",
        "代办跑腿便民服务",
    ),
    "large_event": (
        "马拉松赛事志愿服务",
        "动漫节现场引导",
        "西湖音乐会秩序维护",
        "国际博览会外语服务",
        "龙舟赛后勤保障",
    ),
    "youth": ("四点半课堂", "暑期青少年安全教育", "亲子阅读陪伴", "乡村儿童线上支教", "青少年编程启蒙"),
    "social_governance": (
        "垃圾分类桶边督导",
        "文明劝导交通岗",
        "社区矛盾调解陪同",
        "人口信息入户核对",
        "楼道整治志愿行",
    ),
    "culture_sports": ("展厅讲解服务", "图书整理上架", "广场舞队带练", "非遗手作体验课", "全民健身测试服务"),
    "environment": ("河道清洁巡护", "公园捡拾白色垃圾", "植树护绿", "水质监测行动", "旧物改造环保课堂"),
    "safety": ("平安夜间巡防", "消防安全宣传", "校门口护学岗", "反诈宣传进社区", "防汛值守"),
}
NIGHT_TITLES = {"safety": "通宵平安巡防", "large_event": "跨年夜秩序维护"}


def full_names(rng: np.random.Generator, count: int) -> list[str]:
    """Made-up names of people: one surname and one or two characters."""
    weights = 1 / np.arange(1, len(SURNAMES) + 1) ** 0.7
    surnames = rng.choice(len(SURNAMES), count, p=weights / weights.sum())
    first, second = rng.integers(len(GIVEN), size=count), rng.integers(len(GIVEN), size=count)
    is_short = rng.random(count) < 0.18
    return [
        SURNAMES[s] + GIVEN[a] + ("" if short else GIVEN[b])
        for s, a, b, short in zip(surnames, first, second, is_short, strict=True)
    ]


def short(name: str) -> str:
    """The name of an area without its kind: `下沙街道` becomes `下沙`; never fewer than two characters."""
    for kind in (
        "街道",
        "社区居民委员会",
        "居民委员会",
        "社区",
        "村委会",
        "镇",
        "乡",
        "村",
        "区",
        "县",
        "市",
    ):
        if name.endswith(kind) and len(name) - len(kind) >= 2:
            return name.removesuffix(kind)
    return name
