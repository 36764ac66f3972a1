"""The console in a real browser, on the product itself with a small simulated district."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from app.demo.scene import PASSWORD
from tests.servers.process import accepts, free_port

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
PAGES = (
    "alerts",
    "notices",
    "enterprises",
    "peaks",
    "quality",
    "billing",
    "registry",
    "users",
    "system",
    "enterprise/E001",
    "characteristics",
    "shapes",
    "cooling",
)
PATIENT_MS = 60_000


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "app.cli", "demo", "--enterprises", "20", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 120
        while not accepts(port):
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            assert time.monotonic() < deadline, "the demo did not come up"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)
        if process.stderr:
            process.stderr.close()


@contextmanager
def opened(chromium: Browser, site: str, user: str, *, width: int = 1440, language: str = "zh") -> Iterator[Page]:
    """A signed-in page; the browser's errors and every request beyond loopback fail the test."""
    context = chromium.new_context(viewport={"width": width, "height": 900})
    context.add_cookies([{"name": "yingfeng_language", "value": language, "url": f"{site}/console"}])
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda r: errors.append(r.url) if urlsplit(r.url).hostname not in (None, "127.0.0.1") else None)
    try:
        page.goto(f"{site}/console/")
        page.fill("#name", user)
        page.fill("#password", PASSWORD)
        page.click("form button[type=submit]")
        page.wait_for_url(lambda url: "login" not in url, timeout=PATIENT_MS)
        yield page
    finally:
        context.close()
    assert errors == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [390, 1440, 1920])
def test_the_overview_shows_the_district_at_each_width(chromium: Browser, site: str, width: int, language: str) -> None:
    with opened(chromium, site, "officer", width=width, language=language) as page:
        hero = page.locator(".tile.hero .value .num").first
        expect(hero).to_be_visible(timeout=PATIENT_MS)
        assert float(hero.inner_text().replace(",", "")) > 1
        expect(page.locator("canvas").first).to_be_visible(timeout=PATIENT_MS)
        said = page.locator("#brief").inner_text(timeout=PATIENT_MS)
        assert ("全区负荷" in said) == (language == "zh")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), "nothing overflows"


def test_it_updates_by_itself(chromium: Browser, site: str) -> None:
    with opened(chromium, site, "viewer") as page:
        before = page.locator("#brief").inner_text(timeout=PATIENT_MS)
        page.wait_for_function(
            "before => document.querySelector('#brief')?.innerText !== before", arg=before, timeout=PATIENT_MS
        )


def test_every_page_opens_without_errors(chromium: Browser, site: str) -> None:
    with opened(chromium, site, "admin") as page:
        for name in PAGES:
            page.goto(f"{site}/console/{name}")
            expect(page.locator("h1").first).to_be_visible(timeout=PATIENT_MS)
            expect(page.locator(".banner.error")).to_have_count(0)
            page.wait_for_timeout(500)


def test_an_alert_is_acknowledged_with_a_note_and_taken_back(chromium: Browser, site: str) -> None:
    with opened(chromium, site, "officer") as page:
        page.locator("[data-name=acknowledge]").first.click(timeout=PATIENT_MS)
        page.locator(".q-dialog input").fill("已电话通知")
        page.locator("[data-name=confirm]").click()
        expect(page.get_by_text("已电话通知").first).to_be_visible(timeout=PATIENT_MS)
        page.locator("[data-name=undo]").first.click()
        expect(page.get_by_text("已电话通知")).to_have_count(0, timeout=PATIENT_MS)


def test_a_broken_registry_file_lists_its_mistakes_by_cell(chromium: Browser, site: str, tmp_path: Path) -> None:
    broken = tmp_path / "企业.csv"
    broken.write_text("企业编号,企业名称,保安负荷 kW\nE900,测试企业,很多\n", encoding="utf-8")
    with opened(chromium, site, "officer") as page:
        page.goto(f"{site}/console/registry")
        page.locator("input[type=file]").first.set_input_files(broken, timeout=PATIENT_MS)
        expect(page.locator("table[data-name=mistakes]")).to_contain_text("C2", timeout=PATIENT_MS)


def test_an_enterprise_is_closed_with_a_reason_and_opened_again(chromium: Browser, site: str) -> None:
    with opened(chromium, site, "officer") as page:
        page.goto(f"{site}/console/enterprise/E020")
        page.locator("[data-name=closing]").click(timeout=PATIENT_MS)
        page.locator("[data-name=confirm]").click()
        expect(page.get_by_text("理由必填，会记入").first).to_be_visible(timeout=PATIENT_MS)
        page.locator("[data-name=closing-reason]").fill("迁出园区")
        page.locator("[data-name=confirm]").click()
        closed = page.locator("[data-closed='E020']")
        expect(closed).to_contain_text("自", timeout=PATIENT_MS)
        page.goto(f"{site}/console/enterprise/E020")
        expect(page.locator("[data-closed='E020']")).to_be_visible(timeout=PATIENT_MS)
        page.locator("[data-closed='E020'] [data-name=reopen]").click()
        expect(page.locator("[data-closed='E020']")).to_have_count(0, timeout=PATIENT_MS)
        page.goto(f"{site}/console/enterprise/E020")
        expect(page.locator("[data-name=closing]")).to_be_visible(timeout=PATIENT_MS)
    with opened(chromium, site, "viewer") as page:
        page.goto(f"{site}/console/enterprise/E020")
        expect(page.locator("[data-name=now]")).to_be_visible(timeout=PATIENT_MS)
        expect(page.locator("[data-name=closing]")).to_have_count(0)


def test_a_reading_is_edited_and_the_edit_taken_back(chromium: Browser, site: str) -> None:
    with opened(chromium, site, "officer") as page:
        page.goto(f"{site}/console/vee?meter=B01")
        filled = page.locator(".tile").nth(2).locator(".value")
        expect(filled).to_have_text("0", timeout=PATIENT_MS)
        page.locator("[data-name=vee-value]").fill("55.5")
        page.locator("[data-name=vee-apply]").click()
        expect(page.get_by_text("请写明原因").first).to_be_visible(timeout=PATIENT_MS)
        page.locator("[data-name=vee-reason]").fill("抄表核对，工单 7")
        page.locator("[data-name=vee-apply]").click()
        expect(filled).to_have_text("15", timeout=PATIENT_MS)
        page.locator("[data-name=vee-undo]").first.click()
        page.locator(".q-dialog input").fill("工单错")
        page.locator("[data-name=vee-confirm]").click()
        expect(filled).to_have_text("0", timeout=PATIENT_MS)
        expect(page.get_by_text("工单错").first).to_be_visible(timeout=PATIENT_MS)


def test_a_meter_exchange_is_entered_and_taken_back(chromium: Browser, site: str) -> None:
    with opened(chromium, site, "officer") as page:
        page.goto(f"{site}/console/registry")
        page.locator("[data-name=exchange-put]").click(timeout=PATIENT_MS)
        expect(page.get_by_text("请填写换表时刻").first).to_be_visible(timeout=PATIENT_MS)
        for name, text in (
            ("meter", "B01"),
            ("at", "2026-07-22T10:05"),
            ("closing", "5200.4"),
            ("opening", "7"),
            ("source", "工单 9"),
        ):
            page.locator(f"[data-name=exchange-{name}]").fill(text)
        page.locator("[data-name=exchange-put]").click()
        kept = page.locator("[data-name=exchanges]")
        expect(kept).to_contain_text("止码 5200.4 → 起码 7 kWh", timeout=PATIENT_MS)
        page.locator("[data-name=exchange-undo]").click()
        expect(kept).to_contain_text("没有换表记录", timeout=PATIENT_MS)


def test_an_administrator_looks_after_accounts_and_tokens(chromium: Browser, site: str) -> None:
    with opened(chromium, site, "admin") as page:
        page.goto(f"{site}/console/users")
        page.locator("[data-name=user-name]").fill("zhang.wei", timeout=PATIENT_MS)
        page.locator("[data-name=user-password]").fill("short")
        page.locator("[data-name=user-create]").click()
        expect(page.get_by_text("at least").or_(page.get_by_text("至少")).first).to_be_visible(timeout=PATIENT_MS)
        page.locator("[data-name=user-password]").fill("correct-horse-battery")
        page.locator("[data-name=user-create]").click()
        made = page.locator("[data-user='zhang.wei']")
        expect(made).to_contain_text("启用", timeout=PATIENT_MS)
        made.locator("[data-name=lock]").click()
        expect(page.locator("[data-user='zhang.wei'] [data-name=unlock]")).to_be_visible(timeout=PATIENT_MS)
        page.locator("[data-user='zhang.wei'] [data-name=password]").click()
        page.locator("[data-name=new-password]").fill("another-horse-battery")
        page.locator("[data-name=confirm]").click()
        expect(page.locator("[data-name=new-password]")).to_have_count(0, timeout=PATIENT_MS)
        page.locator("[data-name=token-label]").fill("夜间导出")
        page.locator("[data-name=token-create]").click()
        expect(page.locator("#token-secret")).to_be_visible(timeout=PATIENT_MS)
        secret = page.locator("#token-secret").inner_text()
        page.locator("[data-name=close]").click()
        audit = urllib.request.Request(f"{site}/api/v1/audit?limit=20", headers={"Authorization": f"Bearer {secret}"})
        with urllib.request.urlopen(audit, timeout=20) as answer:
            said = answer.read().decode()
        for action in ("user.create", "user.set_active", "user.set_password", "token.create"):
            assert action in said, action


def test_an_officer_does_not_see_the_accounts(chromium: Browser, site: str) -> None:
    with opened(chromium, site, "officer") as page:
        assert page.locator("a[href$='/users']").count() == 0
        page.goto(f"{site}/console/users")
        expect(page.locator(".state b").first).to_have_text("仅管理员可见", timeout=PATIENT_MS)


def test_a_quota_of_96_points_is_pasted_looked_at_and_entered(chromium: Browser, site: str) -> None:
    with opened(chromium, site, "officer") as page:
        page.goto(f"{site}/console/registry")
        text = page.locator("textarea[data-name=points-text]")
        text.fill("\n".join(["24.5"] * 95), timeout=PATIENT_MS)
        page.locator("[data-name=points-preview]").click()
        expect(page.get_by_text("找到95个数值").first).to_be_visible(timeout=PATIENT_MS)
        text.fill("\n".join(f"{20 + n / 20:.2f}" for n in range(96)))
        page.locator("[data-name=points-preview]").click()
        said = page.locator("[data-name=points-said]")
        expect(said).to_contain_text("96 点", timeout=PATIENT_MS)
        page.locator("[data-name=points-source]").fill("甬能源〔2026〕12号")
        page.locator("[data-name=points-enter]").click()
        expect(said).to_contain_text("甬能源〔2026〕12号", timeout=PATIENT_MS)


def test_an_enterprise_sees_only_itself(chromium: Browser, site: str) -> None:
    with opened(chromium, site, "enterprise") as page:
        expect(page.locator("h1").first).to_be_visible(timeout=PATIENT_MS)
        assert page.locator("a[href$='/enterprises']").count() == 0
        page.goto(f"{site}/console/quality")
        expect(page.locator(".state b").first).to_have_text("无权查看", timeout=PATIENT_MS)
        page.goto(f"{site}/console/enterprise/E002")
        expect(page.locator(".tile.hero")).to_have_count(0)


def test_the_websocket_wants_a_session_too(site: str) -> None:
    request = urllib.request.Request(f"{site}/console/_nicegui_ws/socket.io/?EIO=4&transport=polling&client_id=x")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 401
    refused.value.close()
