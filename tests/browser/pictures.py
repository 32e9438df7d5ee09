"""`make pictures`: takes the pictures of the README and of .github/PICTURES.md anew, each an entry of the gallery.

Run as `python -m tests.browser.pictures`. The browser's version changes a picture a little, so no test compares them.
"""

from pathlib import Path
from typing import Final, NamedTuple

from playwright.sync_api import Locator, Page, sync_playwright

from tests.browser.gallery_server import served
from tests.browser.png import repacked

FOLDER: Final = Path(__file__).parents[2] / ".github/pictures"
MOST: Final = 60_000  # bytes
CHROMIUM: Final = "/usr/bin/chromium"
_LOOK: Final = """
html, body, .gallery { background: transparent !important; }
.frame { border: 1px solid var(--line); box-shadow: none !important; width: 400px; }
"""


class Picture(NamedTuple):
    """`title` and `state` name an entry of the gallery."""

    name: str
    title: str
    state: str
    theme: str = "light"


PICTURES: Final = (
    Picture("failed", "A failed backup", "critical: the target was missed"),
    Picture("storm", "A storm of failures", "critical, takes in new alerts"),
    Picture("protected", "/tasks protected? Acme Corp", "of one tenant"),
    Picture("digest", "A digest", "14 alerts are open"),
    Picture("taken", "A failed backup", "taken and snoozed"),
    Picture("recovered", "A failed backup is over", "recovered"),
    Picture("missed", "A backup that did not start", "critical", "dark"),
    Picture("overview", "/tasks", "something needs attention"),
    Picture("details", "Details", "a failed backup"),
    Picture("home", "The Home tab", "one fails, one is yours"),
    Picture("question", "A direct message", "still yours?"),
    Picture("mistake", "/tasks runing", "not understood"),
    Picture("why", "/tasks why 14", "told, taken, raised"),
    Picture("health", "/tasks health", "well", "dark"),
)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-lcd-text"])
        page = browser.new_page(viewport={"width": 1_280, "height": 900}, device_scale_factor=1.5, bypass_csp=True)
        page.set_default_timeout(120_000)
        for theme in ("light", "dark"):
            page.goto(f"{url}?theme={theme}#all")
            page.locator("main[aria-busy=false]").wait_for()
            page.add_style_tag(content=_LOOK)
            for picture in PICTURES:
                if picture.theme == theme:
                    _take(page, picture)
        browser.close()


def _take(page: Page, picture: Picture) -> None:
    path = FOLDER / f"{picture.name}.png"
    path.write_bytes(repacked(_entry(page, picture).locator(".frame").screenshot(omit_background=True)))


def _entry(page: Page, picture: Picture) -> Locator:
    title = page.get_by_role("heading", name=picture.title, exact=True)
    state = page.locator(".state").get_by_text(picture.state, exact=True)
    return page.locator("[data-entry]").filter(has=title).filter(has=state).first


if __name__ == "__main__":
    main()
