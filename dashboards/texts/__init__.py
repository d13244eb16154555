"""Every word on the pages, in Chinese and English, in this one place: one module a subject.

Belongs here: texts, by key, as (Chinese, English); `{name}` is filled in by the caller. A module has them in `TEXTS`,
and needs to be named nowhere. Does not belong here: which language is on (language.py), how figures are written
(formats.py).
"""

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


TEXTS = _all_texts()
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
