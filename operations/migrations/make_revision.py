"""Writes the next migration: the difference between the newest one and the models.

`python -m operations.migrations.make_revision "Add the proofs of service"`
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from operations.database import alembic_config, migrate, open_database


def make_revision(message: str) -> None:
    """Write `versions/v<number>_<message>.py` for what the models have and the migrations lack."""
    config = alembic_config()
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'newest.sqlite'}")
        migrate(engine)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    make_revision(sys.argv[1])
