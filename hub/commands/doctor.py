"""`hub doctor`: what is configured, what is reachable, what is stale."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import out, say
from ..failures import HubError
from ..masking import masked

if TYPE_CHECKING:
    from ..settings import Settings

_LOOK = {"ok": "green", "empty": "cyan", "warning": "yellow", "broken": "bold red"}


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was found as JSON, for machines.")
    ] = False,
) -> None:
    """Look at everything that is needed and say what is configured, reachable and stale, and what to do about it.

    Exits with 1 if something that is needed is broken. A home without data yet is not broken.

    Example: HUB_HOME=/srv/hub hub doctor
    """
    from ..checkup import examine
    from ..settings import load

    settings = load()
    findings = examine(settings)
    if as_json:
        import json
        from dataclasses import asdict

        configured = {name: masked(str(value)) for name, value in settings.model_dump().items()}
        say(
            json.dumps(
                {"settings": configured, "findings": [asdict(f) for f in findings]}, ensure_ascii=False
            )
        )
    else:
        _say_settings(settings)
        for finding in findings:
            out().print(f"{finding.state:<8}", style=_LOOK[finding.state], end="", markup=False)
            say(f" {finding.subject:<22} {finding.found}")
            if finding.advice:
                say(f"{'':<31} -> {finding.advice}", style="yellow")
    if broken := [finding.subject for finding in findings if finding.state == "broken"]:
        raise HubError(f"Broken: {', '.join(broken)}.")


def _say_settings(settings: Settings) -> None:
    say("Settings (HUB_...; what is not set has its default):", style="bold")
    for name in type(settings).model_fields:
        variable = f"HUB_{name.upper()}"
        origin = "set" if variable in os.environ else "default"
        say(f"  {variable:<28} {masked(str(getattr(settings, name)))}  ({origin})")
    say("")
