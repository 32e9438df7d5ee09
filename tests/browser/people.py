"""What people do on the page, and where they look."""

import re

from playwright.sync_api import Locator, Page


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


def fails(page: Page, name: str) -> Locator:
    """Lets its backup fail; the card of it."""
    order(page, "A backup fails", name)
    found = page.get_by_role("article").filter(has_text=re.compile(rf"FAILED.*{re.escape(name)}"))
    own = found.filter(has=page.get_by_role("button", name=re.compile("^Take"))).last
    own.wait_for()
    return own


def answers(page: Page) -> Locator:
    return page.get_by_role("article").filter(has_text="Only visible to you")
