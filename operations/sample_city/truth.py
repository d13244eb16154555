"""The truth of the sample city, as files: what each person really did, and what should come out of it.

Here: the three files and their columns. Never here: how the figures are worked out (expectation.py, minutes.py).

`service.parquet`: one row per stretch of service and session expected of it, and one per honour record.
`taps.parquet`: one row per line of the swipe log with what becomes of it. `summary.json`: totals and parameters.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from .minutes import expect_credit, expect_honours, under_ceilings
from .plan import Plan

STILL_SERVING = "still_serving"
MINUTES = ["raw_minutes", "net_minutes", "settled_minutes", "review_minutes", "void_minutes"]
MOMENTS = ["true_in_at", "true_out_at", "expected_in_at", "expected_out_at"]


def expect_service(
    plan: Plan, stretches: pl.DataFrame, pairs: pl.DataFrame, honours: pl.DataFrame, shifts: pl.DataFrame
) -> pl.DataFrame:
    """One row per stretch that has begun and session expected of it, and one per honour record.

    `kind` names the dirt (`clean`: none), `is_real` is false where nobody served. `expected_…` is null where no
    session comes out. `is_exact` is false where the rules leave room (a fourth session beside a broken one).
    """
    credit = expect_credit(pairs, shifts)
    honoured = expect_honours(honours, credit, shifts).with_columns(
        in_at="started_at", out_at="ended_at", channel=pl.lit("HONOUR")
    )
    both = under_ceilings(pl.concat([credit, honoured.select(_shared(credit, honoured))], how="diagonal"))
    expected = both.rename({name: f"expected_{name}" for name in (*MINUTES, "verdict", "in_at", "out_at")})
    expected = expected.select(
        "stretch_id", "record_id", "service_day", "opening_event_id", "closing_event_id",
        *(name for name in expected.columns if name.startswith("expected_")),
    )  # fmt: skip
    begun = stretches.filter(pl.col("in_at") <= plan.as_of).select(
        "stretch_id", "group_id", "volunteer_id", "shift_id", "site_id", "channel", "is_real",
        kind=pl.when((pl.col("out_at") > plan.as_of) & (pl.col("kind") == "clean"))
        .then(pl.lit(STILL_SERVING)).otherwise("kind"),
        true_in_at="in_at",
        true_out_at="out_at",
    )  # fmt: skip
    served = begun.join(
        expected.filter(pl.col("record_id").is_null()).drop("record_id"), on="stretch_id", how="left"
    )
    entered = honours.select(
        "record_id", "volunteer_id", "shift_id",
        channel=pl.lit("HONOUR"),
        kind=pl.concat_str(pl.lit("honour_"), "kind"),
        is_real=~pl.col("kind").is_in(["sold", "self_granted"]),
        true_in_at="started_at",
        true_out_at="ended_at",
    ).join(expected.filter(pl.col("record_id").is_not_null()).drop("stretch_id"), on="record_id")  # fmt: skip
    service = _with_exactness(pl.concat([served, entered], how="diagonal"))
    return service.sort("stretch_id", "record_id", "expected_in_at", nulls_last=True).with_columns(
        pl.from_epoch(pl.col(MOMENTS), time_unit="s").cast(pl.Datetime("us"))
    )


def _shared(credit: pl.DataFrame, honoured: pl.DataFrame) -> list[str]:
    return [name for name in honoured.columns if name in credit.columns or name == "record_id"]


def _with_exactness(service: pl.DataFrame) -> pl.DataFrame:
    """A visit with too many sessions is exact only if nothing else befell it."""
    crowded = pl.col("kind") == "many_sessions"
    is_plain = pl.col("expected_verdict").is_in(["counted", "too_many_sessions"]).fill_null(False)
    broken = (crowded & ~is_plain).any().over("group_id") & crowded
    return service.with_columns(is_exact=~broken)


def expected_taps(lines: pl.DataFrame) -> pl.DataFrame:
    """One row per line of the swipe log: where it stands, what it says, and its `outcome`.

    Outcomes: accepted, bounce (accepted, then ignored by the pairing), resend, rejected (with its `reason`).
    """
    readable = pl.col("line_kind") != "malformed_line"
    moments = pl.from_epoch(pl.col("tapped_at", "received_at", "corrected_at"), time_unit="s").cast(
        pl.Datetime("us")
    )
    return (
        lines.with_columns(moments)
        .select(
            "segment",
            "line_no",
            pl.when(readable).then(
                pl.col("device_no", "device_seq", "card_no", "tapped_at", "received_at", "direction")
            ),
            pl.when(pl.col("outcome").is_in(["accepted", "bounce"])).then(
                pl.col("corrected_at", "volunteer_id")
            ),
            "stretch_id",
            pl.col("line_kind").alias("kind"),
            "outcome",
            "reason",
        )
        .sort("segment", "line_no")
    )


def write_truth(
    plan: Plan,
    folder: Path,
    service: pl.DataFrame,
    taps: pl.DataFrame,
    *,
    totals: Mapping[str, Any],
    commands: Mapping[str, int],
) -> None:
    """Write the three files under another name, then let them appear together.

    `commands`: how often people gave each command on top of the history.
    """
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    service.write_parquet(unfinished / "service.parquet")
    taps.write_parquet(unfinished / "taps.parquet")
    summary = {
        "parameters": {**asdict(plan), "last_day": plan.last_day.isoformat()},
        "totals": dict(totals),
        "outcomes": _counts(taps, "outcome"),
        "reasons": _counts(taps, "reason"),
        "line_kinds": _counts(taps, "kind"),
        "service_kinds": _counts(service, "kind"),
        "verdicts": _counts(service, "expected_verdict"),
        "commands": dict(sorted(commands.items())),
    }
    text = json.dumps(summary, ensure_ascii=False, indent=2)
    (unfinished / "summary.json").write_text(text + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def _counts(frame: pl.DataFrame, column: str) -> dict[str, int]:
    counted = frame.drop_nulls(column).group_by(column).len().sort(column)
    return dict(counted.iter_rows())
