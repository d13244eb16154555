"""Accounts of those who sign in to the pages, the roles granted to them, and their sign-ins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref, prefix_index

# Administering an organisation is not granted here: whoever is its administrator among its members holds it, and
# nobody else, so that a dismissal ends it.
GRANTABLE_ROLES = (
    "city_administrator",
    "district_administrator",
    "township_administrator",
    "system_administrator",
    "security_administrator",
    "auditor",
    "analyst",
    "official",
)


class Account(Changing, Base):
    """One way in to the pages, of one person.

    Whose it is, `volunteer_id` or `id_number` says; a person may have several. `oidc_subject` is what the provider of
    OpenID Connect calls them. Without `password_hash` there is no sign-in by password; `password_changed_at` is NULL
    for a password that does not grow old.
    """

    __tablename__ = "accounts"
    __table_args__ = (prefix_index("ix_accounts_full_name", "full_name"),)

    account_id: Mapped[Key]
    sign_in_name: Mapped[str] = mapped_column(String(60), unique=True)
    full_name: Mapped[str] = mapped_column(String(80))
    volunteer_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    id_number: Mapped[str | None] = mapped_column(String(40), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    password_changed_at: Mapped[datetime | None]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    oidc_subject: Mapped[str | None] = mapped_column(String(255), unique=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    disabled_at: Mapped[datetime | None]


class RoleGrant(Changing, Base):
    """One role that an account holds, in an area where the role has one; ended by a date, never deleted.

    `area_code` is a district (6 digits), a township (9), `city` for an official of the whole city, and empty for a role
    that has none.
    """

    __tablename__ = "role_grants"
    __table_args__ = (
        CheckConstraint(
            "role IN ({})".format(", ".join(f"'{role}'" for role in GRANTABLE_ROLES)), name="role"
        ),
        Index("ix_role_grants_account_id", "account_id"),
        # Nobody holds one role twice at the same time in one place.
        Index(
            "uq_role_grants_standing",
            "account_id",
            "role",
            "area_code",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    grant_id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(Ref, ForeignKey("accounts.account_id"))
    role: Mapped[str] = mapped_column(String(32), index=True)
    area_code: Mapped[str] = mapped_column(String(12), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    granted_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class SignIn(Changing, Base):
    """One stay on the pages, from sign-in to sign-out, known by the hash of a token that only the browser has."""

    __tablename__ = "sign_ins"

    sign_in_id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(Ref, ForeignKey("accounts.account_id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    acting_as: Mapped[str] = mapped_column(String(60), default="")
    began_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
