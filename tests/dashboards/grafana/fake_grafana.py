"""A small Grafana: folders, data sources and dashboards over HTTP, answering as the HTTP API of 10.1 is documented to.

It keeps what it is sent, numbers and versions it, adds the fields Grafana adds, hides secrets, and refuses what Grafana
refuses: unknown credentials (401), a name or uid taken (409, 412), a folder that is not there (400).
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote

Answer = tuple[int, Any]
NOTHING: Mapping[str, list[str]] = {}
NOT_FOUND: Answer = (404, {"message": "not found"})


class FakeGrafana:
    def __init__(self, *, token: str = "", username: str = "", password: str = "") -> None:
        basic = base64.b64encode(f"{username}:{password}".encode()).decode()
        self.authorization = f"Bearer {token}" if token else f"Basic {basic}"
        self.folders: dict[str, dict[str, Any]] = {}
        self.sources: dict[int, dict[str, Any]] = {}
        self.boards: dict[str, dict[str, Any]] = {}
        self.annotations: dict[int, dict[str, Any]] = {}
        self.writes: list[str] = []
        self.failing = False
        self._next = 1

    def number(self) -> int:
        self._next += 1
        return self._next

    def answer(
        self, method: str, path: str, body: Any, authorization: str, query: Mapping[str, list[str]] = NOTHING
    ) -> Answer:
        if self.failing:
            return 503, {"message": "database is locked"}
        if authorization != self.authorization:
            return 401, {"message": "invalid API key"}
        parts = [unquote(part) for part in path.strip("/").split("/")]
        if method != "GET":
            self.writes.append(f"{method} {path}")
        if parts[:2] == ["api", "folders"]:
            return self._folder(method, parts[2:], body)
        if parts[:3] == ["api", "datasources", "uid"] and method == "DELETE":
            return self._delete(self.sources, next((n for n, s in self.sources.items() if s["uid"] == parts[3]), 0))
        if parts[:2] == ["api", "datasources"]:
            return self._source(method, parts[2:], body)
        if parts[:3] == ["api", "dashboards", "uid"]:
            return self._delete(self.boards, parts[3]) if method == "DELETE" else self._read_board(parts[3])
        if parts[:2] == ["api", "annotations"]:
            return self._annotation(method, parts[2:], body, query.get("tags", []))
        if parts == ["api", "dashboards", "db"] and method == "POST":
            return self._write_board(body)
        return NOT_FOUND

    def _delete(self, held: dict[Any, dict[str, Any]], key: str | int) -> Answer:
        return NOT_FOUND if held.pop(key, None) is None else (200, {"message": "deleted"})

    def _folder(self, method: str, rest: list[str], body: Any) -> Answer:
        if method == "POST":
            if body["uid"] in self.folders:
                return 412, {"message": "a folder with that uid already exists"}
            self.folders[body["uid"]] = {"id": self.number(), "uid": body["uid"], "title": body["title"], "version": 1}
            return 200, self.folders[body["uid"]]
        folder = self.folders.get(rest[0]) if rest else None
        if folder is None:
            return NOT_FOUND
        if method == "PUT":
            if not body.get("overwrite") and body.get("version") != folder["version"]:
                return 412, {"message": "the folder has been changed by someone else"}
            folder |= {"title": body["title"], "version": folder["version"] + 1}
        return 200, folder

    def _source(self, method: str, rest: list[str], body: Any) -> Answer:
        if method == "GET" and not rest:
            return 200, [self._shown(source, whole=False) for source in self.sources.values()]
        if method == "POST":
            if any(source["name"] == body["name"] for source in self.sources.values()):
                return 409, {"message": "data source with the same name already exists"}
            number = self.number()
            self.sources[number] = {**body, "id": number, "orgId": 1, "version": 1, "readOnly": False}
            return 200, {"id": number, "message": "Datasource added"}
        source = self.sources.get(int(rest[0]))
        if source is None:
            return NOT_FOUND
        if method == "PUT":
            kept = source.get("secureJsonData", {}) | body.get("secureJsonData", {})
            source |= {**body, "version": source["version"] + 1, "secureJsonData": kept}
        return 200, self._shown(source, whole=True)

    def _shown(self, source: dict[str, Any], *, whole: bool) -> dict[str, Any]:
        shown = {key: value for key, value in source.items() if key != "secureJsonData"}
        shown |= {"typeLogoUrl": "public/img/influxdb.svg", "basicAuth": False}
        if whole:
            shown["secureJsonFields"] = dict.fromkeys(source.get("secureJsonData", {}), True)
        return shown

    def _annotation(self, method: str, rest: list[str], body: Any, tags: list[str]) -> Answer:
        if method == "GET":
            return 200, [each for each in self.annotations.values() if _has_tags(each, tags)]
        number = self.number() if method == "POST" else int(rest[0])
        if method != "POST" and number not in self.annotations:
            return NOT_FOUND
        if method == "DELETE":
            return self._delete(self.annotations, number)
        if method == "PUT" and not set(body["tags"]) <= {
            tag for each in self.annotations.values() for tag in each["tags"]
        }:
            return 500, {"message": "database is locked"}
        self.annotations[number] = {**body, "id": number}
        return 200, {"id": number, "message": "Annotation added"}

    def _read_board(self, uid: str) -> Answer:
        board = self.boards.get(uid)
        return NOT_FOUND if board is None else (200, board)

    def _write_board(self, body: Any) -> Answer:
        document, folder = body["dashboard"], body.get("folderUid", "")
        if folder and folder not in self.folders:
            return 400, {"message": "folder not found"}
        existing = self.boards.get(document["uid"])
        if existing is not None and not body.get("overwrite"):
            return 412, {"message": "a dashboard with the same uid already exists"}
        version = existing["dashboard"]["version"] + 1 if existing else 1
        number = existing["dashboard"]["id"] if existing else self.number()
        self.boards[document["uid"]] = {
            "dashboard": {**document, "id": number, "version": version},
            "meta": {"folderUid": folder, "slug": "x", "version": version},
        }
        return 200, {"id": number, "uid": document["uid"], "status": "success", "version": version}


def _has_tags(annotation: dict[str, Any], wanted: list[str]) -> bool:
    """As Grafana 9.3 counts: a tag ``a:b`` has the key ``a`` and counts for a wanted ``a`` too; as many as wanted."""
    pairs = [each.partition(":")[::2] for each in wanted]
    held = [each.partition(":")[::2] for each in annotation["tags"]]
    hits = [own for own in held if any(own[0] == key and value in ("", own[1]) for key, value in pairs)]
    return not wanted or len(hits) == len(wanted)


def _handler_of(grafana: FakeGrafana, prefix: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            authorization = self.headers.get("Authorization", "")
            path, _, query = self.path.partition("?")
            path = path.removeprefix(prefix) if path.startswith(prefix) else "/elsewhere"
            status, content = grafana.answer(self.command, path, body, authorization, parse_qs(query))
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - names http.server calls

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler


@contextmanager
def serving(grafana: FakeGrafana, *, prefix: str = "") -> Iterator[str]:
    """The address the Grafana answers at, under ``prefix``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(grafana, prefix))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
