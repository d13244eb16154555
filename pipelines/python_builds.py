"""Whether a table that Python fills has to be built, and since which snapshot.

Here: holding the memory of the last build against the present code and the changes upstream. Never here: what is
computed. Tables with SQL do the same in warehouse/plan.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import duckdb

import warehouse.timekeeping
import warehouse.timekeeping.rules
from warehouse.build import QUIET_SNAPSHOTS
from warehouse.changes import HistoryGone, last_build, tables_changed, was_recreated
from warehouse.lake import current_snapshot


@dataclass(frozen=True)
class BuildState:
    """What a build starts from. `since`: the snapshot that the table shows, None for a build from nothing.

    `changed`: the upstream tables with any change since. `must_be_recorded`: the memory is to be moved on even if
    nothing comes of it, so that old snapshots can be expired.
    """

    definition_hash: str
    why: str
    since: int | None
    changed: frozenset[str] = frozenset()
    is_current: bool = False
    must_be_recorded: bool = True


def state_of(
    con: duckdb.DuckDBPyConnection,
    name: str,
    upstream: Sequence[str],
    definition_hash: str,
    *,
    everything: bool = False,
) -> BuildState:
    """Return what a build of `name` starts from; call it in the transaction that writes its rows."""
    last = last_build(con, name)
    if everything or last is None:
        return BuildState(definition_hash, "asked for" if last else "never built", None)
    if last.definition_hash != definition_hash:
        return BuildState(definition_hash, "its rules changed", None)
    try:
        changed = tables_changed(con, last.read_snapshot).intersection(upstream)
    except HistoryGone as error:
        return BuildState(definition_hash, str(error), None)
    anew = [one for one in changed if was_recreated(con, one, last.read_snapshot)]
    if anew:
        return BuildState(definition_hash, f"{', '.join(sorted(anew))} was made anew", None)
    is_stale = current_snapshot(con) - last.read_snapshot > QUIET_SNAPSHOTS
    why = f"{', '.join(sorted(changed))} changed" if changed else "nothing it reads has changed"
    return BuildState(definition_hash, why, last.read_snapshot, changed, not changed and not is_stale, True)


@cache
def code_hash(module: str) -> str:
    """Return a digest of one module, of time-keeping and of its rules: it changes whenever the computation may."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"there is no module {module}")
    folder = Path(warehouse.timekeeping.__file__).parent
    files = [Path(spec.origin), *sorted(folder.glob("*.py")), warehouse.timekeeping.rules.RULES_FILE]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
