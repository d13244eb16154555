"""Organisations of the sample city: the city's federation, the districts', and groups below them.

Here: organisations and their members. Never here: what they do.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from stdnum.cn import uscc

from .ground import RESIDENTS, Ground
from .names import GROUP_NAMES, GROUP_WORDS, short
from .plan import DAY, HOUR, Plan

GROUP_KINDS = {"township": 0.4, "school": 0.2, "enterprise": 0.15, "social": 0.25}
CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def make_organisations(plan: Plan, ground: Ground) -> pl.DataFrame:
    """One row per organisation as the table holds it, parents first, and `size`, a weight for its activities.

    Most have a valid 统一社会信用代码, some none (MZ/T 061-2015 allows it), and one has a code that fails its
    check, as a real one is known to.
    """
    rng = plan.stream("organisations")
    districts = ground.areas.filter(kind="district")
    heads = min(len(districts), plan.organisations - 2)
    order = np.argsort([-RESIDENTS[code] for code in districts["area_code"]], kind="stable")[:heads]
    rows: list[tuple[str, str, int | None, str, str]] = [
        ("杭州市志愿者联合会", "federation", None, "330102", "330102")
    ]
    for place in order:
        name, code = districts["name"][int(place)], districts["area_code"][int(place)]
        rows.append((f"{name}志愿者协会", "district", 1, code, code))
    heads_of = {row[4]: number for number, row in enumerate(rows[1:], start=2)}
    rows += _groups(rng, ground, plan.organisations - len(rows), heads_of)
    count = len(rows)
    founded_at = plan.begins_at - rng.integers(100, 3_000, count) * DAY + 10 * HOUR
    status = rng.choice(["active", "suspended", "applied"], count, p=[0.97, 0.015, 0.015])
    status[: heads + 1] = "active"
    names, kinds, parents, areas, codes = zip(*rows, strict=True)
    return pl.DataFrame(
        {
            "organisation_id": np.arange(1, count + 1),
            "uscc": _codes(rng, list(codes)),
            "name": names,
            "kind": kinds,
            "parent_organisation_id": pl.Series(parents, dtype=pl.Int64),
            "area_code": areas,
            "district_code": codes,
            "township_code": [area if len(area) == 9 else None for area in areas],
            "status": status,
            "registered_at": founded_at,
            "applied_at": founded_at,
            "updated_at": founded_at + rng.integers(1, 20, count) * DAY,
            "size": rng.pareto(1.6, count) + 0.3,
        }
    )


def _groups(
    rng: np.random.Generator, ground: Ground, count: int, heads_of: dict[str, int]
) -> list[tuple[str, str, int, str, str]]:
    """Groups below the districts: of townships, schools, enterprises and friends."""
    communities = ground.communities
    weight = communities["people"].to_numpy()
    places = rng.choice(len(weight), count, p=weight / weight.sum())
    kinds = rng.choice(list(GROUP_KINDS), count, p=list(GROUP_KINDS.values()))
    taken: set[str] = set()
    rows: list[tuple[str, str, int, str, str]] = []
    for place, drawn in zip(places, kinds, strict=True):
        row = communities.row(int(place), named=True)
        kind = "social" if drawn == "township" and row["township"] + "志愿服务队" in taken else drawn
        word = GROUP_WORDS[rng.integers(len(GROUP_WORDS))]
        forms = GROUP_NAMES[kind]
        form = forms[rng.integers(len(forms))]
        names = [
            form.format(here=here, word=spoken, township=row["township"])
            for spoken in (word, short(row["name"]) + word)
            for here in (short(row["township"]), short(row["township"]) + short(row["name"]))
        ]
        names += [f"{names[-1]}第{number}分队" for number in range(2, 60)]
        name = next(name for name in names if name not in taken)
        taken.add(name)
        head = heads_of.get(row["district_code"], 1)
        rows.append((name, kind, head, row["township_code"], row["district_code"]))
    return rows


def _codes(rng: np.random.Generator, districts: list[str]) -> list[str | None]:
    found: list[str | None] = []
    serials = rng.integers(1, 10**6) + np.arange(len(districts)) * 74_561
    lacks = rng.random(len(districts)) < 0.15
    for place, (district, serial) in enumerate(zip(districts, serials, strict=True)):
        # 330113 and 330114 exist since 2021, and a code keeps the area of its day.
        body = f"52{district}" + "MJ" + _base31(int(serial), 7)
        found.append(None if lacks[place] and place > 1 else body + uscc.calc_check_digit(body))
    known_bad = found[1] or ""
    found[1] = known_bad[:-1] + ("0" if known_bad[-1] != "0" else "1")
    return found


def _base31(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, rest = divmod(number, 31)
        digits = CODE_LETTERS[rest] + digits
    return digits


def make_members(plan: Plan, organisations: pl.DataFrame, volunteers: pl.DataFrame) -> pl.DataFrame:
    """One row per stay of a volunteer in an organisation: a joining for about two in three, some have left.

    The first two members of each organisation are its administrators. They stand in `volunteers` first.
    """
    rng = plan.stream("members")
    count = len(organisations)
    size = organisations["size"].to_numpy()
    people = volunteers["volunteer_id"].to_numpy()
    joined = rng.choice(people, int(len(people) * 0.75))
    group = rng.choice(organisations["organisation_id"].to_numpy(), len(joined), p=size / size.sum())
    administrators = np.resize(people[: max(2, min(2 * count, len(people) // 4))], 2 * count)
    members = pl.concat(
        [
            pl.DataFrame(
                {
                    "organisation_id": np.repeat(organisations["organisation_id"].to_numpy(), 2),
                    "volunteer_id": administrators,
                    "role": "administrator",
                }
            ),
            pl.DataFrame(
                {
                    "organisation_id": group,
                    "volunteer_id": joined,
                    "role": np.where(rng.random(len(joined)) < 0.04, "leader", "member"),
                }
            ),
        ]
    ).unique(["organisation_id", "volunteer_id"], keep="first", maintain_order=True)
    members = members.join(
        volunteers.select("volunteer_id", "registered_at"), on="volunteer_id", maintain_order="left"
    )
    left = rng.random(len(members)) < 0.05
    joined_at = np.minimum(
        members["registered_at"].to_numpy() + rng.integers(1, 40, len(members)) * DAY, plan.as_of
    )
    left_at = np.minimum(joined_at + rng.integers(1, 200, len(members)) * DAY, plan.as_of)
    left &= (members["role"] != "administrator").to_numpy()
    return members.select(
        member_id=pl.int_range(1, pl.len() + 1),
        organisation_id="organisation_id",
        volunteer_id="volunteer_id",
        role="role",
        joined_at=pl.Series(joined_at),
        left_at=pl.when(pl.Series(left)).then(pl.Series(left_at)),
        updated_at=pl.when(pl.Series(left)).then(pl.Series(left_at)).otherwise(pl.Series(joined_at)),
    )
