"""The window with all alerts of a storm's card: pages, one tenant or cause of it, and the row for each and for all.

A value is `card:page:share`, and behind it the aim of what acts: `14:2::7`, `14:1:tKEY:s14:tKEY`. People can forge it:
then they see the first page, or that there is none.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.blocks.act_answers import act_answer
from bot.blocks.storm_window import TITLE, place_of, storm_window
from bot.model import Aim, Modal, Person, Press
from bot.services import AT_ONCE, ActionHandler, AtOnce, Services

Handle = Callable[[Press, Person, Services], Awaitable[Modal]]


async def show(press: Press, person: Person, services: Services) -> Modal:
    aim, page, _ = _read(press.value)
    return storm_window(await services.alerts.of_storm(aim, page), person.zone)


def _act(at_once: AtOnce) -> Handle:
    async def handle(press: Press, person: Person, services: Services) -> Modal:
        """What became of it stands above the page as it is now."""
        listed, page, aim = _read(press.value)
        result = await at_once.do(services.acting, aim, person, press.whence, services.clock.now())
        shown = storm_window(await services.alerts.of_storm(listed, page), person.zone)
        said = act_answer(at_once.act, result, person, window=f"{listed.card_id}:{page}:{listed.share}")
        return replace(shown, blocks=(*said.blocks, *shown.blocks))

    return handle


def _read(value: str) -> tuple[Aim, int, Aim]:
    """What is listed, which page of it, and what the act is about."""
    card, page, share, aim = (*value.split(":", 3), "", "", "")[:4]
    return *place_of(f"{card}:{page}:{share}"), Aim.read(aim)


_PAGES = ("storm.alerts", "storm.next", "storm.back", "storm.share")
ACTIONS = (
    *(ActionHandler(each, show, opens_modal=True, loading_title=TITLE, in_place=True) for each in _PAGES),
    *(
        ActionHandler(f"storm.{name}", _act(each), opens_modal=True, loading_title=TITLE, in_place=True)
        for name, each in AT_ONCE.items()
    ),
)
