"""The Grafana on this machine named by ``YINGFENG_TEST_GRAFANA_URL=http://user:password@host:port``, if there is one.

Debian has no Grafana package. Suites run against the small server that answers as Grafana is documented to, and once
more against the named one.
"""

from __future__ import annotations

import base64
import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

NAMED = os.environ.get("YINGFENG_TEST_GRAFANA_URL", "")
#: Parameters of a fixture: the name of each way there is.
WAYS = ("named",) if NAMED else ()


@dataclass(frozen=True)
class Grafana:
    address: str
    username: str
    password: str

    def ask(self, method: str, path: str, body: Any = None, **query: str | list[str]) -> tuple[int, Any]:
        """Status and JSON of the answer, behind the product's back."""
        request = urllib.request.Request(
            f"{self.address}{path}?{urlencode(query, doseq=True)}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json", "Authorization": self._authorization},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"null")

    def proxy_of(self, uid: str) -> str:
        """Where a browser sends the queries of a data source: 9.3 names it by number, later ones by uid."""
        _, settings = self.ask("GET", "/api/frontend/settings")
        return next(str(each["url"]) for each in settings["datasources"].values() if each.get("uid") == uid)

    @property
    def _authorization(self) -> str:
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()

    @property
    def section(self) -> dict[str, str]:
        """Section ``grafana`` of the settings."""
        return {"url": self.address, "token": "", "username": self.username, "password": self.password}


def named_grafana() -> Grafana:
    url = urlsplit(NAMED)
    address = f"{url.scheme}://{url.hostname}:{url.port or 3000}{url.path.rstrip('/')}"
    return Grafana(address, unquote(url.username or "admin"), unquote(url.password or "admin"))
