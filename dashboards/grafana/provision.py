"""Reading a Grafana and applying a plan to it, with grafana-api. A second apply changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from grafana_api.grafana_api import GrafanaClientError, GrafanaException, GrafanaServerError
from grafana_api.grafana_face import GrafanaFace

from config.settings import GrafanaSettings, Settings
from dashboards.grafana.plan import Action, Board, Change, GrafanaState, Kind, Plan, plan
from dashboards.grafana.wanted import wanted_state
from domain.errors import Invalid, Unavailable

REFUSED = (401, 403)
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Outcome:
    """What applying did, in order; ``plan`` says what was there already."""

    plan: Plan
    done: tuple[Change, ...]

    def __str__(self) -> str:
        return str(self.plan) if not self.done else f"{self.plan}\n已完成 {len(self.done)} 项 {len(self.done)} done"


def client_of(settings: GrafanaSettings) -> GrafanaFace:
    url = urlsplit(settings.url)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise Invalid("grafana.url must be the address of a Grafana, such as http://127.0.0.1:3000")
    if not settings.token and not settings.username:
        raise Invalid("grafana.token (role Admin), or grafana.username and password, must be set")
    prefix = url.path.strip("/")
    return GrafanaFace(
        auth=settings.token or (settings.username, settings.password),
        host=url.hostname,
        port=url.port,
        url_path_prefix=f"{prefix}/" if prefix else "",
        protocol=url.scheme,
        timeout=settings.timeout_s,
    )


@contextmanager
def errors_of(settings: GrafanaSettings) -> Iterator[None]:
    """Grafana's and the network's errors in our words: whose fault it is and what to do."""
    try:
        yield
    except GrafanaServerError as error:
        raise Unavailable(f"Grafana at {settings.url} failed: {error}; try again later") from error
    except GrafanaClientError as error:
        if error.status_code in REFUSED:
            raise Invalid(
                f"Grafana at {settings.url} refused the credentials ({error.status_code}): grafana.token or "
                "grafana.username needs the role Admin"
            ) from error
        raise Invalid(f"Grafana at {settings.url} refused the request: {error}") from error
    except (requests.RequestException, ValueError) as error:
        raise Unavailable(f"no Grafana answers at {settings.url}: {error}") from error


def _found(call: Any, uid: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = call(uid)
    except GrafanaException as error:
        if error.status_code == NOT_FOUND:
            return None
        raise
    return found


def _current(client: GrafanaFace, wanted: GrafanaState) -> GrafanaState:
    """What the Grafana holds under the uids we want; nothing else is looked at."""
    folders, boards = {}, {}
    for uid in wanted.folders:
        folder = _found(client.folder.get_folder, uid)
        if folder is not None:
            folders[uid] = str(folder["title"])
    sources = {s["uid"]: s for s in map(dict, client.datasource.list_datasources()) if s["uid"] in wanted.sources}
    # The list leaves out which secrets are set; the single answer has it.
    sources = {uid: client.datasource.get_datasource_by_id(s["id"]) for uid, s in sources.items()}
    for uid in wanted.boards:
        board = _found(client.dashboard.get_dashboard, uid)
        if board is not None:
            boards[uid] = Board(str(board["meta"].get("folderUid", "")), board["dashboard"])
    return GrafanaState(folders, sources, boards)


def _perform(client: GrafanaFace, change: Change, current: GrafanaState, wanted: GrafanaState) -> None:
    create = change.action is Action.CREATE
    if change.kind is Kind.FOLDER:
        title = wanted.folders[change.uid]
        if create:
            client.folder.create_folder(title, change.uid)
        else:
            client.folder.update_folder(change.uid, title, overwrite=True)
    elif change.kind is Kind.SOURCE:
        source = dict(wanted.sources[change.uid])
        if create:
            client.datasource.create_datasource(source)
        else:
            client.datasource.update_datasource(current.sources[change.uid]["id"], source)
    else:
        board = wanted.boards[change.uid]
        body = {"dashboard": {**board.document, "id": None}, "folderUid": board.folder, "overwrite": True}
        client.dashboard.update_dashboard(body | {"message": "yingfeng dashboards apply"})


def plan_dashboards(settings: Settings) -> Plan:
    """What ``apply_dashboards`` would change; writes nothing.

    Raises Invalid for settings or credentials that cannot work, Unavailable when Grafana does not answer
    """
    wanted = wanted_state(settings)
    client = client_of(settings.grafana)
    with errors_of(settings.grafana):
        return plan(_current(client, wanted), wanted)


def apply_dashboards(settings: Settings, *, renew_secret: bool = False) -> Outcome:
    """Bring folder, data source and dashboards up to date. Errors as in ``plan_dashboards``.

    renew_secret : send the data source although nothing differs, because a password or token changed: Grafana shows
        of a secret only that it is set
    """
    wanted = wanted_state(settings)
    client = client_of(settings.grafana)
    with errors_of(settings.grafana):
        current = _current(client, wanted)
        found = plan(current, wanted)
        due = [c for c in found.changes if c.action is not Action.KEEP or (renew_secret and c.kind is Kind.SOURCE)]
        for change in due:
            _perform(client, change, current, wanted)
    return Outcome(found, tuple(due))
