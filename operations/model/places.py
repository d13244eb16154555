"""Where service happens: administrative areas, sites, and the card readers that stand there."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref, prefix_index


class Area(Changing, Base):
    """One district, township or community, by its code of GB/T 2260 (6, 9 or 12 digits)."""

    __tablename__ = "areas"
    __table_args__ = (CheckConstraint("kind IN ('district', 'township', 'community')", name="kind"),)

    area_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(80))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("areas.area_code"), index=True)


class Site(Changing, Base):
    """One place of service. Its position is kept as received, with its system, and as WGS-84.

    A site that moves house ends here and goes on as another one, which names it in `succeeds_site_id`: what was served
    at the old place stays there.
    """

    __tablename__ = "sites"
    __table_args__ = (
        CheckConstraint("position_system IN ('WGS-84', 'GCJ-02', 'BD-09')", name="position_system"),
        CheckConstraint("radius_m > 0", name="radius"),
        Index("ix_sites_name", "name"),
        prefix_index("ix_sites_name_prefix", "name"),
    )

    site_id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(24))
    organisation_id: Mapped[int | None] = mapped_column(
        Ref, ForeignKey("organisations.organisation_id"), index=True
    )
    district_code: Mapped[str] = mapped_column(ForeignKey("areas.area_code"), index=True)
    township_code: Mapped[str | None] = mapped_column(ForeignKey("areas.area_code"))
    community_code: Mapped[str | None] = mapped_column(ForeignKey("areas.area_code"), index=True)
    lon: Mapped[float] = mapped_column(Float)
    lat: Mapped[float] = mapped_column(Float)
    received_lon: Mapped[float] = mapped_column(Float)
    received_lat: Mapped[float] = mapped_column(Float)
    position_system: Mapped[str] = mapped_column(String(8), default="WGS-84")
    radius_m: Mapped[int] = mapped_column(default=200)
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    succeeds_site_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("sites.site_id"), unique=True)


class Device(Changing, Base):
    """One card reader, where it stands now. `is_directed`: it stands at an entrance or an exit and says which."""

    __tablename__ = "devices"
    __table_args__ = (prefix_index("ix_devices_device_no_prefix", "device_no"),)

    device_no: Mapped[str] = mapped_column(String(40), primary_key=True)
    site_id: Mapped[int] = mapped_column(Ref, ForeignKey("sites.site_id"), index=True)
    model: Mapped[str] = mapped_column(String(40))
    is_directed: Mapped[bool] = mapped_column(default=False)
    registered_at: Mapped[datetime] = mapped_column(index=True)
    retired_at: Mapped[datetime | None]
    replaces_device_no: Mapped[str | None] = mapped_column(ForeignKey("devices.device_no"), unique=True)


class FormerPlacement(Changing, Base):
    """Where a device stood, and whether as a directed one, for the half-open time `[placed_from, placed_to)`.

    Only what has ended is here: a device that never moved has no row, and stands where `devices` says.
    """

    __tablename__ = "former_placements"
    __table_args__ = (
        CheckConstraint("placed_to > placed_from", name="interval"),
        UniqueConstraint("device_no", "placed_to"),
    )

    placement_id: Mapped[Key]
    device_no: Mapped[str] = mapped_column(ForeignKey("devices.device_no"))
    site_id: Mapped[int] = mapped_column(Ref, ForeignKey("sites.site_id"), index=True)
    is_directed: Mapped[bool]
    placed_from: Mapped[datetime]
    placed_to: Mapped[datetime]


class Heartbeat(Changing, Base):
    """One sign of life of a device: its clock minus true time in seconds, and the taps it still holds."""

    __tablename__ = "heartbeats"

    heartbeat_id: Mapped[Key]
    device_no: Mapped[str] = mapped_column(ForeignKey("devices.device_no"), index=True)
    received_at: Mapped[datetime]
    clock_offset_seconds: Mapped[int]
    queued_taps: Mapped[int] = mapped_column(default=0)
