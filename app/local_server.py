"""The server running on this machine, for commands that need what it holds (the DuckDB file, the journal)."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from api.headers import WRITE_HEADER
from config.settings import Settings
from domain.errors import Conflict, Forbidden, InsufficientData, Invalid, NotFound, Unavailable, YingfengError

POLL_S = 0.5
_BY_STATUS: dict[int, type[YingfengError]] = {403: Forbidden, 404: NotFound, 409: Conflict}


def access_file(settings: Settings) -> Path:
    """Where a running server leaves its address and a token, readable by its own user only."""
    return Path(settings.journal.path) / "server.json"


def leave_access(settings: Settings, url: str, token: str) -> Path:
    path = access_file(settings)
    # A process without the ingest role has no journal, only its folder.
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump({"url": url, "token": token}, file)
    return path


class LocalServer:
    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        # No proxy of the environment may stand between two programs of one machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def now(self) -> datetime:
        """By the district's clock there."""
        return datetime.fromisoformat(self.get("health/live")["now"])

    def get(self, path: str, **query: str | list[str]) -> Any:
        text = urllib.parse.urlencode(query, doseq=True)
        return self._ask(urllib.request.Request(f"{self._url}/api/v1/{path}?{text}"))

    def get_bytes(self, path: str, **query: str) -> bytes:
        """A file as it is."""
        return self._answer(urllib.request.Request(f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(query)}"))

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        data = json.dumps(body or {}).encode()
        request = urllib.request.Request(f"{self._url}/api/v1/{path}", data=data, method="POST")
        request.add_header("Content-Type", "application/json")
        return self._ask(request)

    def post_file(self, path: str, name: str, content: bytes, **query: str) -> Any:
        """A file as a form's field ``file``."""
        # Few commands send a file; the others need not load it.
        from urllib3.filepost import encode_multipart_formdata

        body, kind = encode_multipart_formdata({"file": (name, content)})
        url = f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(url, data=body, method="POST")
        request.add_header("Content-Type", kind)
        return self._ask(request)

    def delete(self, path: str) -> Any:
        return self._ask(urllib.request.Request(f"{self._url}/api/v1/{path}", method="DELETE"))

    def _ask(self, request: urllib.request.Request) -> Any:
        text = self._answer(request)
        return json.loads(text) if text else None

    def _answer(self, request: urllib.request.Request) -> bytes:
        request.add_header("Authorization", f"Bearer {self._token}")
        request.add_header(WRITE_HEADER, "1")
        try:
            with self._opener.open(request, timeout=60) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            raise _refusal(error) from error
        except (urllib.error.URLError, TimeoutError) as error:
            raise Unavailable(f"the server running at {self._url} does not answer: {error}") from error


def _refusal(error: urllib.error.HTTPError) -> YingfengError:
    try:
        problem = json.load(error)
    except ValueError:
        problem = {}
    text = problem.get("detail") or problem.get("title") or f"HTTP {error.code}"
    if "insufficient" in str(problem.get("type", "")):
        return InsufficientData(text)
    if error.code >= 500 or error.code == 401:
        return Unavailable(text)
    return _BY_STATUS.get(error.code, Invalid)(text)


def running_server(settings: Settings) -> LocalServer | None:
    path = access_file(settings)
    try:
        access = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise Unavailable(f"{path} belongs to the user who runs the server; run this command as that user") from error
    return LocalServer(access["url"], access["token"])


def finished(server: LocalServer, run: dict[str, Any], tell: Callable[[float, str], None]) -> dict[str, Any]:
    """The result of a run that was begun there, once it is over. tell : told its share and note. Raises Unavailable"""
    while run["state"] in ("queued", "running"):
        tell(run["share"], run["note"])
        time.sleep(POLL_S)
        run = server.get(f"runs/{run['id']}")
    if run["state"] != "done":
        raise Unavailable(f"运行未完成 the run ended as {run['state']}: {run['problem']}")
    tell(1.0, "")
    found: dict[str, Any] = server.get(f"results/{run['result']}")["body"]
    return found
