"""The words of the pages in both languages, from ``words.toml``: key = [zh, en]."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

ZH, EN = "zh", "en"
LANGUAGES = (ZH, EN)
#: Between the Chinese and the English half of messages that carry both.
BOTH = " / "


@cache
def catalogue() -> dict[str, tuple[str, str]]:
    text = files("dashboards.console").joinpath("words.toml").read_text(encoding="utf-8")
    return {key: (zh, en) for key, (zh, en) in tomllib.loads(text).items()}


def say(language: str, key: str, **values: object) -> str:
    """The words of ``key``; a key that is not in the catalogue is a KeyError, never shown raw."""
    return catalogue()[key][LANGUAGES.index(language)].format(**values)


def half(language: str, text: str) -> str:
    """The half of a "中文 / English" message for ``language``; a message in one language stays whole."""
    before, separator, after = text.partition(BOTH)
    return (before if language == ZH else after) if separator else text
