"""An address of the console at which there is no page: said in plain HTML, with the way back."""

from __future__ import annotations

from html import escape

from fastapi.exception_handlers import http_exception_handler
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dashboards.console import words
from dashboards.console.gate import ROOT
from dashboards.console.visit import language_of

PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="{root}/assets/login.css"></head>
<body><main><h1>迎峰<small>Yingfeng</small></h1><p role="alert">{title}</p><p>{path}</p>
<p><a href="{root}/">{back}</a></p></main></body></html>
"""


async def missing(request: Request, error: Exception) -> Response:
    """Scripts and files answer as they did; a person who looks for a page gets one."""
    assert isinstance(error, HTTPException)
    if "text/html" not in request.headers.get("accept", ""):
        return await http_exception_handler(request, error)
    language = language_of(request)
    html = PAGE.format(
        lang="zh-CN" if language == words.ZH else "en",
        root=ROOT,
        title=escape(words.say(language, "missing.title")),
        path=escape(request.url.path),
        back=escape(words.say(language, "missing.back")),
    )
    return HTMLResponse(html, status_code=404, headers={"Cache-Control": "no-store"})
