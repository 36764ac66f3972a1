"""/api/docs without a script and without the outside: OpenAPI rendered to one HTML page on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Document = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:0 auto;max-width:60rem;padding:1rem;
color:#1c2430;background:#fff}
code,pre{font:13px/1.45 ui-monospace,monospace;background:#f3f5f8}pre{padding:.6rem;overflow:auto}
details{border:1px solid #d6dce5;border-radius:4px;margin:.4rem 0;padding:.4rem .7rem}summary{cursor:pointer}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #e3e8ef;padding:.25rem .5rem;text-align:left;
vertical-align:top}.m{display:inline-block;min-width:4rem;font-weight:600}
@media(prefers-color-scheme:dark){body{color:#dfe5ee;background:#12161c}code,pre{background:#1d232c}
details,td,th{border-color:#333c49}}
"""


def _type(schema: Document) -> str:
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return f'<a href="#{escape(name)}">{escape(name)}</a>'
    if "anyOf" in schema:
        return " | ".join(_type(part) for part in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    if "enum" in schema:
        return " | ".join(escape(json.dumps(value, ensure_ascii=False)) for value in schema["enum"])
    return escape(str(schema.get("format") or schema.get("type") or "any"))


def _parameters(operation: Document) -> Iterator[str]:
    if not operation.get("parameters"):
        return
    yield "<table><tr><th>parameter</th><th>in</th><th>type</th><th></th></tr>"
    for each in operation["parameters"]:
        required = " *" if each.get("required") else ""
        yield (
            f"<tr><td><code>{escape(each['name'])}</code>{required}</td><td>{escape(each['in'])}</td>"
            f"<td>{_type(each.get('schema', {}))}</td><td>{escape(each.get('description', ''))}</td></tr>"
        )
    yield "</table>"


def _content(title: str, content: Document) -> Iterator[str]:
    for media, entry in content.items():
        yield f"<p>{escape(title)} <code>{escape(media)}</code> {_type(entry.get('schema', {}))}</p>"


def _operation(path: str, method: str, operation: Document) -> Iterator[str]:
    summary = escape(operation.get("summary", ""))
    yield f'<details><summary><span class="m">{method.upper()}</span><code>{escape(path)}</code> {summary}</summary>'
    yield f"<p>{escape(operation.get('description', ''))}</p>"
    yield from _parameters(operation)
    yield from _content("body", operation.get("requestBody", {}).get("content", {}))
    for status, response in operation.get("responses", {}).items():
        yield from _content(f"{status} {response.get('description', '')}", response.get("content", {}))
    yield "</details>"


def _schema(name: str, schema: Document) -> Iterator[str]:
    yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
    yield f"<p>{escape(schema.get('description', ''))}</p><table>"
    required = schema.get("required", ())
    for field, entry in schema.get("properties", {}).items():
        star = " *" if field in required else ""
        yield (
            f"<tr><td><code>{escape(field)}</code>{star}</td><td>{_type(entry)}</td>"
            f"<td>{escape(str(entry.get('description', '')))}</td></tr>"
        )
    yield "</table>"
    for example in schema.get("examples", ()):
        yield f"<pre>{escape(json.dumps(example, ensure_ascii=False, indent=2))}</pre>"
    yield "</details>"


def render(document: Document) -> str:
    info = document["info"]
    parts = [
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>',
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info.get('description', ''))}</p>",
        '<p><a href="/api/openapi.json">openapi.json</a></p><h2>接口 / Operations</h2>',
    ]
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                parts.extend(_operation(path, method, operations[method]))
    parts.append("<h2>数据结构 / Schemas</h2>")
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        parts.extend(_schema(name, schema))
    parts.append("</body></html>")
    return "".join(parts)
