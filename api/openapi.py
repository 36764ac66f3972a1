"""The OpenAPI document: FastAPI's own, with our problem documents in the place of its validation errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE
from api.schemas.base import Problem

REFERENCE = "#/components/schemas/{model}"
DESCRIPTION = (
    "迎峰: electric load of a district's enterprises. Sign in with POST /api/v1/session (cookie), or send an API token "
    "as Authorization: Bearer. Writes with the cookie carry the header X-Yingfeng-Request: 1. Errors are problem "
    "documents (RFC 9457) with a reference that also stands in the log."
)


#: Taken without credentials, though its router otherwise needs them.
OPEN = {("/api/v1/session", "post")}


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in document["paths"].values():
        yield from operations.values()


def _problem_response(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}},
    }


def document_of(app: FastAPI) -> dict[str, Any]:
    """Built once per app, then kept."""
    if app.openapi_schema is not None:
        return app.openapi_schema
    document = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template=REFERENCE)
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    for path, method in OPEN:
        document["paths"][path][method].pop("security", None)
    for operation in _operations(document):
        operation["responses"].pop("422", None)
        operation["responses"]["4XX"] = _problem_response("the request was refused; `detail` says what to do")
        operation["responses"]["5XX"] = _problem_response("a part of the system does not work now")
    app.openapi_schema = document
    return document
