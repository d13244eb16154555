"""Names that people chose, as text for places that read Markdown or HTML.

Belongs here: making such a name appear exactly as it was typed. Does not belong here: words of our own (texts/),
which may use Markdown.
"""

import html
import re

# All ASCII punctuation: Markdown lets any of it be taken literally by a backslash.
_SPECIAL = re.compile(r"([!-/:-@\[-`{-~])")
# Streamlit makes emoji, icons and links of plain text too, where no backslash helps. An invisible sign within keeps
# `:smile:`, `https://`, `www.` and `a@b.cn` from being recognised.
_RECOGNISED = re.compile(r"(?i)[:@]|www(?=\.)")
_WORD_JOINER = "\u2060"


def markdown_safe(text: str) -> str:
    """Return Markdown, on one line, that Streamlit shows as the text itself: no picture, link, style or formula."""
    one_line = " ".join(text.split())
    return _SPECIAL.sub(r"\\\1", _RECOGNISED.sub(lambda found: found[0] + _WORD_JOINER, one_line))


def html_safe(text: str) -> str:
    """Return HTML that Plotly shows as the text itself: no tag, entity or formula."""
    # Quotes stay: Plotly would show `&quot;` as it stands. It takes text between dollars for a formula.
    return html.escape(text, quote=False).replace("$", "&#36;")
