"""Every word on the pages, in Chinese and English, in this one place: one module a subject.

Belongs here: texts, by key, as (Chinese, English); `{name}` is filled in by the caller. A module has them in `TEXTS`,
and needs to be named nowhere. What commands say when they refuse is English; a module may hold it in Chinese in
`REFUSALS`: the English sentence → the Chinese one, with the same `{names}` where the sentence holds a value.
Does not belong here: which language is on (language.py), how figures are written (formats.py).
"""

import re
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

LANGUAGES = ("zh", "en")


def _all_texts() -> dict[str, tuple[str, str]]:
    """The texts of all modules. Raises ValueError for a key that two of them have."""
    found: dict[str, tuple[str, str]] = {}
    for module in iter_modules(__path__):
        texts = import_module(f"{__name__}.{module.name}").TEXTS
        if twice := found.keys() & texts.keys():
            raise ValueError(f"texts/{module.name}.py: {', '.join(sorted(twice))} is in another module too")
        found |= texts
    return found


def _all_refusals() -> dict[str, str]:
    """The sentences of all modules by which commands refuse, English → Chinese."""
    found: dict[str, str] = {}
    for module in iter_modules(__path__):
        found |= getattr(import_module(f"{__name__}.{module.name}"), "REFUSALS", {})
    return found


TEXTS = _all_texts()
REFUSALS = _all_refusals()
CATEGORIES = tuple(key.removeprefix("category.") for key in TEXTS if key.startswith("category."))
SITE_KINDS = tuple(key.removeprefix("site_kind.") for key in TEXTS if key.startswith("site_kind."))
DEVICE_STATES = tuple(key.removeprefix("device.state.") for key in TEXTS if key.startswith("device.state."))


def text(language: str, key: str, **values: object) -> str:
    """Return the text of a key in a language with the values filled in. Raises KeyError for an unknown key."""
    words = TEXTS[key][LANGUAGES.index(language)]
    return words.format(**values) if values else words


def name_of(language: str, prefix: str, code: str) -> str:
    """Return the name of a code (`category`, `site_kind`, `device.state`), the code itself if it is not known."""
    known = TEXTS.get(f"{prefix}.{code}")
    return known[LANGUAGES.index(language)] if known else code


def names_of(language: str, prefix: str) -> dict[str, str]:
    """Return all codes of a kind (`category`, `site_kind`, `device.state`) with their names, in our order."""
    at = LANGUAGES.index(language)
    return {
        key.removeprefix(f"{prefix}."): words[at]
        for key, words in TEXTS.items()
        if key.startswith(f"{prefix}.")
    }


def refusal(language: str, sentence: str) -> str:
    """Return in the language what a command said when it refused; as it was said where nobody has put it in Chinese."""
    if language != "zh":
        return sentence[:1].upper() + sentence[1:]
    for pattern, chinese in _patterns():
        if found := pattern.fullmatch(sentence):
            return chinese.format(**found.groupdict())
    return text(language, "problem.refused", reason=sentence)


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The English sentences as patterns, those with the most fixed words first."""
    ordered = sorted(REFUSALS.items(), key=lambda pair: -len(re.sub(r"{\w+}", "", pair[0])))
    return [(_pattern(english), chinese) for english, chinese in ordered]


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"{(\w+)}", english)
    written = [f"(?P<{part}>.+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts)]
    return re.compile("".join(written), re.DOTALL)
