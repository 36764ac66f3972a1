"""The sign-in page: plain HTML, so that it needs no websocket and works before anything else does."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse

from dashboards.console import words
from dashboards.console.gate import ROOT
from dashboards.console.visit import language_of

PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="{root}/assets/login.css"></head>
<body><main><h1>迎峰<small>Yingfeng</small></h1><p>{about}</p>
<form data-next="{next}" data-language="{language}" data-other="{other}" data-failed="{failed}">
<label for="name">{name}</label><input id="name" name="name" autocomplete="username"
 autocapitalize="none" required autofocus>
<label for="password">{password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">{enter}</button><p id="problem" role="alert"></p></form>
<button id="language" type="button">{switch}</button></main><script src="{root}/assets/login.js"></script></body></html>
"""


def own_path(wanted: str) -> str:
    """``next`` when it is a page of ours, else the first page: a link must not lead a signed-in person elsewhere."""
    parts = urlsplit(wanted)
    ours = not parts.scheme and not parts.netloc and parts.path.startswith(f"{ROOT}/") and "\\" not in wanted
    return wanted if ours and not parts.path.startswith(f"{ROOT}/login") else f"{ROOT}/"


def page(request: Request, place: str) -> HTMLResponse:
    language = language_of(request)
    said = {
        key: escape(words.say(language, f"login.{key}"))
        for key in ("title", "name", "password", "enter", "switch", "failed")
    }
    html = PAGE.format(
        **said,
        lang="zh-CN" if language == words.ZH else "en",
        root=ROOT,
        about=escape(words.say(language, "login.about", place=place)),
        next=escape(own_path(request.query_params.get("next", ""))),
        language=language,
        other=words.EN if language == words.ZH else words.ZH,
    )
    return HTMLResponse(html, headers={"Cache-Control": "no-store", "X-Frame-Options": "DENY"})
