from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from config.settings import Settings
from dashboards.grafana.provision import apply_dashboards, plan_dashboards
from dashboards.grafana.wanted import FOLDER_UID, SOURCE_UID
from domain.errors import Invalid, Unavailable
from tests.dashboards.grafana.fake_grafana import FakeGrafana, serving
from tests.servers.grafana import WAYS, Grafana, named_grafana
from tests.servers.process import free_port

SECRET = "the-database-password"


def settings_for(url: str, **changes: dict[str, str]) -> Settings:
    sections = {
        "grafana": {"url": url, "token": "right"},
        "store": {"url": "influxdb://127.0.0.1:8086", "username": "reader", "password": SECRET},
    }
    for section, values in changes.items():
        sections[section] = {**sections.get(section, {}), **values}
    return Settings.model_validate(sections)


@dataclass
class Running:
    grafana: FakeGrafana
    url: str


@pytest.fixture
def running() -> Iterator[Running]:
    grafana = FakeGrafana(token="right")
    with serving(grafana) as url:
        yield Running(grafana, url)


def test_a_plan_writes_nothing(running: Running) -> None:
    plan = plan_dashboards(settings_for(running.url))
    assert [(change.action, change.kind) for change in plan.pending] == [
        ("create", "folder"),
        ("create", "data source"),
        *[("create", "dashboard")] * 7,
    ]
    assert running.grafana.writes == []


def test_applying_makes_everything_and_applying_again_nothing(running: Running) -> None:
    settings = settings_for(running.url)
    assert len(apply_dashboards(settings).done) == 9
    assert running.grafana.folders[FOLDER_UID]["title"] == settings.grafana.folder
    assert set(running.grafana.boards) == {
        "yingfeng-district",
        "yingfeng-enterprise",
        "yingfeng-intensity",
        "yingfeng-orders",
        "yingfeng-quality",
        "yingfeng-sites",
        "yingfeng-analysis",
    }
    assert {board["meta"]["folderUid"] for board in running.grafana.boards.values()} == {FOLDER_UID}
    writes = list(running.grafana.writes)
    assert plan_dashboards(settings).pending == ()
    assert apply_dashboards(settings).done == ()
    assert running.grafana.writes == writes
    assert "up to date" in str(plan_dashboards(settings))


def test_what_someone_changed_by_hand_is_seen_and_put_back(running: Running) -> None:
    settings = settings_for(running.url)
    apply_dashboards(settings)
    running.grafana.boards["yingfeng-district"]["dashboard"]["panels"][3]["targets"][0]["query"] = "SELECT 1"
    running.grafana.folders[FOLDER_UID]["title"] = "something else"
    next(iter(running.grafana.sources.values()))["jsonData"]["dbName"] = "other"
    changes = {change.kind: change.differences for change in plan_dashboards(settings).pending}
    assert changes == {
        "folder": ("title",),
        "data source": ("jsonData.dbName",),
        "dashboard": ("panels.3.targets.0.query",),
    }
    apply_dashboards(settings)
    assert plan_dashboards(settings).pending == ()


def test_a_dashboard_in_another_folder_is_moved_back(running: Running) -> None:
    settings = settings_for(running.url)
    apply_dashboards(settings)
    running.grafana.boards["yingfeng-enterprise"]["meta"]["folderUid"] = ""
    (change,) = plan_dashboards(settings).pending
    assert change.differences == ("folder",)
    apply_dashboards(settings)
    assert running.grafana.boards["yingfeng-enterprise"]["meta"]["folderUid"] == FOLDER_UID


def test_what_is_not_ours_stays(running: Running) -> None:
    running.grafana.folders["theirs"] = {"id": 1, "uid": "theirs", "title": "Theirs", "version": 1}
    running.grafana.boards["theirs"] = {"dashboard": {"uid": "theirs", "title": "T"}, "meta": {}}
    running.grafana.sources[99] = {"id": 99, "uid": "theirs", "name": "Theirs", "type": "prometheus", "version": 1}
    apply_dashboards(settings_for(running.url))
    assert running.grafana.boards["theirs"]["dashboard"] == {"uid": "theirs", "title": "T"}
    assert running.grafana.sources[99]["name"] == "Theirs"


def test_a_secret_is_sent_but_never_read_back(running: Running) -> None:
    settings = settings_for(running.url)
    apply_dashboards(settings)
    (source,) = running.grafana.sources.values()
    assert source["secureJsonData"] == {"password": SECRET}
    assert SECRET not in str(plan_dashboards(settings_for(running.url, grafana={"folder": "new"})))
    source["secureJsonData"] = {}
    (change,) = plan_dashboards(settings).pending
    assert change.differences == ("secureJsonData.password",)


def test_a_renewed_secret_is_sent_on_request(running: Running) -> None:
    apply_dashboards(settings_for(running.url))
    renewed = settings_for(running.url, store={"password": "renewed"})
    assert plan_dashboards(renewed).pending == ()
    (change,) = apply_dashboards(renewed, renew_secret=True).done
    assert change.kind == "data source"
    (source,) = running.grafana.sources.values()
    assert source["secureJsonData"] == {"password": "renewed"}


def test_influxdb_2_is_read_with_a_token_header(running: Running) -> None:
    apply_dashboards(settings_for(running.url, store={"token": "t0ken", "url": "influxdbs://db.example:443"}))
    (source,) = running.grafana.sources.values()
    assert source["url"] == "https://db.example:443"
    assert source["uid"] == SOURCE_UID
    assert source["jsonData"]["httpHeaderName1"] == "Authorization"
    assert source["secureJsonData"] == {"httpHeaderValue1": "Token t0ken"}
    assert source["user"] == ""


def test_days_are_those_of_the_district(running: Running) -> None:
    apply_dashboards(settings_for(running.url, district={"timezone": "Europe/Berlin"}))
    for board in running.grafana.boards.values():
        variables = {v["name"]: v for v in board["dashboard"]["templating"]["list"]}
        assert board["dashboard"]["timezone"] == "Europe/Berlin"
        assert variables["tz"]["query"] == "Europe/Berlin"


def test_a_grafana_under_a_path_with_user_and_password() -> None:
    grafana = FakeGrafana(username="admin", password="pass")
    with serving(grafana, prefix="/grafana") as url:
        settings = settings_for(url + "/", grafana={"token": "", "username": "admin", "password": "pass"})
        assert len(apply_dashboards(settings).done) == 9


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"grafana": {"url": ""}}, "grafana.url must be the address"),
        ({"grafana": {"token": ""}}, "must be set"),
        ({"grafana": {"token": "wrong"}}, "refused the credentials .401.*role Admin"),
        ({"store": {"url": "duckdb:///x"}}, "store is duckdb: set store.url"),
    ],
)
def test_settings_that_cannot_work_say_what_to_do(
    running: Running, changes: dict[str, dict[str, str]], message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        plan_dashboards(settings_for(running.url, **changes))
    assert running.grafana.writes == []


def test_a_name_taken_by_another_data_source_is_reported(running: Running) -> None:
    running.grafana.sources[99] = {"id": 99, "uid": "other", "name": "迎峰 Yingfeng", "type": "influxdb", "version": 1}
    with pytest.raises(Invalid, match="same name already exists"):
        apply_dashboards(settings_for(running.url))


def test_a_failing_grafana_is_unavailable(running: Running) -> None:
    running.grafana.failing = True
    with pytest.raises(Unavailable, match="database is locked"):
        plan_dashboards(settings_for(running.url))


def test_no_grafana_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="no Grafana answers"):
        plan_dashboards(settings_for(f"http://127.0.0.1:{free_port()}"))


@pytest.fixture(params=["small", *WAYS])
def grafana(request: pytest.FixtureRequest) -> Iterator[Grafana]:
    """Each Grafana there is, by user and password."""
    if request.param == "named":
        yield named_grafana()
        return
    with serving(FakeGrafana(username="admin", password="pass")) as url:
        yield Grafana(url, "admin", "pass")


def test_the_whole_cycle_on_each_grafana_there_is(grafana: Grafana) -> None:
    settings = settings_for(grafana.address, grafana=grafana.section)
    apply_dashboards(settings)
    assert plan_dashboards(settings).pending == ()
    assert apply_dashboards(settings).done == ()
    renamed = settings.model_copy(update={"grafana": settings.grafana.model_copy(update={"folder": "renamed"})})
    assert [change.differences for change in apply_dashboards(renamed).done] == [("title",)]
    assert len(apply_dashboards(settings).done) == 1
    for path in ("/api/dashboards/uid/yingfeng-district", f"/api/datasources/uid/{SOURCE_UID}"):
        assert grafana.ask("DELETE", path)[0] == 200
    again = apply_dashboards(settings).done
    assert [(change.action, change.kind) for change in again] == [("create", "data source"), ("create", "dashboard")]
    assert plan_dashboards(settings).pending == ()
