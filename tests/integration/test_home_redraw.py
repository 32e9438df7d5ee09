"""Homes are drawn anew when something changes: soon, seldom, only for those who look, and never for nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from pytest_mock import MockerFixture
from sqlalchemy import event
from structlog.testing import capture_logs

import handlers
from bot import wiring
from bot.jobs.home import AGAIN, AT_MOST_EVERY, LIMITED_FOR, HomeRedraw
from bot.model import Act, Aim, Message, Person, Press
from bot.services import ActionHandler, Handlers, Services
from bot.slack.access import GUEST
from bot.slack.home import LOOKED_SECONDS
from bot.slack.listener import Listener
from bot.slack.people import People
from bot.slack.rate_limits import Pace
from bot.slack.sign_in import sign_in
from bot.slack.socket_mode import SocketIntake
from bot.store.deliveries import Deliveries
from bot.store.people import Profiles
from bot.wiring import answers
from tests.night import MINUTE, Night, machine, night
from tests.slack_house import MIA, loaded

NOAH = "U0NOAH"
SEEN = "views.publish"


async def act(press: Press, person: Person, services: Services) -> Message:
    """As a card's button does."""
    await services.acting.act(Act(press.action.partition(".")[2]), Aim.read(press.value), person, press.whence)
    return Message("")


class Desk:
    """A night with people who look at their Homes. `later` moves the seconds that the Homes go by."""

    def __init__(self, night_: Night, listener: Listener, redraw: HomeRedraw) -> None:
        self.night = night_
        self.slack = night_.slack
        self.listener = listener
        self.redraw = redraw
        self.seconds = 1_000.0
        listener.homes.seconds = lambda: self.seconds

    def later(self, seconds: float = AT_MOST_EVERY) -> None:
        self.seconds += seconds

    async def calm(self) -> None:
        while self.listener.busy:
            await self.slack.journal.after(len(self.slack.journal.entries), 0.02)

    async def look(self, user: str = MIA) -> None:
        await self.slack.open_home(user)
        await self.calm()

    async def press(self, action: str, user: str = MIA) -> None:
        await self.slack.tap(user, action=action, view=self.slack.views.homes[user].id)
        await self.calm()

    async def fails(self, name: str = "SRV-SQL01") -> None:
        self.night.happens("error", ago=0.5, **machine(name))
        await self.polled()
        await self.night.deliver()

    async def polled(self) -> None:
        """As the running bot: each poll says that something may have changed."""
        await self.night.poll()
        self.redraw.change()

    def drawn(self, user: str = MIA) -> int:
        """How many Homes the person was shown."""
        home = self.slack.views.homes.get(user)
        return 0 if home is None else len(home.versions)

    def seen(self, user: str = MIA) -> str:
        return str(self.slack.views.homes[user].content["blocks"])

    @property
    def publications(self) -> int:
        return sum(request["method"] == SEEN for request in self.slack.requests)


@asynccontextmanager
async def desk(folder: Path, pace: Pace | None = None) -> AsyncIterator[Desk]:
    """The handlers are the bot's own; its services too, over the night's database."""
    async with night(folder) as running, aiohttp.ClientSession() as session:
        await running.begins()
        known = handlers.load()
        acts = {name: ActionHandler(name, act) for name in ("alert.take", "alert.release")}
        listener = await _listener(running, session, replace(known, actions={**known.actions, **acts}))
        intake = SocketIntake(loaded(listener.app), "xapp-sandbox", wiring.slack_client(running.settings, session))
        await intake.open()
        try:
            yield Desk(running, listener, HomeRedraw(listener.homes, pace))
        finally:
            running.slack.clear_faults()
            await intake.close()
            await listener.finish(2)


async def _listener(running: Night, session: aiohttp.ClientSession, known: Handlers) -> Listener:
    given, database = running.settings, running.database
    slack = wiring.slack_client(given, session)
    identity = await sign_in(slack)
    health = answers.health(given, database, running.vitals, identity.scopes)
    verbs = [each.verb for each in known.verbs.values()]
    return Listener(
        client=slack,
        signing_secret=None,
        identity=identity,
        handlers=known,
        services=answers.services(given, database, [running.client], verbs, identity.url, health),
        people=People(slack, Profiles(database), given.clock),
        taken=Deliveries(database),
    )


# ── when it is drawn ──


async def test_who_opens_it_sees_what_is_so(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.look()
        assert "Nothing fails." in here.seen()
        await here.fails()
        await here.look(NOAH)
        assert "1 alert open" in here.seen(NOAH)
        assert "SRV-SQL01" in here.seen(NOAH)


async def test_an_alert_that_comes_is_shown_once_within_the_pace(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.look()
        await here.fails()
        await here.redraw.run()
        assert here.drawn() == 1  # shown a moment ago
        here.later()
        await here.redraw.run()
        assert "1 alert open" in here.seen()
        for _ in range(3):
            here.later()
            await here.redraw.run()
        assert here.drawn() == 2


async def test_what_comes_long_after_the_last_drawing_is_shown_at_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.look()
        here.later(600)
        await here.fails()
        await here.redraw.run()
        assert here.drawn() == 2


async def test_two_changes_within_the_pace_are_one_drawing(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.look()
        here.later()
        await here.fails("SRV-A")
        await here.redraw.run()
        await here.fails("SRV-B")
        await here.redraw.run()
        await here.fails("SRV-C")
        await here.redraw.run()
        assert here.drawn() == 2
        here.later()
        await here.redraw.run()
        assert here.drawn() == 3
        assert "3 alerts open" in here.seen()


async def test_nothing_that_changed_is_nothing_that_is_published(tmp_path: Path) -> None:
    """Polls come through, good runs are counted, time passes."""
    async with desk(tmp_path) as here:
        await here.fails()
        await here.look()
        for minute in range(5):
            here.night.happens("ok", ago=0.1, **machine(f"SRV-{minute}"))
            here.night.clock.ahead += MINUTE
            await here.polled()
            here.later(60)
            await here.redraw.run()
        assert here.publications == 1


async def test_time_alone_reads_nothing_and_publishes_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.look()
        here.redraw.change()
        await here.redraw.run()
        statements: list[str] = []
        reader = here.night.database._backend.reader.sync_engine
        event.listen(reader, "before_cursor_execute", lambda *given: statements.append(given[2]))
        for _ in range(50):
            here.later(60)
            await here.redraw.run()
        assert (here.publications, statements) == (1, [])


async def test_who_looked_an_hour_ago_gets_none(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.look()
        here.later(LOOKED_SECONDS - 1)
        await here.fails("SRV-A")
        await here.redraw.run()
        assert here.drawn() == 2
        here.later(2)
        await here.fails("SRV-B")
        await here.redraw.run()
        assert (here.drawn(), len(here.listener.homes.viewers())) == (2, 0)
        await here.look()
        assert "2 alerts open" in here.seen()


async def test_the_end_of_an_alert_is_shown(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.fails()
        await here.look()
        here.later()
        here.night.happens("ok", ago=0.1, took=0.1, **machine("SRV-SQL01"))
        await here.polled()
        await here.redraw.run()
        assert "Nothing fails." in here.seen()


# ── presses ──


async def test_a_press_in_it_shows_at_once_what_came_of_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.fails()
        await here.look()
        await here.press("alert.take")
        assert "1 taken by you" in here.seen()
        await here.press("alert.release")
        assert "taken by you" not in here.seen()
        assert here.drawn() == 3


async def test_what_one_took_is_shown_to_the_other(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.fails()
        await here.look()
        await here.look(NOAH)
        here.later()
        await here.press("alert.take")
        here.redraw.change()
        await here.redraw.run()
        assert "Taken by " in here.seen(NOAH)
        assert (here.drawn(), here.drawn(NOAH)) == (2, 2)


async def test_a_press_that_changes_nothing_publishes_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.fails()
        for number in range(12):
            await here.fails(f"SRV-{number}")
        await here.look()
        await here.press("home.alerts")
        assert here.publications == 1
        assert "13 alerts" in str(here.slack.views.top(MIA))


# ── what goes wrong ──


async def test_a_rate_limit_is_kept_and_the_home_is_drawn_after_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.look()
        await here.look(NOAH)
        here.later()
        await here.fails()
        here.slack.fault("ratelimited", SEEN, times=2, retry_after="90")
        await here.redraw.run()
        before = here.publications
        here.later(60)
        await here.redraw.run()
        assert (here.publications, here.drawn()) == (before, 1)
        here.later(31)
        await here.redraw.run()
        assert "1 alert open" in here.seen()
        assert "1 alert open" in here.seen(NOAH)


async def test_an_endless_rate_limit_is_cut_short_and_one_without_a_time_is_kept(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.look()
        here.later()
        await here.fails()
        here.slack.fault("ratelimited", SEEN, retry_after="86400")
        await here.redraw.run()
        here.later(301)
        here.slack.fault("ratelimited", SEEN, retry_after="soon")
        await here.redraw.run()
        here.later(LIMITED_FOR + 1)
        await here.redraw.run()
        assert "1 alert open" in here.seen()


@pytest.mark.parametrize("kind", ["http", "error"])
async def test_one_that_slack_does_not_take_is_tried_after_the_pace_and_holds_up_no_other(
    tmp_path: Path, kind: str
) -> None:
    async with desk(tmp_path) as here:
        await here.look()
        here.later(1)
        await here.look(NOAH)
        here.later()
        await here.fails()
        here.slack.fault(kind, SEEN)
        with capture_logs() as logs:
            await here.redraw.run()
            await here.redraw.run()
        assert [each["event"] for each in logs if each["log_level"] == "warning"] == ["a home was not drawn anew"]
        assert [here.drawn(), here.drawn(NOAH)] == [1, 2]
        here.later()
        await here.redraw.run()
        assert [here.drawn(), here.drawn(NOAH)] == [2, 2]


async def test_many_are_drawn_within_slacks_limit_the_oldest_first(tmp_path: Path) -> None:
    async with desk(tmp_path, Pace(60.0, 1.0)) as here:
        await here.look()
        here.later(1)
        await here.look(NOAH)
        here.later()
        await here.fails()
        await here.redraw.run()
        assert [here.drawn(), here.drawn(NOAH)] == [2, 1]
        here.later(1)
        await here.redraw.run()
        assert [here.drawn(), here.drawn(NOAH)] == [2, 2]


async def test_one_run_draws_some_and_the_next_run_the_others(tmp_path: Path, mocker: MockerFixture) -> None:
    mocker.patch("bot.jobs.home.IN_A_RUN", 1)
    async with desk(tmp_path) as here:
        await here.look()
        here.later(1)
        await here.look(NOAH)
        here.later()
        await here.fails()
        await here.redraw.run()
        assert [here.drawn(), here.drawn(NOAH)] == [2, 1]
        await here.redraw.run()
        assert [here.drawn(), here.drawn(NOAH)] == [2, 2]


async def test_a_database_that_cannot_be_read_is_asked_seldom_and_then_shown(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.look()
        here.later()
        await here.fails()
        homes, tries = here.listener.homes, list[int]()
        working = homes.has_news

        async def broken() -> bool:
            tries.append(1)
            raise RuntimeError("no database")

        homes.has_news = broken  # type: ignore[method-assign]
        with pytest.raises(RuntimeError):
            await here.redraw.run()
        await here.redraw.run()
        assert tries == [1]
        homes.has_news = working  # type: ignore[method-assign]
        here.later(AGAIN)
        await here.redraw.run()
        assert "1 alert open" in here.seen()


# ── who ──


async def test_who_became_a_guest_is_told_so_and_forgotten(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.look()
        here.later()
        people = here.slack.workspace.people
        people[MIA] = replace(people[MIA], restricted=True)
        here.listener._people._profiles.clear()
        await here.fails()
        await here.redraw.run()
        assert GUEST in here.seen()
        assert "SRV-SQL01" not in here.seen()
        assert here.listener.homes.viewers() == []


async def test_guests_are_not_remembered(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        await here.look("U0GUEST")
        assert GUEST in here.seen("U0GUEST")
        assert here.listener.homes.viewers() == []
