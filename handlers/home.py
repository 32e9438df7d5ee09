"""The app's Home tab, and the windows that show a whole part of it."""

from bot.blocks import alert_list
from bot.blocks.home import home_page
from bot.model import Home, HomePart, Modal, Person, Press
from bot.services import ActionHandler, HomeHandler, Services


async def handle(person: Person, services: Services) -> Home:
    return home_page(await services.overviews.read(), person)


async def whole_part(press: Press, person: Person, services: Services) -> Modal:
    """The value is `part:page`. People can forge it: then they see the first page, or what fails."""
    name, _, place = press.value.partition(":")
    part = HomePart(name) if name in {*HomePart} else HomePart.FAILING
    page = int(place) if place.isascii() and place.isdigit() and len(place) < 10 else 1
    found = await services.alerts.of_home(part, person.id, page)
    return alert_list.home_modal(found, part, page, person.zone)


HOME = HomeHandler(handle)
ACTIONS = tuple(
    ActionHandler(action, whole_part, opens_modal=True, loading_title=alert_list.TITLE, in_place=True)
    for action in ("home.alerts", "home.next", "home.back")
)
