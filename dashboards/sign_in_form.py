"""The look of the sign-in page, which no script of the pages has loaded yet.

Belongs here: its HTML. Does not belong here: taking what was typed (front_door.py).
"""

from html import escape
from urllib.parse import quote

from dashboards.texts import LANGUAGES, text

STYLE = """
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: #f3f6f9;
  color: #1c2733; font: 16px/1.6 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif }
main { width: 100%; max-width: 25rem; background: #fff; border: 1px solid #dce3ea; border-radius: 10px;
  padding: 2.25rem 2.25rem 1.75rem; box-shadow: 0 8px 30px rgb(28 39 51 / 7%) }
img { height: 44px; display: block; margin: 0 0 1.25rem }
h1 { font-size: 1.35rem; margin: 0 }
p { margin: .25rem 0 0; color: #566573; font-size: .93rem }
form { margin-top: 1.5rem }
label { display: block; margin: 1rem 0 .3rem; font-weight: 600; font-size: .95rem }
input { width: 100%; padding: .62rem .75rem; font: inherit; border: 1px solid #b9c5d0; border-radius: 6px }
input:focus { outline: 2px solid #1f5f8b; outline-offset: 0; border-color: #1f5f8b }
button, .provider { display: block; width: 100%; margin-top: 1.5rem; padding: .68rem; font: inherit; font-weight: 600;
  text-align: center; border-radius: 6px; border: 1px solid #1f5f8b; cursor: pointer; text-decoration: none }
button { background: #1f5f8b; color: #fff }
button:hover { background: #175178 }
.provider { background: #fff; color: #1f5f8b; margin-top: 1rem }
.problem { margin-top: 1.25rem; padding: .7rem .85rem; border-radius: 6px; background: #fdeee6; color: #8a3600;
  font-size: .93rem }
footer { margin-top: 1.5rem; display: flex; justify-content: space-between; font-size: .87rem; color: #566573 }
a { color: #1f5f8b }
"""


def sign_in_form(
    language: str,
    *,
    form: str,
    wanted: str,
    name: str,
    problem: str,
    figures: dict[str, int],
    has_password: bool,
    provider: str,
) -> str:
    """Return the page. `form` is the sign by which it is known again, `wanted` where to go afterwards, `problem` the
    key of what to say, with `figures` in it; `provider` the address of the city's own sign-in, if it has one.
    """
    language = language if language in LANGUAGES else LANGUAGES[0]

    def say(key: str) -> str:
        return escape(text(language, key, **figures))

    other = next(one for one in LANGUAGES if one != language)
    said = f'<div class="problem" role="alert">{say(problem)}</div>' if problem else ""
    fields = f"""
<form method="post" action="/sign-in?lang={language}">
<input type="hidden" name="form" value="{escape(form)}">
<input type="hidden" name="next" value="{escape(wanted)}">
<label for="name">{say("sign_in.name")}</label>
<input id="name" name="sign_in_name" value="{escape(name)}" autocomplete="username" autocapitalize="none"
  maxlength="60" required {"" if name else "autofocus"}>
<label for="password">{say("sign_in.password")}</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="128" required
  {"autofocus" if name else ""}>
<button type="submit">{say("sign_in.submit")}</button>
</form>"""
    by_provider = f'<a class="provider" href="{escape(provider)}">{say("sign_in.provider")}</a>'
    return f"""<!doctype html>
<html lang="{"zh-CN" if language == "zh" else "en"}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{say("sign_in.title")} · {say("app.name")}</title>
<link rel="icon" href="/app/static/mark.svg"><style>{STYLE}</style></head>
<body><main>
<img src="/app/static/logo.svg" alt="{say("app.name")}">
<h1>{say("sign_in.title")}</h1><p>{say("sign_in.about")}</p>{said}{fields if has_password else ""}
{by_provider if provider else ""}
<footer><span>{say("sign_in.forgotten")}</span>
<a href="/sign-in?lang={other}&amp;next={quote(wanted)}">{escape(text(other, "app.language_name"))}</a></footer>
</main></body></html>"""
