"""A city of a million volunteers and a hundred thousand activities in an operational database, made at once.

Here: rows for lists to be asked of, plain and alike. Never here: measuring, or a city that makes sense: that is the
sample city's part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import polars as pl
from sqlalchemy import Engine, Index, text
from sqlalchemy.orm import Session

from operations.commands.bulk import append_frame
from operations.model import (
    Activity,
    Area,
    AuditEntry,
    Base,
    Card,
    CardBinding,
    Device,
    HonourRecord,
    Organisation,
    OrganisationMember,
    Shift,
    ShiftSite,
    SignUp,
    Site,
    Volunteer,
    VolunteerIdentity,
)

VOLUNTEERS = 1_000_000
ACTIVITIES = 100_000
ORGANISATIONS = 13_570
SITES = 10_000
DEVICES = 4_000
SIGN_UPS = 500_000
HONOUR_RECORDS = 200_000
AUDIT_ENTRIES = 300_000
DISTRICTS = 13
TOWNSHIPS = 15  # of each district
NOW = datetime(2026, 8, 1, 2, tzinfo=UTC)
CATEGORIES = ("elderly_disabled", "environment", "youth", "culture_sports", "safety")
# How many of a thousand have them.
SURNAMES = {
    "王": 150,
    "李": 140,
    "张": 130,
    "刘": 120,
    "陈": 110,
    "杨": 100,
    "赵": 90,
    "黄": 80,
    "周": 70,
    "欧": 10,
}
STATES = ("recruiting", "running", "finished", "closed", "closed", "closed", "submitted", "cancelled")


def district(number: int) -> str:
    """The code of a district, by its number from 0."""
    return str(330102 + number)


def make_large_city(engine: Engine, volunteers: int = VOLUNTEERS) -> int:
    """Fill the empty tables of a migrated database that is thrown away later, and return how many rows that were.

    `volunteers` scales the tables of people and of what they did. Until it returns nothing guards the rows: a power cut
    would leave a broken file, and references are not looked at.
    """
    scale = volunteers / VOLUNTEERS
    done = 0
    with _filling(engine) as session:
        for model, frame in _frames(volunteers, scale):
            done += append_frame(session, model, frame)
    if engine.dialect.name == "postgresql":
        # What autovacuum does on a server; a throwaway one has it off.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    return done


@contextmanager
def _filling(engine: Engine) -> Iterator[Session]:
    """One transaction without secondary indexes, journal and references; the indexes are made at its end, each by
    one sort instead of a million look-ups.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.execution_options(is_writing=True).connect() as connection:
        if is_sqlite:
            # Outside of a transaction, where they have an effect; gone with the connection.
            raw = connection.connection.driver_connection
            for pragma in ("journal_mode=off", "synchronous=off", "foreign_keys=off", "cache_size=-524288"):
                raw.execute(f"PRAGMA {pragma}")  # type: ignore[union-attr]
        with Session(connection) as session, session.begin():
            if not is_sqlite:
                session.execute(text("SET LOCAL session_replication_role = replica"))
                session.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
            indexes: list[Index] = [
                index for table in Base.metadata.sorted_tables for index in sorted(table.indexes, key=str)
            ]
            for index in indexes:
                index.drop(session.connection())
            yield session
            for index in indexes:
                index.create(session.connection())
    engine.dispose()


def _frames(volunteers: int, scale: float) -> Iterator[tuple[type[Base], pl.DataFrame]]:
    activities = round(ACTIVITIES * scale)
    made: list[tuple[type[Base], Callable[[], pl.DataFrame]]] = [
        (Area, _districts),
        (Area, _townships),
        (Organisation, lambda: _organisations(round(ORGANISATIONS * scale))),
        (Volunteer, lambda: _volunteers(volunteers)),
        (VolunteerIdentity, lambda: _identities(volunteers)),
        (
            OrganisationMember,
            lambda: _members(volunteers, round(ORGANISATIONS * scale)),
        ),
        (Card, lambda: _cards(volunteers)),
        (CardBinding, lambda: _bindings(volunteers)),
        (Site, lambda: _sites(round(SITES * scale), round(ORGANISATIONS * scale))),
        (Device, lambda: _devices(round(DEVICES * scale), round(SITES * scale))),
        (Activity, lambda: _activities(activities, round(ORGANISATIONS * scale))),
        (Shift, lambda: _shifts(activities)),
        (ShiftSite, lambda: _shift_sites(activities, round(SITES * scale))),
        (SignUp, lambda: _sign_ups(round(SIGN_UPS * scale), activities, volunteers)),
        (
            HonourRecord,
            lambda: _honour_records(round(HONOUR_RECORDS * scale), round(ORGANISATIONS * scale), volunteers),
        ),
        (AuditEntry, lambda: _audit_entries(round(AUDIT_ENTRIES * scale), volunteers)),
    ]
    # One at a time: together they need more memory than the database.
    return ((model, make()) for model, make in made)


def _numbered(count: int) -> pl.DataFrame:
    return pl.DataFrame({"n": pl.int_range(count, eager=True)})


def _minutes_ago(minutes: pl.Expr) -> pl.Expr:
    return (pl.lit(NOW.replace(tzinfo=None)) - pl.duration(minutes=minutes)).cast(pl.Datetime("us"))


def _where(n: pl.Expr) -> list[pl.Expr]:
    """District and township, spread evenly; of 13 and 15 every pair comes up."""
    code = (pl.lit(330102) + n % DISTRICTS).cast(pl.String)
    township = pl.format("{}{}", code, (n % TOWNSHIPS + 1).cast(pl.String).str.zfill(3))
    return [code.alias("district_code"), township.alias("township_code")]


def _districts() -> pl.DataFrame:
    return _numbered(DISTRICTS).select(
        area_code=(pl.col("n") + 330102).cast(pl.String),
        kind=pl.lit("district"),
        name=pl.format("区{}", "n"),
        parent_code=pl.lit(None, dtype=pl.String),
    )


def _townships() -> pl.DataFrame:
    return _numbered(DISTRICTS * TOWNSHIPS).select(
        area_code=pl.format(
            "{}{}",
            pl.col("n") // TOWNSHIPS + 330102,
            (pl.col("n") % TOWNSHIPS + 1).cast(pl.String).str.zfill(3),
        ),
        kind=pl.lit("township"),
        name=pl.format("街道{}", "n"),
        parent_code=(pl.col("n") // TOWNSHIPS + 330102).cast(pl.String),
    )


def _organisations(count: int) -> pl.DataFrame:
    n = pl.col("n")
    return (
        _numbered(count)
        .with_columns(*_where(n))
        .select(
            "district_code",
            "township_code",
            area_code="district_code",
            organisation_id=n + 1,
            # One above all, below it the heads of the districts, below each the others of its district.
            parent_organisation_id=pl.when(n > DISTRICTS).then((n - 1) % DISTRICTS + 2).when(n > 0).then(1),
            name=pl.format("志愿队{}", n * 7919 % count),
            kind=pl.lit("group"),
            status=pl.when(n % 50 == 0).then(pl.lit("applied")).otherwise(pl.lit("active")),
            registered_at=_minutes_ago(n),
            applied_at=_minutes_ago(n),
            decision_reason=pl.lit(""),
        )
    )


def _volunteers(count: int) -> pl.DataFrame:
    n = pl.col("n")
    return (
        _numbered(count)
        .with_columns(*_where(n))
        .select(
            "district_code",
            "township_code",
            volunteer_id=n + 1,
            volunteer_no=_volunteer_no(n, count),
            sex=(n % 2 + 1).cast(pl.String),
            status=pl.when(n % 500 == 0).then(pl.lit("banned")).otherwise(pl.lit("active")),
            registered_at=_minutes_ago(n),
        )
    )


def _volunteer_no(n: pl.Expr, count: int) -> pl.Expr:
    return pl.format("3301{}", (n * 7919 % count).cast(pl.String).str.zfill(12))


def _identities(count: int) -> pl.DataFrame:
    n = pl.col("n")
    return _numbered(count).select(
        volunteer_id=n + 1,
        full_name=pl.format("{}{}", _surname(n), n * 7919 % count),
        id_type=pl.lit("passport"),
        id_number=pl.format("E{}", (n * 104729 % count).cast(pl.String).str.zfill(8)),
        phone=pl.format("13{}", (n * 7919 % count).cast(pl.String).str.zfill(9)),
    )


def _surname(n: pl.Expr) -> pl.Expr:
    """Spread over all districts alike."""
    each = [name for name, permille in SURNAMES.items() for _ in range(permille)]
    return _of(tuple(each), n // DISTRICTS * 7919)


def _members(count: int, organisations: int) -> pl.DataFrame:
    n = pl.col("n")
    return _numbered(count).select(
        member_id=n + 1,
        # Not the one above all, nor the heads.
        organisation_id=n * 31 % (organisations - DISTRICTS - 1) + DISTRICTS + 2,
        volunteer_id=n + 1,
        role=pl.lit("member"),
        joined_at=_minutes_ago(n),
        left_at=pl.when(n % 20 == 0).then(_minutes_ago(n % 1000)),
    )


def _cards(count: int) -> pl.DataFrame:
    n = pl.col("n")
    lost = pl.when(n % 200 == 0).then(_minutes_ago(n % 10_000))
    return _numbered(count).select(
        card_no=_card_no(n, count),
        kind=pl.lit("citizen_card"),
        issued_at=_minutes_ago(n),
        reported_lost_at=lost,
    )


def _card_no(n: pl.Expr, count: int) -> pl.Expr:
    return (n * 7919 % count + 3_301_000_000_000).cast(pl.String)


def _bindings(count: int) -> pl.DataFrame:
    n = pl.col("n")
    return _numbered(count).select(
        binding_id=n + 1, card_no=_card_no(n, count), volunteer_id=n + 1, bound_from=_minutes_ago(n + 10_000)
    )


def _sites(count: int, organisations: int) -> pl.DataFrame:
    n = pl.col("n")
    return (
        _numbered(count)
        .with_columns(*_where(n))
        .select(
            "district_code",
            "township_code",
            site_id=n + 1,
            name=pl.format("服务点{}", n * 7919 % count),
            kind=pl.when(n % 3 == 0).then(pl.lit("library")).otherwise(pl.lit("community")),
            organisation_id=n % organisations + 1,
            lon=120 + n % 1000 / 1000,
            lat=30 + n % 700 / 1000,
            received_lon=120 + n % 1000 / 1000,
            received_lat=30 + n % 700 / 1000,
            position_system=pl.lit("WGS-84"),
            radius_m=pl.lit(200),
            opened_on=pl.lit(NOW.date()),
        )
    )


def _devices(count: int, sites: int) -> pl.DataFrame:
    n = pl.col("n")
    return _numbered(count).select(
        device_no=pl.format("D{}", (n * 7919 % count).cast(pl.String).str.zfill(6)),
        site_id=n % sites + 1,
        model=pl.lit("K14"),
        is_directed=n % 20 == 0,
        registered_at=_minutes_ago(n),
    )


def _activities(count: int, organisations: int) -> pl.DataFrame:
    n = pl.col("n")
    return (
        _numbered(count)
        .with_columns(*_where(n))
        .select(
            "district_code",
            "township_code",
            activity_id=n + 1,
            organisation_id=n % organisations + 1,
            title=pl.format("活动{}", n * 7919 % count),
            category_code=_of(CATEGORIES, n),
            status=_of(STATES, n),
            starts_at=_minutes_ago(n),
            ends_at=_minutes_ago(n - 180),
            created_at=_minutes_ago(n + 20_000),
            submitted_at=_minutes_ago(n + 15_000),
            published_at=_minutes_ago(n + 10_000),
        )
    )


def _of(values: tuple[str, ...], n: pl.Expr) -> pl.Expr:
    return (n % len(values)).replace_strict(dict(enumerate(values)), return_dtype=pl.String)


def _shifts(count: int) -> pl.DataFrame:
    n = pl.col("n")
    return _numbered(count).select(
        shift_id=n + 1,
        activity_id=n + 1,
        starts_at=_minutes_ago(n),
        ends_at=_minutes_ago(n - 180),
        capacity=pl.lit(30),
    )


def _shift_sites(count: int, sites: int) -> pl.DataFrame:
    return _numbered(count).select(shift_id=pl.col("n") + 1, site_id=pl.col("n") % sites + 1)


def _sign_ups(count: int, shifts: int, volunteers: int) -> pl.DataFrame:
    n = pl.col("n")
    return _numbered(count).select(
        sign_up_id=n + 1,
        shift_id=n % shifts + 1,
        volunteer_id=n * 7919 % volunteers + 1,
        status=_of(("confirmed",) * 8 + ("requested", "cancelled"), n),
        signed_up_at=_minutes_ago(n),
    )


def _honour_records(count: int, organisations: int, volunteers: int) -> pl.DataFrame:
    n = pl.col("n")
    return _numbered(count).select(
        record_id=n + 1,
        volunteer_id=n % volunteers + 1,
        organisation_id=n % organisations + 1,
        minutes=pl.lit(120),
        service_day=pl.lit((NOW - timedelta(days=1)).date()),
        reason=pl.lit("纸质登记"),
        evidence=pl.lit(""),
        entered_by=n * 7919 % volunteers + 1,
        entered_at=_minutes_ago(n),
    )


def _audit_entries(count: int, volunteers: int) -> pl.DataFrame:
    n = pl.col("n")
    return _numbered(count).select(
        happened_at=_minutes_ago(n),
        actor=pl.format("administrator{}", n % 500),
        role=pl.lit("district_administrator"),
        action=_of(("sign_up", "register_volunteer", "bind_card"), n),
        subject_kind=pl.lit("volunteers"),
        subject_id=(n % volunteers + 1).cast(pl.String),
        reason=pl.lit(""),
    )
