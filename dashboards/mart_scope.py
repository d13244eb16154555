"""How far somebody sees in a mart: a scope of operations.access as a condition of a page's SQL.

Belongs here: from scope to condition. Does not belong here: who holds which scope.
"""

from collections.abc import Collection
from typing import Any

from dashboards.signed_in import actor
from operations.access import Action, NotAllowed, scope_of


def in_reach(
    action: Action, told: Collection[str] = ("district_code", "township_code")
) -> tuple[str, dict[str, Any]]:
    """Return the condition for the rows of a mart within reach of who is signed in, and the values it is bound to.

    `told`: which of `district_code` and `township_code` the mart has; who sees a part of the city that it does not tell
    sees nothing. Rows that are in neither are seen only by those who see all.
    Raises `NotAllowed` for somebody who holds the action nowhere.
    """
    who = actor()
    scope = scope_of(who, action)
    if scope.kind == "nothing":
        raise NotAllowed(f"{who.name} ({who.role}) may not {action.replace('_', ' ')}")
    if scope.kind == "everything":
        return "true", {}
    if scope.kind in told:
        return f"{scope.kind} = $reach", {"reach": scope.value}
    return "false", {}
