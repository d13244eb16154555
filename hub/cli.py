"""The command `hub`: what it can be asked, one file a command under `commands/`.

Nothing heavy is imported here: `hub --help` answers at once. A command imports what it needs when it runs.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from types import FrameType
from typing import Annotated, NoReturn

import typer

from .commands import (
    account,
    build,
    doctor,
    import_areas,
    import_attlog,
    ledger,
    sample_city,
    sample_spending,
    serve,
    sessions,
    up,
)
from .console import complain
from .failures import debugging, explain

app = typer.Typer(
    name="hub",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: drawing it takes longer than the program
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def hub(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error (or HUB_DEBUG=1).")
    ] = False,
) -> None:
    """Volunteer Hub: the volunteer service of a city, from card taps to the welfare map.

    All state lies below HUB_HOME (default: the folder data of the project).

    Example: HUB_HOME=/srv/hub hub up
    """
    if debug:
        os.environ["HUB_DEBUG"] = "1"


app.command("up")(up.up)
app.command("sample-city")(sample_city.sample_city)
app.command("sample-spending")(sample_spending.sample_spending)
app.command("build")(build.build)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.add_typer(account.accounts, name="account")
app.command("import-areas")(import_areas.import_areas)
app.command("import-attlog")(import_attlog.import_attlog)
app.command("sessions")(sessions.sessions)
app.add_typer(ledger.app, name="ledger")


def main() -> None:
    """Run the program and end the process: 0 when it went well, 1 when not, 2 for a wrong call, 130 after Ctrl-C."""
    # SIGINT too: a shell that starts a program in the background has it ignored. SIGHUP not under nohup.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop_as_by_ctrl_c)
    try:
        app(prog_name="hub")
    except SystemExit as end:
        if end.code == 130:
            complain("Stopped. What was finished is kept; run it again to go on.")
        raise
    except Exception as error:
        message = explain(error)
        if message is None or debugging():
            raise
        complain(message)
        sys.exit(1)
    finally:
        # Python looks for circles once more as it ends: among the million objects of a build it takes 0.7 s, and what
        # it finds is freed with the process anyway.
        gc.freeze()


def _stop_as_by_ctrl_c(signal_number: int, frame: FrameType | None) -> NoReturn:
    """A stop from outside takes the same orderly way out as Ctrl-C."""
    raise KeyboardInterrupt
