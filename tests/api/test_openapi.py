"""The OpenAPI document holds together, its examples are true, and the page that shows it loads nothing."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import api.schemas
from api.application import close_streams, create_app
from api.edge import takes_file
from tests.api.client import Client
from tests.api.conftest import District

Document = dict[str, Any]


@pytest.fixture
def document(district: District) -> Document:
    found: Document = district.client().get("/api/openapi.json").json()
    return found


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from _nodes(child)


def _operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def _models() -> dict[str, type[BaseModel]]:
    found = {}
    for module in pkgutil.iter_modules(api.schemas.__path__, "api.schemas."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, BaseModel) and value is not BaseModel:
                found[value.__name__] = value
    return found


def test_the_document_is_openapi_with_unique_operations(document: Document) -> None:
    assert document["openapi"].startswith("3.1")
    ids = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(ids) == len(set(ids)) > 30
    for path, method, operation in _operations(document):
        assert operation["summary"], (path, method)
        assert operation["tags"], (path, method)
        assert any(status.startswith("2") for status in operation["responses"]), (path, method)
        named = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path)), path


def test_every_reference_leads_somewhere(document: Document) -> None:
    references = [node["$ref"] for node in _nodes(document) if isinstance(node.get("$ref"), str)]
    assert references
    for reference in references:
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


def test_errors_are_declared_as_problem_documents(document: Document) -> None:
    for path, method, operation in _operations(document):
        schema = operation["responses"]["4XX"]["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}, (path, method)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_only_health_and_login_are_open(document: Document) -> None:
    open_to_all = {(m, p) for p, m, operation in _operations(document) if not operation.get("security")}
    assert open_to_all == {
        ("get", "/api/v1/health/live"),
        ("get", "/api/v1/health/ready"),
        ("post", "/api/v1/session"),
    }
    assert set(document["components"]["securitySchemes"]) == {"token", "session"}


def test_every_route_that_takes_a_file_is_let_through_with_one(document: Document) -> None:
    paths = document["paths"].items()
    bodies = [(path, each.get("requestBody", {}).get("content", {})) for path, ops in paths for each in ops.values()]
    uploads = {path for path, content in bodies if "multipart/form-data" in content}
    assert uploads
    assert [path for path in uploads if not takes_file(path)] == []


def test_examples_of_models_and_fields_are_true() -> None:
    checked = 0
    for name, model in _models().items():
        schema = model.model_json_schema()
        for example in schema.get("examples", ()):
            model.model_validate(example)
            checked += 1
        for field, info in model.model_fields.items():
            for example in info.examples or ():
                try:
                    TypeAdapter(info.rebuild_annotation()).validate_python(example, strict=False)
                except ValidationError as error:
                    pytest.fail(f"{name}.{field}: {error}")
                checked += 1
    assert checked > 40


def test_example_bodies_are_taken(district: District, document: Document) -> None:
    """A body made of the examples of its fields, as a reader would copy it, is not refused as malformed."""
    schemas = document["components"]["schemas"]
    sent = 0
    for path, method, operation in _operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        model = schemas[content["schema"]["$ref"].rsplit("/", 1)[-1]]
        fields = model["properties"].items()
        body = {name: field["examples"][0] for name, field in fields if "examples" in field}
        ids = {
            "enterprise_id": "E001",
            "account_id": "330200",
            "meter_id": "M001",
            "alert_id": "a1",
            "notice_id": "n1",
            "recipient": "user:otto",
            "name": "vera",
            "flag_id": 1,
            "change_id": 1,
            "version_id": "rep1",
        }
        parameters = operation.get("parameters", [])
        shown = {each["name"]: each["schema"]["examples"][0] for each in parameters if "examples" in each["schema"]}
        answer = district.client("ada").request(
            method.upper(), path.format_map(defaultdict(lambda: "1", shown | ids)), json=body
        )
        assert answer.status_code not in (400, 415, 422) or "errors" not in answer.json(), (path, answer.text)
        sent += 1
    assert sent >= 8


def test_the_page_of_the_document_loads_nothing_from_outside(district: District, document: Document) -> None:
    answer = district.client().get("/api/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = answer.text
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!#|/)', page) == []
    assert "url(" not in page
    for path in document["paths"]:
        assert path in page
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in page


def test_the_page_escapes_what_it_shows(district: District) -> None:
    def route() -> None:
        return None

    app = create_app(district.services)
    app.add_api_route("/api/v1/odd", route, summary="<b>odd</b>", tags=["odd"])
    page = Client(app).get("/api/docs").text
    close_streams(app)
    assert "<b>odd</b>" not in page
    assert "&lt;b&gt;odd&lt;/b&gt;" in page


def test_the_root_leads_to_the_pages(district: District) -> None:
    answer = district.client().get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/console")
