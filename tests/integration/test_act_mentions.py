"""Acts by command and by mention over real sockets: the whole way from Slack's payload to the database and back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import handlers
from bot.blocks.phrase import SLACK
from bot.sandbox.slack import PretendSlack
from bot.slack.colleagues import SlackColleagues
from bot.slack.http import HttpIntake
from bot.slack.listener import Listener
from bot.slack.people import People
from bot.slack.sign_in import sign_in
from bot.slack.socket_mode import SocketIntake
from bot.store.deliveries import Deliveries
from bot.store.people import Profiles
from bot.wiring import answers
from tests.night import CHANNEL, Night, night
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
        await listener.finish(10)
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
