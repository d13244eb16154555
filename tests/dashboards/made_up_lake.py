"""A small made-up lake with the marts' columns, for pages that are tested without a build.

Three districts are enough to tell a wrong join from a right one; figures are simple functions of the day, so a test
can say what it expects.
"""

from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from warehouse.lake import open_lake
from warehouse.tables import create_all

LAST_DAY = date(2026, 8, 31)
FIRST_DAY = LAST_DAY - timedelta(days=39)
AS_OF = datetime.fromisoformat("2026-08-31 08:30")  # UTC: 16:30 in Hangzhou
DISTRICTS = {
    "330102": ("上城区", "Shangcheng"), "330105": ("拱墅区", "Gongshu"), "330106": ("西湖区", "Xihu"),
    "330108": ("滨江区", "Binjiang"), "330109": ("萧山区", "Xiaoshan"), "330110": ("余杭区", "Yuhang"),
    "330111": ("富阳区", "Fuyang"), "330112": ("临安区", "Lin'an"), "330113": ("临平区", "Linping"),
    "330114": ("钱塘区", "Qiantang"), "330122": ("桐庐县", "Tonglu"), "330127": ("淳安县", "Chun'an"),
    "330182": ("建德市", "Jiande"),
}  # fmt: skip
CENTRES = {
    "330102": (120.235, 30.301), "330105": (120.143, 30.330), "330106": (120.079, 30.220), "330108": (120.179, 30.191),
    "330109": (120.231, 30.070), "330110": (119.955, 30.362), "330111": (119.842, 29.976), "330112": (119.231, 30.195),
    "330113": (120.220, 30.419), "330114": (120.505, 30.308), "330122": (119.548, 29.842), "330127": (118.893, 29.609),
    "330182": (119.443, 29.490),
}  # fmt: skip
KINDS = (
    "community",
    "hospital",
    "museum",
    "library",
    "school",
    "park",
    "metro",
    "service_station",
    "charity_shop",
)
CATEGORIES = (
    "elderly_disabled", "convenience", "large_event", "youth", "social_governance", "culture_sports", "environment",
    "safety",
)  # fmt: skip


def make_lake(folder: Path, *, sites_per_district: int = 18, filled: bool = True) -> tuple[str, str]:
    """Make a lake below `folder` and return (catalogue, files); `filled=False` leaves the tables without rows."""
    catalogue, files = str(folder / "lake" / "catalogue.sqlite"), str(folder / "lake" / "files")
    con = open_lake(catalogue, files)
    try:
        create_all(con)
        if filled:
            _fill(con, sites_per_district)
    finally:
        con.close()
    return catalogue, files


def people_on(day: date, district: str) -> int:
    """Say how many people the made-up city has in a district on a day."""
    number = list(DISTRICTS).index(district)
    weekend = 60 if day.weekday() >= 5 else 0
    return 40 + (13 - number) * 22 + weekend + (day - FIRST_DAY).days % 9


def _fill(con: duckdb.DuckDBPyConnection, sites_per_district: int) -> None:
    _insert(con, "data_clock", [(AS_OF, FIRST_DAY, LAST_DAY)])
    areas = [(code, "district", zh, en, None) for code, (zh, en) in DISTRICTS.items()]
    areas += [
        (f"{code}001", "township", f"{DISTRICTS[code][0][:2]}街道", "Township", code) for code in DISTRICTS
    ]
    areas += [(f"{code}00100{n}", "community", f"{DISTRICTS[code][0][:2]}第{n}社区", "Community", f"{code}001")
              for code in DISTRICTS for n in range(1, 7)]  # fmt: skip
    _insert(con, "areas", areas)
    sites = _sites(sites_per_district)
    _insert(con, "sites", sites)
    _insert(con, "city_map", _days(sites))
    _insert(con, "leaderboard", _board())
    hour = timedelta(hours=1)
    serving = [(f"s{n}", site[0], None, n, "张晓明" if n % 3 == 0 else None, site[3], AS_OF - hour * (n % 4 + 1), AS_OF)
               for n, site in enumerate(sites) for _ in range(1 + n % 3) if n % 5 == 0]  # fmt: skip
    _insert(con, "serving_now", [(f"{row[0]}-{n}", *row[1:]) for n, row in enumerate(serving)])
    _insert(con, "running_activities", [
        (n, site[0], n, f"{site[7]}便民服务日", CATEGORIES[n % 8], "武林志愿服务队", AS_OF - hour, AS_OF + 2 * hour, 40,
         12 + n % 25, site[8], site[9], site[3], AS_OF)
        for n, site in enumerate(sites) if n % 11 == 0
    ])  # fmt: skip
    _insert(con, "monthly_activity", _months())
    _insert(con, "daily_categories", _categories())
    _insert(con, "device_health", _devices(sites))


def _sites(per_district: int) -> list[tuple]:
    rows = []
    for code, (name, _) in DISTRICTS.items():
        lon, lat = CENTRES[code]
        for n in range(per_district):
            kind = KINDS[n % len(KINDS)]
            site_id = int(code) * 1000 + n
            community = f"{code}00100{n % 6 + 1}"
            rows.append((site_id, f"{name[:2]}{kind[:3]}{n:02d}号点", kind, code, name, f"{code}001", community,
                         f"{name[:2]}第{n % 6 + 1}社区", lon + 0.012 * (n % 5 - 2), lat + 0.012 * (n // 5 - 2), 200,
                         1))  # fmt: skip
    return rows


def _days(sites: list[tuple]) -> list[tuple]:
    rows = []
    for number in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=number)
        counts = {code: people_on(day, code) for code in DISTRICTS}
        city = sum(counts.values())
        rows.append((day, "city", "city", city, city * 186, city + city // 9, city // 34))
        for code, people in counts.items():
            rows.append((day, "district", code, people, people * 186, people + people // 9, people // 34 + 1))
        for site in sites:
            people = counts[site[3]] // 20 + (site[0] + number) % 4
            rows.append((day, "site", str(site[0]), people, people * 186, people + 1, 1))
        for code in DISTRICTS:
            for n in range(1, 7):
                people = counts[code] // 6 + n
                rows.append((day, "community", f"{code}00100{n}", people, people * 186, people + 1, 1))
    return rows


def _board() -> list[tuple]:
    rows = []
    for kind, start in (("week", date(2026, 8, 24)), ("week", date(2026, 8, 31)), ("month", date(2026, 8, 1)),
                        ("year", date(2026, 1, 1)), ("all", date(1970, 1, 1))):  # fmt: skip
        for n in range(1, 61):
            minutes = 6000 - n * 83
            rows.append(
                (kind, start, "volunteer", str(n), f"志愿者{n:03d}", n, 1, minutes, minutes - 60, 60, 40)
            )
        for n in range(1, 31):
            minutes = 90_000 - n * 2500
            rows.append(
                (
                    kind,
                    start,
                    "organisation",
                    str(n),
                    f"第{n}志愿服务队",
                    n,
                    300 - n,
                    minutes,
                    minutes,
                    0,
                    500,
                )
            )
        for n, (code, (name, _)) in enumerate(DISTRICTS.items(), start=1):
            minutes = 900_000 - n * 50_000
            rows.append(
                (kind, start, "district", code, name, n, 4000 - n, minutes, minutes - 9000, 9000, 7000)
            )
    return rows


def _months() -> list[tuple]:
    rows = []
    for number, month in enumerate((date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1))):
        for d, district in enumerate(("", *DISTRICTS)):
            for c, category in enumerate(("", *CATEGORIES)):
                share = (9 if category == "" else 1 + c % 3) * (30 if district == "" else 14 - d)
                people = share * (10 + number)
                rows.append((month, district, category, people, people * 400, people * 380, people * 20, people * 2,
                             people // 30 + 1))  # fmt: skip
    return rows


def _categories() -> list[tuple]:
    return [
        (FIRST_DAY + timedelta(days=n), "", category, 100 + 20 * c, (100 + 20 * c) * 180, 110 + 20 * c, 3 + c)
        for n in range((LAST_DAY - FIRST_DAY).days + 1)
        for c, category in enumerate(CATEGORIES)
    ]


def _devices(sites: list[tuple]) -> list[tuple]:
    rows = []
    for n, site in enumerate(sites):
        state = (
            "silent" if n % 17 == 3 else "skewed" if n % 23 == 5 else "never_seen" if n % 61 == 7 else "ok"
        )
        state = "retired" if n % 71 == 9 else state
        seen = (
            None
            if state == "never_seen"
            else AS_OF - timedelta(days=5 if state == "silent" else 0, minutes=n % 50)
        )
        rows.append((f"D{n:05d}", site[0], site[1], site[2], site[3], "CR-200", state, seen, seen,
                     940 if state == "skewed" else n % 3, 12 if state == "silent" else 0, 30 + n % 50, n % 4, n % 3,
                     n % 7 if n % 5 == 0 else 0, 3600 * (n % 30), site[8], site[9], AS_OF))  # fmt: skip
    return rows


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[tuple]) -> None:
    names = [row[0] for row in con.execute(f"DESCRIBE marts.{table}").fetchall()]
    frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    con.register("rows_to_insert", frame)
    con.execute(f"INSERT INTO marts.{table} SELECT * FROM rows_to_insert")
    con.unregister("rows_to_insert")
