"""Acts by command and by mention over real sockets: the whole way from Slack's payload to the database and back."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

import handlers
from bot.blocks.phrase import SLACK
from bot.model import AuditQuery
from bot.sandbox.slack import PretendSlack
from bot.slack.colleagues import SlackColleagues
from bot.slack.http import HttpIntake
from bot.slack.listener import Listener
from bot.slack.people import People
from bot.slack.sign_in import sign_in
from bot.slack.socket_mode import SocketIntake
from bot.store.audit import Audit
from bot.store.deliveries import Deliveries
from bot.store.people import Profiles
from bot.wiring import answers
from tests.night import CHANNEL, Night, night
from tests.patience import PATIENCE
from tests.slack_house import SECRET, TRANSPORTS, Fit, loaded


@asynccontextmanager
async def answered(watch: Night, transport: str) -> AsyncIterator[PretendSlack]:
    """The night with somebody to answer."""
    known, identity, profiles = handlers.load(), await sign_in(watch.web), Profiles(watch.database)
    people = People(watch.web, profiles, watch.clock)
    health = answers.health(watch.settings, watch.database, watch.vitals, ())
    services = answers.services(
        watch.settings,
        watch.database,
        (),
        [each.verb for each in known.verbs.values()],
        SLACK,
        health,
        colleagues=SlackColleagues(people, profiles, identity, watch.settings.zone),
    )
    listener = Listener(
        client=watch.web,
        signing_secret=SECRET if transport == "http" else None,
        identity=identity,
        handlers=known,
        services=services,
        people=people,
        taken=Deliveries(watch.database),
    )
    intake: HttpIntake | SocketIntake
    if transport == "http":
        intake = HttpIntake(loaded(listener.app), "127.0.0.1", 0, Fit(), secret=SECRET)
    else:
        intake = SocketIntake(loaded(listener.app), "xapp-sandbox", watch.web)
    await intake.open()
    watch.slack.set_request_url(
        f"http://127.0.0.1:{intake.port}/slack/events" if isinstance(intake, HttpIntake) else ""
    )
    try:
        yield watch.slack
    finally:
        await listener.finish(PATIENCE)
        await intake.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_command_hands_an_alert_over_and_a_repetition_acts_once(tmp_path: Path, transport: str) -> None:
    async with night(tmp_path) as watch:
        await watch.fails()
        await watch.deliver()
        async with answered(watch, transport) as slack:
            await slack.command("U0MIA", CHANNEL, "take 1 for @noah", twice=True)
        owner = (await watch.alert(1)).triage.owner
        assert owner is not None
        assert owner.who == "U0NOAH"
        assert len(watch.slack.whispers("U0MIA", CHANNEL)) == 1
        await watch.later(seconds=10)
        assert [each.text for each in slack.posts(CHANNEL) if each.thread_ts] == ["Taken by noah, handed over by mia."]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_mention_in_a_cards_thread_acts_on_its_alert(tmp_path: Path, transport: str) -> None:
    async with night(tmp_path) as watch:
        await watch.fails()
        await watch.deliver()
        (card,) = watch.cards
        async with answered(watch, transport) as slack:
            await slack.mention(
                "U0NOAH", CHANNEL, "@nightshift note disk <ordered> at acme.com & paid", thread_ts=card.ts
            )
        assert (await watch.alert(1)).triage.noted_at is not None
        await watch.later(seconds=10)
        assert any("disk" in each.text and "acme.com" in each.text for each in slack.posts(CHANNEL) if each.thread_ts)


@pytest.mark.parametrize("words", ["take 1", "snooze 1 2h", "resolve 1 because it is fine", "note 1 x", "audit"])
@pytest.mark.parametrize("who", ["U0GUEST", "U0OTHER"])
async def test_nobody_acts_before_slack_has_said_who_they_are(tmp_path: Path, words: str, who: str) -> None:
    """A guest looks like a member in the payload."""
    async with night(tmp_path) as watch:
        await watch.fails()
        await watch.deliver()
        before = await watch.alert(1)
        async with answered(watch, "socket") as slack:
            slack.fault("late", "users.info", seconds=1.3, times=None)
            await slack.command(who, CHANNEL, words, team="T0SANDBOX")
            await slack.mention(who, CHANNEL, f"@nightshift {words}")
        assert await watch.alert(1) == before
        assert not (await Audit(watch.database).find(AuditQuery(), 0, 10)).entries
        assert all("members" in each.text for each in slack.whispers(who, CHANNEL))


@pytest.mark.parametrize(
    "words", ["resolve 1 because we changed the disk", "note 1 disk ordered <b>", "take 1 over please"]
)
async def test_what_was_typed_is_given_back_where_it_could_not_be_done(tmp_path: Path, words: str) -> None:
    async with night(tmp_path) as watch:
        await watch.fails()
        await watch.deliver()
        async with answered(watch, "socket") as slack:
            with closing(sqlite3.connect(tmp_path / "night.sqlite3")) as connection:
                connection.execute("ALTER TABLE audit RENAME TO lost")
            await slack.command("U0MIA", CHANNEL, words)
        (said,) = slack.whispers("U0MIA", CHANNEL)
        assert words.replace("<", "&lt;").replace(">", "&gt;") in said.text
