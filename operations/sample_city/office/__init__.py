"""People of every role at work in the sample city, in its last weeks, by the commands that a real city uses.

The history of the city comes as frames (`city.py`): hundreds of thousands of rows would take hours by commands. What is
here lies on top of it, so that every state stands in the lists: some hundred commands of people who serve nowhere else.
What they did is added to the truth (`truth.py`).
Here: which stories there are. Never here: a rule; where one refuses a step, the step is wrong.
"""

from __future__ import annotations

from .accounts import ACCOUNT_STORIES
from .activities import ACTIVITY_STORIES
from .attendance import ATTENDANCE_STORIES
from .desk import Desk, Story, host_of, staff_of
from .disputes import DISPUTE_STORIES
from .honours import HONOUR_STORIES
from .organisations import ORGANISATION_STORIES
from .people import PEOPLE_STORIES
from .places import PLACE_STORIES
from .proofs import PROOF_STORIES
from .service import Served, what_was_served
from .shops import SHOP_STORIES
from .sign_ups import SIGN_UP_STORIES

__all__ = ["STORIES", "Desk", "Served", "host_of", "staff_of", "what_was_served"]

STORIES: tuple[Story, ...] = (
    *PEOPLE_STORIES,
    *PLACE_STORIES,
    *ORGANISATION_STORIES,
    *ACTIVITY_STORIES,
    *SIGN_UP_STORIES,
    *ATTENDANCE_STORIES,
    *HONOUR_STORIES,
    *DISPUTE_STORIES,
    *PROOF_STORIES,
    *SHOP_STORIES,
    *ACCOUNT_STORIES,
)
