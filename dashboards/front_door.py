"""The way in: the sign-in page, signing out, and the headers of every answer, in front of all pages.

Belongs here: HTTP. The page is plain HTML, so that the browser gets its cookie in an answer of the server, where no
script can read it. Does not belong here: who may see which page (pages.py), the look of the form (sign_in_form.py).
"""

import hmac
import secrets
from contextlib import suppress
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.operational_database import operational_database
from dashboards.pages import may_see, page_named
from dashboards.sign_in_form import sign_in_form
from hub.settings import load
from operations.commands.sign_ins import sign_in, sign_out
from operations.database import OperationsUnavailable, reading, writing
from operations.model import utc_now
from operations.queries.sign_ins import signed_in
from operations.rules import rule, time_span

SESSION_COOKIE = "hub_session"
FORM_COOKIE = "hub_sign_in_form"
PROVIDER_COOKIE = "_streamlit_user"
SIGN_IN, SIGN_OUT, TO_DO = "/sign-in", "/sign-out", "/to_do"
BY_PROVIDER = "/?sign_in=provider"
# Of Streamlit itself; nothing there belongs to anybody.
OPEN_TO_ALL = (
    SIGN_IN,
    SIGN_OUT,
    "/look-up",
    "/_stcore/",
    "/static/",
    "/app/static/",
    "/media/",
    "/auth/",
    "/oauth2callback",
)
MOST_BYTES = 10_000
HEADERS = {
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class FrontDoor:
    """Sends who comes without any sign-in to the sign-in page, and remembers where they wanted to go.

    It only saves them from a page that would have told them to sign in: whether a sign-in is good, and for what, app.py
    asks the database.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._has_to_sign_in(scope):
            await RedirectResponse(f"{SIGN_IN}?next={quote(_address(scope))}", 303)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)

    def _has_to_sign_in(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        path, query = scope["path"], scope["query_string"].decode("latin-1")
        if scope["method"] != "GET" or path.startswith(OPEN_TO_ALL):
            return False
        if "text/html" not in headers.get("accept", "") or f"{path}?{query}" == BY_PROVIDER:
            return False
        cookies = SimpleCookie(headers.get("cookie", ""))
        return SESSION_COOKIE not in cookies and PROVIDER_COOKIE not in cookies


def _address(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return scope["path"] + (f"?{query}" if query else "")


def show_sign_in(request: Request) -> Response:
    """Show the form."""
    return _form(request, wanted=_inside(request.query_params.get("next", "/")))


async def take_sign_in(request: Request) -> Response:
    """Take a name and a password; give the browser its cookie, or say that it was not right."""
    from starlette.concurrency import run_in_threadpool

    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return Response(status_code=413)
    fields = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    return await run_in_threadpool(_take, request, fields)


def _take(request: Request, fields: dict[str, str]) -> Response:
    wanted = _inside(fields.get("next", "/"))
    name = fields.get("sign_in_name", "")
    sent, kept = fields.get("form", ""), request.cookies.get(FORM_COOKIE, "")
    # A form of another site could sign somebody in as somebody else; it cannot know our cookie.
    if not kept or not hmac.compare_digest(sent, kept):
        return _form(request, wanted=wanted, name=name, problem="sign_in.again")
    if not load().password_sign_in:
        return _form(request, wanted=wanted, problem="sign_in.by_provider_only")
    try:
        outcome = sign_in(
            operational_database(),
            sign_in_name=name,
            password=fields.get("password", ""),
            at=utc_now(),
            origin=_origin(request),
        )
        _end(request)
    except OperationsUnavailable:
        return _form(request, wanted=wanted, name=name, problem="sign_in.away", status=503)
    if outcome.token is None:
        return _form(request, wanted=wanted, name=name, problem="sign_in.wrong", status=401)
    response = RedirectResponse(_landing(outcome.token) if wanted == "/" else wanted, 303)
    response.set_cookie(
        SESSION_COOKIE, outcome.token, httponly=True, samesite="lax", secure=_is_encrypted(request)
    )
    response.delete_cookie(FORM_COOKIE, path=SIGN_IN)
    return response


def _landing(token: str) -> str:
    """The page that somebody opens who asked for none: what waits for them, if anything can."""
    with reading(operational_database()) as session:
        stay = signed_in(session, token, utc_now())
    return TO_DO if stay is not None and may_see(stay.actor, page_named("to_do")) else "/"


def leave(request: Request) -> Response:
    """End the stay of this browser and show the form again."""
    # Without the database the cookie goes all the same.
    with suppress(OperationsUnavailable):
        _end(request)
    came_by_provider = PROVIDER_COOKIE in request.cookies
    response = RedirectResponse("/auth/logout" if came_by_provider else SIGN_IN, 303)
    response.delete_cookie(SESSION_COOKIE)
    return response


def _end(request: Request) -> None:
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return
    engine = operational_database()
    with reading(engine) as session:
        stay = signed_in(session, token, utc_now())
    if stay is not None:
        with writing(engine) as session:
            sign_out(session, stay.actor, sign_in_id=stay.sign_in_id, at=utc_now())


def _form(request: Request, *, wanted: str, name: str = "", problem: str = "", status: int = 200) -> Response:
    settings = load()
    language = request.query_params.get("lang", settings.language)
    form = secrets.token_urlsafe(24)
    page = sign_in_form(
        language,
        form=form,
        wanted=wanted,
        name=name,
        problem=problem,
        figures={
            "failures": rule("sign_in_failures_before_lock", utc_now()),
            "minutes": time_span("sign_in_lock_time", utc_now()).seconds // 60,
        },
        has_password=settings.password_sign_in,
        provider=BY_PROVIDER if settings.has_oidc else "",
    )
    response = HTMLResponse(page, status, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        FORM_COOKIE, form, path=SIGN_IN, httponly=True, samesite="strict", secure=_is_encrypted(request)
    )
    return response


def _inside(address: str) -> str:
    """The address if it is one of our own pages, else the first page: nobody is led away by a link."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\", SIGN_IN, SIGN_OUT))
    return address if is_ours and address.isprintable() else "/"


def _origin(request: Request) -> str:
    """The address that asked, and the one for which it says that it did: a server in front of us, or a liar."""
    peer = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "").split(",")[0].strip()
    return f"{peer} for {forwarded[:60]}" if forwarded else peer


def _is_encrypted(request: Request) -> bool:
    return request.headers.get("x-forwarded-proto", request.url.scheme) == "https"


ROUTES = [
    Route(SIGN_IN, show_sign_in, methods=["GET"]),
    Route(SIGN_IN, take_sign_in, methods=["POST"]),
    Route(SIGN_OUT, leave, methods=["GET"]),
]
