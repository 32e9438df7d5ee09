"""All that the bot can say, drawn as on a phone, in light and dark: nothing is cut, overlaps or scrolls sideways."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.gallery_server import served

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build/gallery"
"""What was drawn, group by group, for people to look at."""
MEASURE = Path(__file__).with_name("measure.js").read_text(encoding="utf-8")
PHONE = 390  # pixels
THEMES = ("light", "dark")
PATIENCE = 120_000.0  # milliseconds: 650 entries are drawn at once

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def gallery(browser: Browser) -> Iterator[Page]:
    """A page with all groups, on a phone. What the browser reports as an error fails the tests."""
    faults: list[str] = []
    with served() as url:
        page = browser.new_page(viewport={"width": PHONE, "height": 844})
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.goto(f"{url}#all")
        page.locator("main[aria-busy=false]").wait_for()
        yield page
        page.close()
    assert faults == []


def wear(page: Page, theme: str) -> None:
    page.get_by_role("button", name=theme.capitalize(), exact=True).click()
    assert page.evaluate("document.documentElement.dataset.theme") == theme


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_is_cut_lies_on_another_or_scrolls_sideways_on_a_phone(gallery: Page, theme: str) -> None:
    wear(gallery, theme)
    assert gallery.locator("[data-entry]").count() > 600
    assert gallery.evaluate(MEASURE) == {}
    assert gallery.evaluate("document.documentElement.scrollWidth") == PHONE


@pytest.mark.parametrize("theme", THEMES)
def test_pictures_are_kept(browser: Browser, theme: str) -> None:
    """Group by group: a page with all of them is too long to be taken at once."""
    folder = PICTURES / theme
    shutil.rmtree(folder, ignore_errors=True)
    with served() as url:
        page = browser.new_page(viewport={"width": 2_400, "height": 1_000}, device_scale_factor=0.75)
        page.set_default_timeout(PATIENCE)
        page.goto(f"{url}?theme={theme}")
        page.locator("[data-group]").wait_for()
        keys = [str(link.get_attribute("href")) for link in page.locator(".index a").all()]
        for key in keys:
            page.evaluate("key => { location.hash = key }", key)
            page.locator(f"[data-group='{key[1:]}']").wait_for()
            page.screenshot(path=folder / f"{key[1:]}.jpg", type="jpeg", quality=60, full_page=True)
        page.close()
    assert len(list(folder.iterdir())) == len(keys) > 20


_ENTRY = """
<article data-entry="e"><header>E</header><div class="frame" style="font: 15px/1.4 sans-serif">{}</div></article>
"""


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<p style="width: 900px">x</p>', "stands outside"),
        ('<p style="margin-left: -60px">x</p>', "stands outside"),
        ('<div style="width: 90px; overflow-x: auto"><p style="width: 120px">x</p></div>', "scrolls sideways"),
        (
            '<p style="width: 40px; overflow: hidden; white-space: nowrap">many words in little room</p>',
            "cut at the side",
        ),
        ('<p style="height: 9px; overflow: hidden">many words</p>', "cut below"),
        ('<p>one</p><p style="margin-top: -40px">other</p>', "lies on"),
        ('<select style="width: 60px"><option>Until it recovers</option></select>', "a menu cuts its words"),
        ('<div data-undrawn="tape">x</div>', "is not drawn"),
        ("", "shows nothing"),
    ],
)
def test_the_measure_sees_what_is_wrong(browser: Browser, html: str, said: str) -> None:
    page = browser.new_page(viewport={"width": PHONE, "height": 844})
    page.set_content(_ENTRY.format(html))
    (faults,) = page.evaluate(MEASURE).values()
    page.close()
    assert any(said in fault for fault in faults), faults


def test_what_is_in_order_has_no_fault(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(_ENTRY.format("<p>one</p><p>other</p>"))
    assert page.evaluate(MEASURE) == {}
    page.close()


@pytest.mark.parametrize("width", [390, 1_280])
def test_one_group_is_shown_at_a_time_and_the_index_leads_to_the_others(browser: Browser, width: int) -> None:
    with served() as url:
        page = browser.new_page(viewport={"width": width, "height": 844})
        page.goto(url)
        page.get_by_role("heading", name="A failure", exact=True).wait_for()
        assert page.locator("[data-group]").count() == 1
        page.get_by_role("link", name="Storms").click()
        page.get_by_role("heading", name="Storms", exact=True).wait_for()
        entry = page.locator("[data-entry]").first
        assert "critical, takes in new alerts" in entry.inner_text()
        assert entry.locator(".lock-line").inner_text().startswith("CRITICAL: storm of 300 alerts")
        entry.locator("summary").click()
        assert '"type": "rich_text"' in entry.locator("pre").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("group", ["a-failure", "windows-of-acts", "the-home-tab"])
def test_axe_finds_nothing(browser: Browser, violations: Callable[[Page], list[Any]], theme: str, group: str) -> None:
    with served() as url:
        page = browser.new_page(viewport={"width": 1_280, "height": 800})
        page.goto(f"{url}?theme={theme}#{group}")
        page.locator(f"[data-group='{group}']").wait_for()
        found = violations(page)
        page.close()
    assert found == []
