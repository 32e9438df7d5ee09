"""The demo's page in a real browser, with the real bot behind it: what people do, and what they see of it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open
from tests.browser.people import answers, card, fails, one_that_fails, order, write

pytestmark = [pytest.mark.needs("chromium")]


def test_a_first_visitor_is_told_that_it_is_a_simulation_and_gets_an_answer(open_page: Open) -> None:
    page = open_page()
    expect(page.get_by_text("This is a simulation.")).to_be_visible()
    expect(page.get_by_text("The bot is running")).to_be_visible()
    write(page, "/tasks running")
    expect(answers(page).last).to_contain_text("Running backups and restores")


def test_a_failure_becomes_a_card_and_a_line_on_the_lock_screen(open_page: Open) -> None:
    page = open_page()
    name = one_that_fails(page, "DENT-PC1", "DENT-PC3", "WS-008", "WS-005")
    expect(card(page, name)).to_contain_text("Last good backup")
    line = page.get_by_label("Lock screen").get_by_role("listitem").filter(has_text=name)
    expect(line.filter(has_text=f"Backup failed: {name}").first).to_be_visible()
    order(page, "It recovers", name)
    expect(card(page, name)).to_contain_text("RECOVERED", ignore_case=True)


def test_two_people_in_two_windows_take_and_snooze_the_same_card(open_page: Open) -> None:
    mia, noah = open_page("?as=mia"), open_page("?as=noah")
    before = answers(mia).count()
    fails(mia, "WS-006").get_by_role("button", name=re.compile("^Take")).click()
    expect(card(noah, "WS-006")).to_contain_text(re.compile(r"taken by|has it", re.IGNORECASE))
    card(noah, "WS-006").get_by_role("combobox").select_option(label="2 hours")
    expect(card(mia, "WS-006")).to_contain_text(re.compile("snoozed", re.IGNORECASE))
    write(noah, "/tasks failed")
    expect(answers(noah).last).to_be_visible()
    expect(answers(mia)).to_have_count(before + 1)  # her own, that it is hers now


def test_a_form_says_at_its_field_what_is_wrong(open_page: Open) -> None:
    page = open_page()
    fails(page, "WS-007").get_by_role("combobox").select_option(label="Until …")
    form = page.get_by_role("dialog", name="Snooze until")
    form.get_by_label("Until when?").fill("2022-06-01T10:00")
    form.get_by_role("button", name="Snooze").click()
    expect(form.get_by_role("alert")).to_be_visible()
    expect(form.get_by_label("Until when?")).to_have_attribute("aria-invalid", "true")
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_have_count(0)


def test_the_home_tab_tells_what_is_open_and_its_buttons_work(open_page: Open) -> None:
    page = open_page("?as=noah")
    page.get_by_role("button", name="Nightshift, Home").click()
    home = page.get_by_label("Home of Nightshift")
    expect(home).to_contain_text("alerts open")


def test_nothing_scrolls_sideways_on_a_phone(open_page: Open) -> None:
    page = open_page("?device=phone", size=PHONE)
    write(page, "/tasks failed")
    answers(page).last.wait_for()
    wide = (
        "[...document.querySelectorAll('html, body, .scroll, .device')].filter(e => e.scrollWidth > e.clientWidth + 1)"
    )
    assert page.evaluate(f"{wide}.map(e => `${{e.tagName}} ${{e.className}} ${{e.scrollWidth}}`)") == []
    page.get_by_role("button", name="Channels").click()
    page.get_by_role("button", name="Nightshift, Home").click()
    page.get_by_label("Home of Nightshift").wait_for()
    assert page.evaluate(f"{wide}.length") == 0


def test_everything_is_done_by_keyboard_alone(open_page: Open) -> None:
    page = open_page()
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "combobox":
            break
    page.keyboard.type("/tasks f")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    answers(page).last.wait_for()
    for _ in range(200):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.textContent") == "Details":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Close")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.needs("npm")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_axe_finds_nothing(open_page: Open, violations: Callable[[Page], list[Any]], theme: str, device: str) -> None:
    page = open_page(f"?theme={theme}&device={device}")
    write(page, "/tasks failed")
    answers(page).last.wait_for()
    page.get_by_role("combobox", name="Message #backup-alerts").fill("/")
    assert violations(page) == []
    page.get_by_role("combobox", name="Message #backup-alerts").fill("")
    answers(page).last.get_by_role("button", name="Details").first.click()
    page.get_by_role("dialog").get_by_text("Close", exact=True).wait_for()
    assert violations(page) == []


def test_what_people_type_stays_text(open_page: Open) -> None:
    page = open_page()
    write(page, "<img src=x onerror=alert(1)> <script>alert(2)</script>")
    expect(
        page.get_by_role("article").filter(has_text="<img src=x onerror=alert(1)> <script>alert(2)</script>")
    ).to_be_visible()


def test_a_block_that_cannot_be_drawn_shows_as_such(open_page: Open, demo: str) -> None:
    page = open_page()
    block = {"type": "card", "title": {"type": "plain_text", "text": "A title"}}
    page.request.post(
        f"{demo}api/chat.postMessage",
        headers={"Authorization": "Bearer xoxb-sandbox", "Content-Type": "application/json"},
        data={"channel": "C0GENERAL", "text": "a card", "blocks": [block]},
    )
    page.get_by_role("button", name="general").click()
    expect(page.get_by_text("This page cannot draw “card”")).to_be_visible()
    expect(page.get_by_text('"text": "A title"')).to_be_visible()


def test_no_other_page_drives_it_and_it_loads_nothing_from_elsewhere(open_page: Open, demo: str) -> None:
    page = open_page()
    asked = page.request.post(f"{demo}demo/world/kill", headers={"Origin": "https://evil.example"})
    assert asked.status == 403
    assert page.request.get(demo, headers={"Host": "evil.example"}).status == 403
    assert "default-src 'none'" in page.request.get(demo).headers["content-security-policy"]
    assert not re.search(r"xoxb|xapp|sandbox-s", page.content() + page.request.get(f"{demo}page.js").text())
