"""Every setting of the product, read in this one place from the environment (prefix `HUB_`).

A module that needs a setting takes it as an argument or asks `load()`. Others look into the environment only to hand
it on to a child, and for `HUB_DEBUG`, which must work when the settings cannot be read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, computed_field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What can be configured, with the default that runs a whole city on one machine.

    Only `home` matters to most: all state lies below it, and moves with it.
    """

    model_config = SettingsConfigDict(env_prefix="HUB_", extra="ignore")

    home: Path = Field(PROJECT / "data", description="folder that holds all state")
    operations_url: str = Field(
        "", description="operational database, sqlite:/// or postgresql://; default: a SQLite file below home"
    )
    lake_catalogue: str = Field(
        "", description="DuckLake catalogue: a path (SQLite) or postgresql://; default: a file below home"
    )
    lake_files: str = Field(
        "", description="where the lake's Parquet files lie; default: a folder below home"
    )
    boundaries: Path = Field(
        PROJECT / "warehouse" / "reference" / "hangzhou_districts.geojson",
        description="GeoJSON of the districts; a city puts its own in place before going live",
    )
    host: str = Field("127.0.0.1", description="address that the servers listen on")
    dashboards_port: int = Field(8501, ge=1, le=65535)
    dagster_port: int = Field(3000, ge=1, le=65535)
    language: Literal["zh", "en"] = Field("zh", description="language a page opens in")
    password_sign_in: bool = Field(True, description="sign-in by accounts with a password")
    oidc_metadata_url: str = Field(
        "", description="OpenID Connect: the provider's …/.well-known/openid-configuration; empty: none"
    )
    oidc_client_id: str = Field("", description="OpenID Connect: what the provider calls this system")
    oidc_client_secret: str = Field("", repr=False, description="OpenID Connect: the secret agreed with it")
    oidc_redirect_uri: str = Field(
        "", description="OpenID Connect: the address of the pages followed by /oauth2callback"
    )
    swipe_log_poll_seconds: int = Field(30, ge=5, description="how often new swipe segments are looked for")
    extract_overlap_minutes: int = Field(
        10, ge=0, description="how far a cursor steps back, so that rows of late commits are not missed"
    )

    def model_post_init(self, context: object, /) -> None:
        """Derive what is not set from `home`."""
        self.home = self.home.expanduser().resolve()
        self.operations_url = self.operations_url or f"sqlite:///{self.home / 'operations.sqlite'}"
        self.lake_catalogue = self.lake_catalogue or str(self.home / "lake" / "catalogue.sqlite")
        self.lake_files = self.lake_files or str(self.home / "lake" / "files")

    @computed_field
    @property
    def has_oidc(self) -> bool:
        """Whether people sign in through a provider of OpenID Connect."""
        return bool(self.oidc_metadata_url)

    @computed_field
    @property
    def swipe_logs(self) -> Path:
        """Folder of the card readers' append-only segments."""
        return self.home / "swipe_logs"

    @computed_field
    @property
    def dagster_home(self) -> Path:
        """Folder of Dagster's runs, schedules and event log."""
        return self.home / "dagster"

    @computed_field
    @property
    def sample_city_truth(self) -> Path:
        """Folder with what each person of the sample city really did."""
        return self.home / "sample_city"

    @computed_field
    @property
    def service_logs(self) -> Path:
        """Folder with the output of the servers that `hub serve` starts."""
        return self.home / "logs"


def load() -> Settings:
    """Read the settings from the environment now.

    Raises pydantic's `ValidationError` naming the variable whose value cannot be used.
    """
    return Settings()  # type: ignore[call-arg]
