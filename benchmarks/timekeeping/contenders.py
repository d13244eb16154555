"""What the engine is measured against, each a process: `python -m benchmarks.timekeeping.contenders NAME CITY OUT`.

The engine itself is `hub sessions`: the whole specification, from raw lines to sessions, rejected taps and flags. scan:
DuckDB reads all columns of the same lines, no more. duckdb and pandas: the pairing alone (bounce and toggle, sections
3 and 4) of the same lines, Parquet to Parquet, with no more looked up than pairing needs: whose card, which site.
duckdb_found and pandas_found: the same from `pairing.parquet`, where volunteer, site and service day are found already.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame

FOUND = "select * from read_parquet('{city}/pairing.parquet')"

LOOKED_UP = """
select volunteer_id, site_id, device_no, device_seq, tapped_at,
    (epoch_us(tapped_at) // 1000000 + 4 * 3600) // 86400 as service_day
from read_parquet('{city}/taps.parquet') as taps
join read_parquet('{city}/devices.parquet') as devices using (device_no)
join read_parquet('{city}/cards.parquet') as cards using (card_no)
where tapped_at >= bound_from and (bound_to is null or tapped_at < bound_to)
"""

PAIRING = """
copy (
    with taps as (
        select volunteer_id, service_day, site_id, device_no, device_seq, tapped_at,
            tapped_at - lag(tapped_at) over place <= interval 60 second as is_bounce
        from ({taps})
        window place as (partition by volunteer_id, site_id order by tapped_at, device_no, device_seq)
    ),
    kept as (
        select *, coalesce(tapped_at - lag(tapped_at) over place > interval 12 hour, true) as is_apart
        from taps where is_bounce is not true
        window place as (partition by volunteer_id, service_day, site_id order by tapped_at, device_no, device_seq)
    ),
    runs as (
        select *, sum(is_apart::int) over place as run
        from kept
        window place as (partition by volunteer_id, service_day, site_id order by tapped_at, device_no, device_seq)
    ),
    paired as (
        select *,
            row_number() over run as number,
            lead(tapped_at) over run as out_at,
            lead(device_no) over run as out_device,
            lead(device_seq) over run as out_seq
        from runs
        window run as (
            partition by volunteer_id, service_day, site_id, run order by tapped_at, device_no, device_seq)
    )
    select volunteer_id, service_day, site_id, device_no, device_seq, out_device, out_seq, tapped_at as in_at, out_at
    from paired where number % 2 = 1
) to '{out}' (format parquet)
"""


def scan(city: Path, out: Path) -> None:
    """Read every value of every column."""
    import duckdb

    lines = str(city / "taps.parquet")
    con = duckdb.connect()
    columns = [
        name for name, *_ in con.execute("describe from read_parquet($lines)", {"lines": lines}).fetchall()
    ]
    wanted = ", ".join(f"max({column})" for column in columns)
    con.execute(f"select {wanted} from read_parquet($lines)", {"lines": lines}).fetchall()


def duckdb_windows(city: Path, out: Path, taps: str = LOOKED_UP) -> None:
    """The pairing as window functions."""
    import duckdb

    duckdb.connect().execute(PAIRING.format(out=out, taps=taps.format(city=city)))


def pandas(city: Path, out: Path) -> None:
    """The pairing by sort, groupby and shift."""
    import pandas as pd

    taps = pd.read_parquet(city / "taps.parquet", columns=["device_no", "device_seq", "card_no", "tapped_at"])
    devices = pd.read_parquet(city / "devices.parquet", columns=["device_no", "site_id"])
    cards = pd.read_parquet(
        city / "cards.parquet", columns=["card_no", "volunteer_id", "bound_from", "bound_to"]
    )
    frame = taps.merge(devices, on="device_no").merge(cards, on="card_no")
    is_bound = (frame["tapped_at"] >= frame["bound_from"]) & ~(frame["tapped_at"] >= frame["bound_to"])
    frame = frame.loc[is_bound, ["volunteer_id", "site_id", "device_no", "device_seq", "tapped_at"]]
    frame["service_day"] = (frame["tapped_at"] + pd.Timedelta(hours=4)).dt.floor("D")
    _pair_in_pandas(frame, out)


def pandas_found(city: Path, out: Path) -> None:
    """The same from taps of which volunteer, site and service day are found."""
    import pandas as pd

    _pair_in_pandas(pd.read_parquet(city / "pairing.parquet"), out)


def _pair_in_pandas(frame: DataFrame, out: Path) -> None:
    import pandas as pd

    frame = frame.sort_values(["volunteer_id", "site_id", "tapped_at", "device_no", "device_seq"])
    gap = frame.groupby(["volunteer_id", "site_id"], sort=False)["tapped_at"].diff()
    frame = frame[~(gap <= pd.Timedelta(seconds=60))]
    group = ["volunteer_id", "service_day", "site_id"]
    gap = frame.groupby(group, sort=False)["tapped_at"].diff()
    frame["run"] = (gap.isna() | (gap > pd.Timedelta(hours=12))).cumsum()
    in_run = frame.groupby("run", sort=False)
    frame["number"] = in_run.cumcount()
    for column, source in (("out_at", "tapped_at"), ("out_device", "device_no"), ("out_seq", "device_seq")):
        frame[column] = in_run[source].shift(-1)
    frame[frame["number"] % 2 == 0].drop(columns=["number", "run"]).to_parquet(out)


CONTENDERS = {
    "scan": scan,
    "duckdb": duckdb_windows,
    "duckdb_found": lambda city, out: duckdb_windows(city, out, FOUND),
    "pandas": pandas,
    "pandas_found": pandas_found,
}

if __name__ == "__main__":
    CONTENDERS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
