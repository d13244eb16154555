"""No password is shown, however it is written."""

from __future__ import annotations

import pytest

from hub.masking import masked


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("postgresql://hub:s3cret@db/city", "postgresql://hub:***@db/city"),
        ("postgresql://hub:s3/cr@t@db:5432/city", "postgresql://hub:***@db:5432/city"),
        ("postgresql://:s3cret@db/city", "postgresql://:***@db/city"),
        (
            "postgresql://hub@db/city?password=s3cret&sslmode=require",
            "postgresql://hub@db/city?password=***&sslmode=require",
        ),
        ("host=db password=s3cret user=hub", "host=db password=*** user=hub"),
        (
            'cannot reach "postgresql://hub:s3cret@db/city": refused',
            'cannot reach "postgresql://hub:***@db/city": refused',
        ),
        ("sqlite:////srv/hub/operations.sqlite", "sqlite:////srv/hub/operations.sqlite"),
        ("postgresql://hub@db:5432/city", "postgresql://hub@db:5432/city"),
        ("/srv/hub/lake", "/srv/hub/lake"),
    ],
)
def test_an_address_is_shown_without_its_password(written: str, shown: str) -> None:
    assert masked(written) == shown
