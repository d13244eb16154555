"""What the points ledger does by itself as time passes, in the order in which it must be.

Here: calling the commands until there is nothing left to do. Never here: what they do (operations/commands/).
"""

from datetime import datetime

from sqlalchemy import Engine

from operations.access import Actor, Role
from operations.commands.ledger_chain import seal
from operations.commands.ledger_expiry import Ended, expire_points, notify_of_expiry
from operations.commands.points import time_out_holds
from operations.database import writing

ACTOR = Actor("settlement", Role.SYSTEM)


def run_clock(engine: Engine, *, at: datetime) -> dict[str, int]:
    """What the ledger does by itself: end holds, tell of points that run out and take them, seal the chain."""
    done = {"holds_timed_out": 0, "told_of_expiry": 0, "expired_cents": 0}
    while True:
        with writing(engine) as session:
            ended = time_out_holds(session, ACTOR, at=at)
        done["holds_timed_out"] += ended
        if not ended:
            break
    for name, command in (("told_of_expiry", notify_of_expiry), ("expired_cents", expire_points)):
        while True:
            with writing(engine) as session:
                some: Ended = command(session, ACTOR, at=at)
            done[name] += some.volunteers if name == "told_of_expiry" else some.amount_cents
            if not some.volunteers:
                break
    return {**done, "links": seal(engine)}
