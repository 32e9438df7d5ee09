"""Bad nights on the demo's page: storms, a bot that is killed, names that try to break what shows them."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.people import answers, card, order, write

pytestmark = [pytest.mark.needs("chromium")]


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("<https://evil.example|click me> <!here>", "click me> <!here>"),
        ("_under_ ~strike~ &amp; ```fence```", "_under_ ~strike~"),
    ],
)
def test_a_hostile_name_stays_text(open_page: Open, name: str, seen: str) -> None:
    page = open_page()
    write(page, f"/tasks {name}")
    expect(answers(page).last).to_be_visible()
    order(page, "A backup fails", name)
    expect(card(page, seen)).to_contain_text("FAILED")
    assert page.locator("a[href*='evil.example'], .device img, .device script").count() == 0
    assert page.get_by_role("log").get_by_text("@here", exact=True).count() == 0


def test_a_killed_bot_is_gone_and_comes_back_with_what_happened_meanwhile(open_page: Open) -> None:
    page = open_page()
    order(page, "Kill the bot")
    try:
        expect(page.get_by_text("The bot is gone")).to_be_visible()
        write(page, "/tasks running")
        expect(page.get_by_text("/tasks failed with the error")).to_be_visible()
        order(page, "A backup fails", "DESKTOP-2")
    finally:
        page.get_by_role("button", name="Start the bot").click()
    expect(page.get_by_text("The bot is running")).to_be_visible()
    expect(card(page, "DESKTOP-2")).to_contain_text("FAILED")


def test_a_storm_is_one_card_that_opens(open_page: Open) -> None:
    page = open_page()
    order(page, "A storm of 500")
    storm = page.get_by_role("article").filter(has_text=re.compile(r"\b(4\d\d|500) ")).last
    expect(storm).to_be_visible()
    storm.get_by_role("button", name=re.compile("^Show all")).click()
    expect(page.get_by_role("dialog").or_(answers(page)).last).to_be_visible()
