"""What people do on the page, and where they look."""

import re
from contextlib import suppress

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as NotInTime


def write(page: Page, text: str) -> None:
    box = page.get_by_role("combobox", name="Message #backup-alerts")
    box.fill(text)
    box.press("Enter")


def order(page: Page, words: str, machine: str = "") -> None:
    """Presses a button of the panel."""
    page.get_by_label("Machine or mailbox").fill(machine)
    page.get_by_role("button", name=words, exact=True).click()


def card(page: Page, name: str) -> Locator:
    """The newest message about it in the channel."""
    articles = page.get_by_role("log").get_by_role("article")
    return articles.filter(has_text=name, has_not_text="Only visible to you").last


def one_that_fails(page: Page, *names: str) -> str:
    """The first of these whose backup had not failed today: chance decides that, and such a one gets no new card."""
    for name in names:
        with suppress(NotInTime):
            fails(page, name, seconds=15)
            return name
    raise AssertionError("no backup failed anew")


def fails(page: Page, name: str, seconds: float | None = None) -> Locator:
    """Lets its backup fail; the card of it."""
    order(page, "A backup fails", name)
    found = page.get_by_role("article").filter(has_text=re.compile(rf"FAILED.*{re.escape(name)}"))
    own = found.filter(has=page.get_by_role("button", name=re.compile("^Take"))).last
    own.wait_for(timeout=seconds and seconds * 1000)
    return own


def answers(page: Page) -> Locator:
    return page.get_by_role("article").filter(has_text="Only visible to you")
