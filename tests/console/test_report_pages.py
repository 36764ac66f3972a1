"""Reports and intensity in a real browser: drafted, stopped, signed by another, sent, corrected; who sees what."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Browser, Page, expect

from app.cli import app
from app.clock import SystemClock
from config.settings import Settings
from domain.ids import AccountId, EnterpriseId
from domain.months import months_between
from domain.people import Role
from domain.registry import ALWAYS, Account, Enterprise
from storage.ledger import SqlLedger
from tests.console.test_pages import PATIENT_MS
from tests.console.test_restart import address
from tests.e2e.running import environment_of, serving, settings_in
from tests.response.intensity.district import E1, E2, E3, energy, output
from tests.servers.process import free_port

pytestmark = pytest.mark.browser
PASSWORD = "correct-horse-battery"
PEOPLE = {"zhang": Role.OFFICER, "li": Role.OFFICER, "wei": Role.VIEWER}
NAMES = {E1: "甬江精密机械有限公司", E2: "梅墟电子元件有限公司", E3: "聚贤纺织印染有限公司"}
FITS = "document.documentElement.scrollWidth <= window.innerWidth + 1"


def months() -> tuple[date, ...]:
    """The last thirteen to twenty-four whole months: all that a report of the newest one asks for."""
    last = datetime.now(Settings().district.zone).date().replace(day=1) - timedelta(days=1)
    return months_between(date(last.year - 1, 1, 1), last.replace(day=1))


@dataclass(frozen=True)
class Site:
    settings: Settings
    ledger: SqlLedger

    @contextmanager
    def opened(
        self, chromium: Browser, user: str, path: str, *, width: int = 1440, language: str = "zh"
    ) -> Iterator[Page]:
        context = chromium.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
        url = address(self.settings)
        context.add_cookies([{"name": "yingfeng_language", "value": language, "url": url}])
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        try:
            page.goto(f"{url}/")
            page.fill("#name", user)
            page.fill("#password", PASSWORD)
            page.click("form button[type=submit]")
            page.wait_for_url(lambda at: "login" not in at, timeout=PATIENT_MS)
            page.goto(f"{url}/{path}")
            expect(page.locator("h1").first).to_be_visible(timeout=PATIENT_MS)
            yield page
        finally:
            context.close()
        assert errors == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("reports")
    settings = settings_in(folder, mqtt={"url": "embedded", "accept_loss": True}, api={"port": free_port()})
    ledger = SqlLedger(settings.ledger.url, clock=SystemClock())
    for name, role in PEOPLE.items():
        ledger.people.create_user("test", name, PASSWORD, role)
    ledger.registry.put_versions(
        "test",
        enterprises=[Enterprise(e, ALWAYS, name, sector="C39") for e, name in NAMES.items()],
        accounts=[Account(AccountId(f"A{e}"), ALWAYS, EnterpriseId(e)) for e in NAMES],
    )
    for n, enterprise in enumerate(NAMES, 1):
        ledger.energy.put_energy("test", [energy(enterprise, m, "electricity", 1e6 * n) for m in months()])
        ledger.energy.put_output("test", [output(enterprise, m, 2000.0 * n) for m in months()])
    with serving(settings, log=folder / "serve.log"):
        yield Site(settings, ledger)
    ledger.close()


def drafted(site: Site, page: Page) -> None:
    """Drafts the month's report and opens the newest version."""
    page.locator("[data-name=period]").fill(f"{months()[-1]:%Y-%m}")
    before = len(site.ledger.reports.versions().items)
    page.locator("[data-name=draft]").click()
    expect(page.locator("table[data-name=reports] tbody tr")).to_have_count(before + 1, timeout=PATIENT_MS)
    page.locator("table[data-name=reports] tbody tr a").first.click()
    expect(page.locator(".report table").first).to_be_visible(timeout=PATIENT_MS)


def test_a_report_is_drafted_signed_by_another_sent_and_corrected(chromium: Browser, site: Site) -> None:
    with site.opened(chromium, "zhang", "reports") as page:
        drafted(site, page)
        expect(page.get_by_text("尚未发送")).to_be_visible(timeout=PATIENT_MS)
        expect(page.locator("[data-name=four-eyes]")).to_be_visible()
        expect(page.locator("[data-name=sign]")).to_be_disabled()
        page.locator("[data-name=open-sources] .q-item").click()
        expect(page.locator("table[data-name=sources]")).to_contain_text("能源报表")
        address_of_version = page.url
    version = address_of_version.rpartition("/")[2]
    with site.opened(chromium, "li", version) as page:
        page.locator("[data-name=sign]").click(timeout=PATIENT_MS)
        page.locator("[data-name=number]").fill("甬高新能〔2026〕12号")
        page.locator("[data-name=confirm]").click()
        expect(page.locator(".report")).to_be_visible()
        expect(page.get_by_text("第1版").first).to_be_visible(timeout=PATIENT_MS)
        page.locator("[data-name=send]").click()
        page.locator("[data-name=recipient]").fill("市能源局 王工")
        page.locator("[data-name=channel]").fill("政务邮箱")
        with page.expect_download(timeout=PATIENT_MS) as found:
            page.locator("[data-name=confirm]").click()
        sent = docx.Document(io.BytesIO(Path(found.value.path()).read_bytes()))
        assert "市能源局 王工" in sent.sections[0].header.paragraphs[0].text
        assert "文号：甬高新能〔2026〕12号" in [paragraph.text for paragraph in sent.paragraphs]
        expect(page.locator("table[data-name=sendings]")).to_contain_text("市能源局 王工", timeout=PATIENT_MS)
    site.ledger.energy.put_energy("test", [energy(E1, months()[-1], "electricity", 2e6, source="更正报表")])
    with site.opened(chromium, "zhang", version) as page:
        page.locator("[data-name=differences]").click(timeout=PATIENT_MS)
        expect(page.locator("table[data-name=differences]")).to_contain_text(
            f"{(months()[-1].month + 1) * 1_000_000:,}", timeout=PATIENT_MS
        )
        page.goto(f"{address(site.settings)}/reports")
        drafted(site, page)
        expect(page.locator(".report")).to_contain_text("更正说明")


def test_a_report_that_is_not_there_is_said_to_be_none(chromium: Browser, site: Site) -> None:
    with site.opened(chromium, "wei", "reports?id=none") as page:
        expect(page.get_by_text("没有报告").first).to_be_visible(timeout=PATIENT_MS)


def test_who_only_looks_drafts_and_signs_nothing_and_reads_no_names(chromium: Browser, site: Site) -> None:
    with site.opened(chromium, "zhang", "reports") as page:
        drafted(site, page)
        version = page.url.rpartition("/")[2]
    with site.opened(chromium, "wei", "reports") as page:
        expect(page.locator("table[data-name=reports] tbody tr").first).to_be_visible(timeout=PATIENT_MS)
        expect(page.locator("[data-name=draft]")).to_have_count(0)
        page.goto(f"{address(site.settings)}/{version}")
        expect(page.locator(".report")).to_contain_text("企业1", timeout=PATIENT_MS)
        assert not any(name in page.locator("body").inner_text() for name in NAMES.values())
        for act in ("sign", "send"):
            expect(page.locator(f"[data-name={act}]")).to_have_count(0)
        with page.expect_download(timeout=PATIENT_MS) as found:
            page.locator("[data-name=docx]").click()
        copy = docx.Document(io.BytesIO(Path(found.value.path()).read_bytes()))
        told = "".join(cell.text for table in copy.tables for row in table.rows for cell in row.cells)
        assert not any(name in told for name in NAMES.values())
        assert "wei" in copy.sections[0].header.paragraphs[0].text


def test_the_command_lets_the_running_server_draft(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server holds the DuckDB file, so the command alone could not."""
    for name, value in environment_of(site.settings).items():
        monkeypatch.setenv(name, value)

    app(["report", "draft", "monthly", f"{months()[-1]:%Y-%m}", "--json"], standalone_mode=False)

    made = json.loads(capsys.readouterr().out)
    assert site.ledger.reports.version(made["id"]) is not None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_phone_no_table_forces_the_page_sideways(chromium: Browser, site: Site, language: str) -> None:
    with site.opened(chromium, "zhang", "reports", width=390, language=language) as page:
        drafted(site, page)
        page.wait_for_timeout(500)
        assert page.evaluate(FITS), "a report"
        page.goto(f"{address(site.settings)}/reports")
        expect(page.locator("table[data-name=reports]")).to_be_visible(timeout=PATIENT_MS)
        assert page.evaluate(FITS), "the list"
        page.goto(f"{address(site.settings)}/intensity")
        expect(page.locator("table[data-name=ranks]")).to_be_visible(timeout=PATIENT_MS)
        assert page.evaluate(FITS), "intensity"
        said = page.locator("body").inner_text()
        assert ("Progress" in said) == (language == "en")
