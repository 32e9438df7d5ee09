"""Publishes the app's Home tab, and remembers who looked at theirs. It must not know what it shows.

    looks (app_home_opened)  published at once
    presses a button in it   published at once, where it says something else then
    something changes        `jobs/home.py` has it drawn anew for those who looked within the last hour

One person's Homes are drawn and published one after the other, so that no older one takes the place of a newer one.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import notes
from bot.errors import AccessDenied, SlackError
from bot.model import Home
from bot.slack.answering import Answering
from bot.slack.failures import WENT_WRONG, Failure, failure_of
from bot.slack.people import Asker
from bot.slack.requests import HomeOpened, Sender
from bot.slack.views import home_view
from bot.slack.web_api import call

log = structlog.get_logger(__name__)

SHOWN_MEANWHILE = "hash_conflict"
"""Slack's word where another Home was published since the one that `hash` is of."""
LOOKED_SECONDS = 3_600.0
"""For so long after a look a Home is drawn anew when something changes."""
MOST_VIEWERS = 500
"""So many people are remembered; who looked longest ago is forgotten first, and gets a new Home with the next look."""


class HomeTab:
    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def publish(self, user_id: str, home: Home, *, hash: str = "") -> None:  # noqa: A002 - Slack's name
        """Shows `home` to one person. `hash` is that of the Home it takes the place of. Raises `SlackError`."""
        known = {"hash": hash} if hash else {}
        await call(self._client.views_publish(user_id=user_id, view=home_view(home), **known), self._client.timeout)


@dataclass(slots=True, eq=False)
class Viewer:
    """Who looked at their Home, and when it was drawn last, both in seconds of the monotonic clock.

    `digest` is of what is shown, "" where that is not known; `version` says which changes it has seen.
    """

    sender: Sender
    looked_at: float
    drawn_at: float = 0.0
    digest: str = ""
    version: int = -1
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Homes:
    """`version` is raised where Homes say something else than before. `seconds` is a clock that never goes back."""

    def __init__(self, answering: Answering, tab: HomeTab, seconds: Callable[[], float] = time.monotonic) -> None:
        self._answering = answering
        self._tab = tab
        self._viewers: dict[str, Viewer] = {}
        self.seconds = seconds
        self.version = 0

    def viewers(self) -> Sequence[Viewer]:
        """Those who looked within the last hour. The others are forgotten."""
        since = self.seconds() - LOOKED_SECONDS
        self._viewers = {user: each for user, each in self._viewers.items() if each.looked_at > since}
        return list(self._viewers.values())

    def change(self) -> None:
        """Something may have changed."""
        self._answering.services.overviews.change()

    async def has_news(self) -> bool:
        """Whether Homes may say something else than when this was asked last. Raises StoreUnavailable."""
        return await self._answering.services.overviews.has_news()

    async def open(self, opened: HomeOpened) -> None:
        """Draws it for who looks. A Home that was published meanwhile is newer than ours. Raises `SlackError`."""
        if self._answering.handlers.home is None:
            return
        viewer = self._looks(opened.sender)
        async with viewer.turn:
            home = await self._draw_or_say_why(viewer)
            try:
                await self._publish(viewer, home, hash=opened.hash)
            except SlackError as error:
                if error.code == SHOWN_MEANWHILE:
                    return
                failure = Failure(WENT_WRONG, failure_of(error).reference)
                await self._publish(viewer, notes.failed_home(failure.text))

    async def refresh(self, sender: Sender, *, always: bool = False) -> None:
        """After a press in it. `always`: a menu shows what was chosen until it is drawn anew, whatever came of it.

        What went wrong is only logged: the press was answered.
        """
        if self._answering.handlers.home is None:
            return
        viewer = self._looks(sender)
        viewer.digest = "" if always else viewer.digest
        try:
            await self.redraw(viewer)
        except SlackError as error:
            log.warning("a home was not drawn anew", code=error.code)
        except Exception:  # the top of a press, once it is answered
            log.exception("a home cannot be drawn")

    async def redraw(self, viewer: Viewer) -> bool:
        """Whether it says something else, and was published. Raises `SlackError`, and what drawing raises.

        Who may not see it any more is told so, and forgotten.
        """
        async with viewer.turn:
            version = self.version
            try:
                home = await self._draw(viewer)
            except AccessDenied as denied:
                self._forget(viewer)
                home = notes.failed_home(denied.told)
            is_other = not home.digest or home.digest != viewer.digest
            if is_other:
                await self._publish(viewer, home)
            viewer.version = version
        return is_other

    def _looks(self, sender: Sender) -> Viewer:
        """Who looked last stands last."""
        now = self.seconds()
        viewer = self._viewers.pop(sender.user_id, None) or Viewer(sender, now)
        viewer.sender, viewer.looked_at = sender, now
        self._viewers[sender.user_id] = viewer
        while len(self._viewers) > MOST_VIEWERS:
            del self._viewers[next(iter(self._viewers))]
        return viewer

    def _forget(self, viewer: Viewer) -> None:
        self._viewers.pop(viewer.sender.user_id, None)

    async def _draw(self, viewer: Viewer) -> Home:
        answering = self._answering
        assert answering.handlers.home is not None  # noqa: S101  nobody looks where nothing is drawn
        asker = Asker(viewer.sender, answering.home, answering.people, answering.services.zone)
        return await answering.handlers.home.handle(await asker.admitted(), answering.services)

    async def _draw_or_say_why(self, viewer: Viewer) -> Home:
        viewer.version = self.version
        try:
            return await self._draw(viewer)
        except AccessDenied as denied:
            self._forget(viewer)
            return notes.failed_home(failure_of(denied).text)
        except Exception as error:  # noqa: BLE001 - the tab must say something
            viewer.version = -1  # with the next change it may be drawn
            return notes.failed_home(failure_of(error).text)

    async def _publish(self, viewer: Viewer, home: Home, *, hash: str = "") -> None:  # noqa: A002 - Slack's name
        viewer.drawn_at, viewer.digest = self.seconds(), ""
        await self._tab.publish(viewer.sender.user_id, home, hash=hash)
        viewer.digest = home.digest
