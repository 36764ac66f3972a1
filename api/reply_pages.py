"""The one-tap pages ``/r/TOKEN``: the only ones nobody signs in for. The token is the right to answer one notice."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, FastAPI, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from api.auth import ServicesDep
from api.edge import ApiEdge
from api.reply_html import problem_page, reply_page, thanks
from api.routes.health import problem_of
from api.services import Services
from domain.errors import Forbidden, Invalid, NotFound, Unavailable, YingfengError
from response.delivery.links import LONGEST_TOKEN, LinkExpired
from response.delivery.reply_desk import Said

router = APIRouter(include_in_schema=False)
#: No script, nothing from outside, no frame; and the address, which is a right, is told to no other site.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
Token = Annotated[str, Path(max_length=LONGEST_TOKEN)]


@router.get("/r/{token}")
def show(token: Token, services: ServicesDep) -> HTMLResponse:
    try:
        return _page(reply_page(services.replies.view(token), services.zone))
    except YingfengError as error:
        return _refusal(error, services)


@router.post("/r/{token}")
async def answer(token: Token, request: Request, services: ServicesDep) -> HTMLResponse:
    form = await request.form(max_files=0, max_fields=10)
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    known = {name: fields.get(name, "")[:300] for name in ("answer", "power_kw", "start", "end", "reason", "nonce")}
    return await run_in_threadpool(_answer, token, Said(**known), services)


def _answer(token: str, said: Said, services: Services) -> HTMLResponse:
    try:
        reply = services.replies.answer(token, said)
        return _page(thanks(services.replies.view(token), reply, services.zone, f"/r/{token}"))
    except Invalid as error:
        return _page(reply_page(services.replies.view(token), services.zone, str(error)), 422)
    except YingfengError as error:
        return _refusal(error, services)


def _refusal(error: YingfengError, services: Services) -> HTMLResponse:
    """Says what to do and nothing of the inside."""
    if isinstance(error, LinkExpired):
        status, outcome = 410, "expired"
    elif isinstance(error, NotFound):
        status, outcome = 404, "altered"
    elif isinstance(error, Forbidden):
        status, outcome = 403, "forbidden"
    elif isinstance(error, Unavailable):
        status, outcome = 503, "unavailable"
    else:
        raise error
    services.metrics.count("reply_links_refused", outcome=outcome)
    told = str(error) if status in (404, 410) else "系统暂时无法处理，请稍后再试或致电值班人员 / try again, or call us"
    return _page(problem_page(told), status)


def _page(html: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(html, status, headers=HEADERS)


def health(services: ServicesDep) -> PlainTextResponse:
    """For the reverse proxy: whether answers can be written down, which takes the ledger and not the store.

    What is wrong is told to nobody here.
    """
    working = all(problem_of(check) is None for check in services.health if check.name == "ledger")
    return PlainTextResponse("ok" if working else "not ready", 200 if working else 503)


def create_reply_app(services: Services) -> FastAPI:
    """Only these pages, for a network zone of its own: no API, no console, no metrics, no documentation."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.services = services
    app.add_middleware(ApiEdge)
    app.include_router(router)
    app.add_api_route("/health", health, include_in_schema=False)

    def nothing(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        return _page(problem_page("请使用短信或消息中的完整链接 / use the whole link from your message"), status)

    app.add_exception_handler(HTTPException, nothing)
    return app
