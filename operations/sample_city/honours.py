"""Honour records of the sample city: service on paper, forgotten check-outs made good, and some that were sold.

Here: the records and the decisions on them. Never here: what they earn (minutes.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from .plan import DAY, DAY_BREAK, HOUR, LOCAL, Plan

MINUTE = 60
BURST = 26
REASONS = {
    "paper": "现场纸质签到表,活动当天网络中断",
    "made_good": "签退漏刷,经现场负责人核实补录",
    "over_credit": "负责人汇总补录",
    "above_plan": "含筹备时间",
    "sold": "参与志愿服务活动",
    "self_granted": "组织管理工作",
    "late_entry": "补录往期服务",
}
SOLD = {
    "volunteer_id": pl.Int64, "service_at": pl.Int64, "minutes": pl.Int64, "entered_at": pl.Int64, "kind": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Honours:
    """`records` and `approvals` as the tables hold them; `records` also has `kind` and `is_approved`."""

    records: pl.DataFrame
    approvals: pl.DataFrame


def make_honours(
    plan: Plan,
    *,
    papers: pl.DataFrame,
    stretches: pl.DataFrame,
    pairs: pl.DataFrame,
    shifts: pl.DataFrame,
    organisations: pl.DataFrame,
    members: pl.DataFrame,
    volunteers: pl.DataFrame,
    activities: pl.DataFrame,
) -> Honours:
    """Enter what nobody recorded, decide on most of it, and let one administrator sell hours in bursts."""
    rng = plan.stream("honours")
    administrators = members.filter(role="administrator")
    admin_ids = administrators["volunteer_id"].unique()
    hosts = shifts.join(activities.select("activity_id", "organisation_id"), on="activity_id").select(
        "shift_id", "organisation_id"
    )
    done = (
        stretches.filter(pl.col("ends_at") < plan.as_of - 3 * DAY)
        .join(hosts, on="shift_id")
        .sort("stretch_id")
    )
    unclosed = pairs.filter(pl.col("closed_at").is_null())["stretch_id"].implode()
    lacking = done.filter(pl.col("kind") == "forgotten_out", pl.col("stretch_id").is_in(unclosed))
    lacking = lacking.filter(pl.Series(rng.random(len(lacking)) < plan.dirt.made_good))
    recorded = done.filter(pl.col("kind") == "clean")
    recorded = recorded.filter(pl.Series(rng.random(len(recorded)) < plan.dirt.doubly_entered))
    home = volunteers.select("volunteer_id", "district_code").join(
        organisations.filter(pl.col("kind") == "district").select("district_code", "organisation_id"),
        on="district_code",
        how="left",
        maintain_order="left",
    )
    papers = papers.join(home, on="volunteer_id", maintain_order="left").with_columns(
        pl.col("organisation_id").fill_null(1)
    )
    parts = [
        _on_paper(rng, plan, papers),
        _at_shifts(lacking, "made_good", 0),
        _at_shifts(recorded.filter(pl.int_range(pl.len()) % 2 == 0), "over_credit", 20 * MINUTE),
        _above_plan(recorded.filter(pl.int_range(pl.len()) % 2 == 1)),
    ]
    subjects = pl.concat(parts, how="diagonal").filter(~pl.col("volunteer_id").is_in(admin_ids.implode()))
    subjects = _entered(rng, plan, subjects, administrators)
    sold = _sold(
        rng, plan, administrators, volunteers.filter(~pl.col("volunteer_id").is_in(admin_ids.implode()))
    )
    everything = pl.concat([subjects, sold], how="diagonal").filter(pl.col("entered_at") <= plan.as_of - HOUR)
    return _decided(rng, plan, everything, organisations, administrators)


def _on_paper(rng: np.random.Generator, plan: Plan, papers: pl.DataFrame) -> pl.DataFrame:
    """Service without any other record; the list says from when to when, or how long only."""
    count = len(papers)
    has_interval = pl.Series(rng.random(count) < 0.6)
    is_late = pl.Series(rng.random(count) < plan.dirt.late_entry) & (
        papers["from_at"] < plan.as_of - 40 * DAY
    )
    return papers.select(
        "volunteer_id",
        "organisation_id",
        service_at="from_at",
        service_ends_at="to_at",
        started_at=pl.when(has_interval).then("from_at"),
        ended_at=pl.when(has_interval).then("to_at"),
        minutes=(pl.col("to_at") - pl.col("from_at")) // MINUTE,
        kind=pl.when(is_late).then(pl.lit("late_entry")).otherwise(pl.lit("paper")),
    )


def _at_shifts(stretches: pl.DataFrame, kind: str, margin: int) -> pl.DataFrame:
    """A record of the time of the shift, with a margin on both sides."""
    return stretches.select(
        "volunteer_id",
        "organisation_id",
        "shift_id",
        service_at="starts_at",
        service_ends_at="ends_at",
        started_at=pl.col("starts_at") - margin,
        ended_at=pl.col("ends_at") + margin,
        minutes=(pl.col("ends_at") - pl.col("starts_at")) // MINUTE,
        kind=pl.lit(kind),
    )


def _above_plan(stretches: pl.DataFrame) -> pl.DataFrame:
    """A record of more minutes than the shift was planned for."""
    return _at_shifts(stretches, "above_plan", 0).with_columns(
        started_at=pl.lit(None, pl.Int64), ended_at=pl.lit(None, pl.Int64), minutes=pl.col("minutes") + 60
    )


def _entered(
    rng: np.random.Generator, plan: Plan, subjects: pl.DataFrame, administrators: pl.DataFrame
) -> pl.DataFrame:
    """By whom and when: some days after the service, during office hours."""
    count = len(subjects)
    by = administrators.unique("organisation_id", keep="first", maintain_order=True)
    days_later = np.where(
        subjects["kind"] == "late_entry", rng.integers(32, 39, count), rng.integers(1, 10, count)
    )
    day = (subjects["service_ends_at"].to_numpy() + LOCAL) // DAY + days_later
    entered_at = day * DAY - LOCAL + 9 * HOUR + rng.integers(0, 8 * HOUR, count)
    return subjects.join(
        by.select("organisation_id", entered_by="volunteer_id"), on="organisation_id", maintain_order="left"
    ).with_columns(entered_at=pl.Series(entered_at))


def _sold(
    rng: np.random.Generator, plan: Plan, administrators: pl.DataFrame, buyers: pl.DataFrame
) -> pl.DataFrame:
    """One administrator types bursts of records for people who never came, and some for himself."""
    seller = administrators.row(min(5, len(administrators) - 1), named=True)
    bursts, own = (_times(plan, rate) for rate in (plan.dirt.burst_entry, plan.dirt.self_granted))
    parts = [pl.DataFrame(schema=SOLD)]
    for nth in range(max(bursts, own)):
        day = int(rng.integers(1, plan.days - 1))
        typed_at = plan.begins_at + day * DAY + 22 * HOUR
        count = min(BURST, len(buyers))
        customers = rng.choice(buyers["volunteer_id"].to_numpy(), count, replace=False)
        typed = pl.DataFrame(
            {
                "volunteer_id": np.append(customers, seller["volunteer_id"]),
                "service_at": typed_at - rng.integers(2 * HOUR, 12 * HOUR, count + 1),
                "minutes": rng.choice([240, 300, 360, 480], count + 1),
                "entered_at": typed_at + np.sort(rng.integers(0, 9 * MINUTE, count + 1)),
                "kind": ["sold"] * count + ["self_granted"],
            },
            schema=SOLD,
        )
        happens = (pl.col("kind") == "sold") & (nth < bursts) | (pl.col("kind") == "self_granted") & (
            nth < own
        )
        parts.append(typed.filter(happens))
    return pl.concat(parts).with_columns(
        organisation_id=pl.lit(seller["organisation_id"], pl.Int64),
        entered_by=pl.lit(seller["volunteer_id"], pl.Int64),
    )


def _times(plan: Plan, rate: float) -> int:
    """How often something happens of which a rate says on what share of the days: never, or at least twice."""
    return max(2, int(plan.days * rate + 1e-9)) if rate else 0


def _decided(
    rng: np.random.Generator,
    plan: Plan,
    entered: pl.DataFrame,
    organisations: pl.DataFrame,
    administrators: pl.DataFrame,
) -> Honours:
    """Most records are approved by a second person of the parent organisation, some refused, the last ones wait."""
    entered = entered.sort("entered_at", "volunteer_id", "minutes", "kind", "service_at")
    count = len(entered)
    second = administrators.unique("organisation_id", keep="last", maintain_order=True)
    deciders = organisations.select(
        "organisation_id", decides=pl.coalesce("parent_organisation_id", "organisation_id")
    ).join(second.select(decides="organisation_id", decided_by="volunteer_id"), on="decides")
    entered = entered.join(
        deciders.select("organisation_id", "decided_by"),
        on="organisation_id",
        how="left",
        maintain_order="left",
    )
    chance = rng.random(count)
    quick = entered["kind"].is_in(["sold", "self_granted"]).to_numpy()
    wait = np.where(quick, rng.integers(30, 300, count), rng.integers(2 * HOUR, 6 * DAY, count))
    decided_at = entered["entered_at"].to_numpy() + wait
    waits = (chance < 0.03) & ~quick | (decided_at > plan.as_of)
    refused = (chance > 0.94) & ~quick
    day = (pl.col("service_at") + LOCAL - DAY_BREAK) // DAY
    records = entered.select(
        pl.int_range(1, pl.len() + 1).alias("record_id"),
        "volunteer_id",
        "organisation_id",
        "shift_id",
        "started_at",
        "ended_at",
        "minutes",
        day.cast(pl.Int32).cast(pl.Date).alias("service_day"),
        pl.col("kind").replace_strict(REASONS).alias("reason"),
        pl.when(pl.col("kind").is_in(["paper", "made_good"]))
        .then(pl.lit("签到表照片"))
        .otherwise(pl.lit(""))
        .alias("evidence"),
        "entered_by",
        "entered_at",
        pl.col("entered_at").alias("updated_at"),
        "kind",
        "decided_by",
        pl.Series("decided_at", decided_at),
        pl.Series("is_decided", ~waits),
        pl.Series("is_approved", ~waits & ~refused),
        pl.Series("status", np.select([waits, refused], ["entered", "refused"], "approved")),
    )  # fmt: skip
    approvals = records.filter("is_decided").select(
        "record_id",
        decision=pl.when("is_approved").then(pl.lit("approved")).otherwise(pl.lit("refused")),
        decided_by="decided_by",
        decided_at="decided_at",
        reason=pl.when("is_approved").then(pl.lit("")).otherwise(pl.lit("证明材料不足")),
        updated_at="decided_at",
    )
    return Honours(records, approvals)
