"""Looking up a proof of service by its number: a page for anybody, without a sign-in.

Belongs here: the page as plain HTML, which opens on any telephone that has read the QR code of a proof. Does not belong
here: what may be told (operations.commands.proofs), or what counts today (marts.service_records).
"""

from __future__ import annotations

from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from dashboards import lake
from dashboards.operational_database import operational_database
from dashboards.texts import LANGUAGES, text
from hub.settings import load
from operations.access import Actor, Role
from operations.commands.proofs import Answer, Certified, look_up_proof
from operations.database import writing
from operations.model import utc_now
from operations.proof_numbers import shown_number
from warehouse.unavailable import LakeUnavailable

PATH = "/look-up"
MINUTES_TODAY = """
    SELECT CAST(COALESCE(SUM(minutes), 0) AS BIGINT) AS minutes
    FROM marts.service_records
    WHERE volunteer_id = $volunteer_id AND service_day BETWEEN $first_day AND $last_day
        AND (
            LIST_CONTAINS($sessions, session_id)
            OR LIST_CONTAINS($served, session_id || ' ' || CAST(organisation_id AS VARCHAR))
        )
"""
STYLE = """
* { box-sizing: border-box }
body { margin: 0; padding: 1.5rem; background: #f3f6f9; color: #1c2733;
  font: 16px/1.6 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif }
main { max-width: 34rem; margin: 0 auto; background: #fff; border: 1px solid #dce3ea; border-radius: 10px;
  padding: 2rem }
h1 { font-size: 1.3rem; margin: 0 }
p { color: #566573; margin: .3rem 0 1.2rem }
form { display: flex; gap: .5rem }
input { flex: 1; min-width: 0; padding: .6rem; font: inherit; border: 1px solid #b9c5d0; border-radius: 6px }
button { padding: .6rem 1.2rem; font: inherit; border: 0; border-radius: 6px; background: #1f5f8b; color: #fff }
.outcome { margin: 1.5rem 0 .5rem; padding: .8rem 1rem; border-radius: 6px; font-weight: 600; background: #fdeee6;
  color: #8a3600 }
.valid { background: #e6f4ea; color: #14532d }
dl { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1.2rem; margin: 1rem 0 0 }
dt { color: #566573 } dd { margin: 0; font-variant-numeric: tabular-nums }
footer { margin-top: 1.5rem; text-align: right } a { color: #1f5f8b }
"""


async def show_proof(request: Request) -> HTMLResponse:
    """Show the form, and under it what is true today of the number asked for."""
    language = request.query_params.get("lang", load().language)
    language = language if language in LANGUAGES else LANGUAGES[0]
    typed = request.query_params.get("no", "")[:60]
    answer = await run_in_threadpool(_look_up, typed) if typed.strip() else None
    return HTMLResponse(_page(language, typed, answer), headers={"Cache-Control": "no-store"})


def minutes_today(of: Certified) -> int | None:
    """How many minutes of the certified sessions count now; None where the warehouse cannot be asked."""
    served = tuple(zip(of.session_ids, of.organisation_ids, strict=True))
    try:
        rows = lake.ask(
            MINUTES_TODAY,
            volunteer_id=of.volunteer_id,
            first_day=of.first_day,
            last_day=of.last_day,
            sessions=tuple(session_id for session_id, organisation in served if organisation is None),
            served=tuple(
                f"{session_id} {organisation}" for session_id, organisation in served if organisation
            ),
        )
    except LakeUnavailable:
        return None
    return int(rows["minutes"][0])


def _look_up(typed: str) -> Answer:
    with writing(operational_database()) as session:
        return look_up_proof(
            session,
            Actor("visitor", Role.VISITOR),
            typed=typed,
            at=utc_now(),
            minutes_today=minutes_today,
        )


def _page(language: str, typed: str, answer: Answer | None) -> str:
    def say(key: str) -> str:
        return escape(text(language, key))

    other = next(one for one in LANGUAGES if one != language)
    value = shown_number(answer.proof_no) if answer and answer.proof_no else typed
    return f"""<!doctype html>
<html lang="{"zh-CN" if language == "zh" else "en"}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{say("look_up.title")}</title><link rel="icon" href="/app/static/mark.svg"><style>{STYLE}</style></head>
<body><main><h1>{say("look_up.title")}</h1><p>{say("look_up.about")}</p>
<form method="get" action="{PATH}"><input type="hidden" name="lang" value="{language}">
<input name="no" value="{escape(value)}" maxlength="60" autocomplete="off" aria-label="{say("proofs.number")}"
  placeholder="{say("proofs.number")}" required><button type="submit">{say("look_up.submit")}</button></form>
{_told(language, answer) if answer else ""}
<footer><a href="{PATH}?lang={other}">{escape(text(other, "app.language_name"))}</a></footer>
</main></body></html>"""


def _told(language: str, answer: Answer) -> str:
    outcome = escape(text(language, f"look_up.{answer.outcome}"))
    fields = {
        "look_up.name": answer.name,
        "look_up.organisation": answer.organisation,
        "look_up.issued_on": answer.issued_on,
        "look_up.period": f"{answer.first_day} – {answer.last_day}" if answer.first_day else None,
        "look_up.minutes": _time(language, answer.minutes),
        "look_up.minutes_today": _time(language, answer.minutes_today),
        "look_up.revoked_on": answer.revoked_on,
    }
    listed = "".join(
        f"<dt>{escape(text(language, key))}</dt><dd>{escape(str(value))}</dd>"
        for key, value in fields.items()
        if value not in (None, "")
    )
    return f'<div class="outcome {answer.outcome}" role="status">{outcome}</div><dl>{listed}</dl>'


def _time(language: str, minutes: int | None) -> str | None:
    if minutes is None:
        return None
    return text(language, "look_up.time", hours=minutes // 60, minutes=minutes % 60)


ROUTES = [Route(PATH, show_proof, methods=["GET"])]
