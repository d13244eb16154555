"""What can go wrong as a matter of course, and what to tell the person who runs the program.

A failure that is expected (a port taken, a database away) is one message that says what to do, without a traceback.
Anything else is a fault of the program and keeps its traceback.
"""

from __future__ import annotations

import os

from .masking import masked

_CLEAR_BY_THEMSELVES = {
    "operations.database.OperationsUnavailable",
    "operations.commands.refusals.Refused",
    "warehouse.unavailable.LakeUnavailable",
    "pipelines.build.BuildFailed",
    "operations.devices.attlog.AttlogUnreadable",
    "dashboards.boundaries.BoundariesUnusable",
    "operations.sample_city.writing.CityExists",
    "operations.sample_city.ground.BoundariesUnusable",
    "warehouse.timekeeping.rules.BadRules",
}
"""Failures of the other rooms whose message already says what to do; named, so that nothing is imported."""


class HubError(Exception):
    """An expected failure of the program. Its message says what is wrong and what to do about it."""


def debugging() -> bool:
    """Return whether tracebacks are wanted (`hub --debug` sets the variable `HUB_DEBUG`)."""
    return os.environ.get("HUB_DEBUG", "") not in ("", "0")


def explain(error: BaseException) -> str | None:
    """Return the message for an expected failure, or None for a fault of the program."""
    if isinstance(error, HubError):
        return str(error)
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    if names & _CLEAR_BY_THEMSELVES:
        return masked(str(error))
    if "pydantic_core._pydantic_core.ValidationError" in names:
        return _settings_message(error)
    if isinstance(error, PermissionError):
        return f"Not allowed to use {error.filename}. Give this user the right to it, or choose another HUB_HOME."
    if isinstance(error, OSError) and error.errno == 28:
        return f"The disk is full ({error.filename or 'somewhere'}). Make room and run this again: nothing is lost."
    return None


def _settings_message(error: BaseException) -> str:
    """Turn pydantic's report into one line a variable, without repeating a value that may hold a password."""
    lines = ["A setting cannot be used:"]
    for problem in error.errors(include_url=False, include_input=False):  # type: ignore[attr-defined]
        variable = "HUB_" + "_".join(str(part) for part in problem["loc"]).upper()
        lines.append(f"  {variable}: {problem['msg']}")
    return "\n".join(lines)
