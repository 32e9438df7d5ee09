"""Direct messages about what people took and snoozed, with the real store and the pretend Slack."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Act, AlertStatus, CardKind, Person
from bot.sandbox.slack import Message
from tests.night import CHANNEL, MIA, NOAH, Night, machine, night


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Night]:
    async with night(tmp_path) as running:
        yield running


async def failing(watch: Night, machines: int = 1) -> None:
    """So many failures are told."""
    await watch.begins()
    for number in range(machines):
        watch.happens("error", ago=0.5, **({} if machines == 1 else machine(f"SRV-{number}")))
    await watch.poll()
    await watch.deliver()


async def recovers(watch: Night, machines: int = 1) -> None:
    for number in range(machines):
        watch.happens("ok", ago=0.01, took=0.1, **({} if machines == 1 else machine(f"SRV-{number}")))
    await watch.poll()
    await watch.later(seconds=10)


def told(watch: Night, person: Person) -> list[Message]:
    return watch.slack.posts(person.id)


def first_lines(watch: Night, person: Person) -> list[str]:
    return [each.text.split("\n")[0] for each in told(watch, person)]


def thread(watch: Night) -> list[str]:
    return [each.text for each in watch.slack.posts(CHANNEL) if each.thread_ts]


async def test_who_snoozed_is_told_once_before_a_snooze_ends_with_the_row(watch: Night) -> None:
    await failing(watch)
    await watch.act(Act.SNOOZE, until=watch.clock.now() + timedelta(hours=2))
    await watch.reviewed(minutes=104)
    assert told(watch, MIA) == []
    await watch.reviewed(minutes=2)
    (message,) = told(watch, MIA)
    assert message.text.startswith("Your snooze of SRV-SQL01, Acme Corp ends ")
    assert "and it still fails." in message.text
    assert {"alert.release", "alert.take"} & {each["action_id"] for each in message.blocks[-1]["elements"]}
    await watch.reviewed(minutes=2)
    await watch.reviewed(minutes=15)
    assert len(told(watch, MIA)) == 1


async def test_a_snooze_over_a_storm_is_warned_of_once(watch: Night) -> None:
    await failing(watch, 8)
    storm = max(card.id for card in await watch.cards_of(CardKind.STORM))
    await watch.act(Act.TAKE, NOAH, on=f"s{storm}")
    await watch.act(Act.SNOOZE, on=f"s{storm}", until=watch.clock.now() + timedelta(hours=1))
    await watch.reviewed(minutes=46)
    (line,) = first_lines(watch, MIA)
    assert line.startswith("Your snooze of 8 alerts ends ")
    assert line.endswith(", and they still fail.")
    (other,) = first_lines(watch, NOAH)
    assert other.startswith("Mia’s snooze of 8 alerts ends ")


async def test_an_owner_who_lets_it_rest_is_asked_and_without_an_answer_has_it_no_longer(watch: Night) -> None:
    await failing(watch)
    await watch.act(Act.TAKE)
    await watch.reviewed(hours=2, minutes=1)
    (asked,) = told(watch, MIA)
    assert asked.text.startswith("You have SRV-SQL01, Acme Corp since ")
    assert "and nothing changed for 2 h. Still yours?" in asked.text
    labels = [each["text"]["text"] for each in asked.blocks[-1]["elements"]]
    assert labels == ["Still mine", "Release"]
    await watch.reviewed(minutes=31)
    assert first_lines(watch, MIA)[1].startswith("You no longer have SRV-SQL01, Acme Corp: no answer for 30 min.")
    assert (await watch.alert(1)).triage.owner is None
    assert any("did not answer" in line for line in thread(watch))


async def test_whoever_answers_is_asked_again_later(watch: Night) -> None:
    await failing(watch)
    await watch.act(Act.TAKE)
    await watch.reviewed(hours=2, minutes=1)
    assert (await watch.act(Act.TAKE)).is_done
    await watch.reviewed(minutes=31)
    assert len(told(watch, MIA)) == 1
    await watch.reviewed(minutes=100)
    assert len(told(watch, MIA)) == 2


async def test_recovery_reaches_who_took_and_who_snoozed(watch: Night) -> None:
    await failing(watch)
    await watch.act(Act.TAKE)
    await watch.act(Act.SNOOZE, NOAH, until=watch.clock.now() + timedelta(hours=2))
    await recovers(watch)
    for person in (MIA, NOAH):
        (line,) = first_lines(watch, person)
        assert line.startswith("Recovered: SRV-SQL01, Acme Corp. Failed for ")


async def test_nobody_hears_of_their_own_act(watch: Night) -> None:
    await failing(watch)
    await watch.act(Act.TAKE)
    await watch.act(Act.SNOOZE, NOAH, until=watch.clock.now() + timedelta(hours=2))
    await watch.act(Act.RESOLVE, NOAH, text="Replaced the disk")
    await watch.later(seconds=10)
    assert told(watch, NOAH) == []
    assert first_lines(watch, MIA)[0].startswith("Resolved: SRV-SQL01, Acme Corp.")
    assert "Resolved by Noah: Replaced the disk." in told(watch, MIA)[0].text


async def test_a_storm_that_one_person_took_is_told_of_when_it_is_over(watch: Night) -> None:
    await failing(watch, 8)
    storm = max(card.id for card in await watch.cards_of(CardKind.STORM))
    await watch.act(Act.TAKE, on=f"s{storm}")
    await recovers(watch, 7)
    assert told(watch, MIA) == []
    await recovers(watch, 8)
    assert first_lines(watch, MIA) == ["Over: all of 8 alerts that you had."]


async def test_who_is_handed_an_alert_hears_by_whom(watch: Night) -> None:
    await failing(watch)
    await watch.act(Act.TAKE, to=NOAH, key="k")
    await watch.act(Act.TAKE, to=NOAH, key="k")
    await watch.later(seconds=10)
    assert told(watch, MIA) == []
    (line,) = first_lines(watch, NOAH)
    assert line.startswith("Handed to you by Mia: SRV-SQL01, Acme Corp. Backup storage is full.")


@pytest.mark.parametrize("code", ["user_not_found", "account_inactive", "messages_tab_disabled", "channel_not_found"])
async def test_a_person_who_cannot_be_reached_is_tried_once_and_the_thread_says_so(watch: Night, code: str) -> None:
    await failing(watch)
    watch.slack.fault("error", "chat.postMessage", times=50, channel=NOAH.id, error=code)
    await watch.act(Act.TAKE, to=NOAH)
    await watch.later(seconds=10)
    await watch.later(seconds=10)
    assert thread(watch) == ["Taken by Noah, handed over by Mia.", "U0NOAH could not be told by direct message."]
    for _ in range(5):
        await watch.reviewed(minutes=20)
    assert watch.calls("chat.postMessage", NOAH.id) == 1
    assert not watch.slack.posts("C0FALLBACK")


async def test_a_message_is_no_card_of_its_alert(watch: Night) -> None:
    """`why` links none, it is not edited, and what the channel is to be shown does not change."""
    await failing(watch)
    await watch.act(Act.TAKE, NOAH, to=MIA)
    await watch.later(seconds=10)
    watch.happens("error", ago=0.01, took=0.1)
    await watch.poll()
    await watch.later(seconds=10)
    reasons = await watch.reasons()
    assert reasons is not None
    assert {card.channel for card in reasons.cards} == {CHANNEL}
    assert watch.calls("chat.update", MIA.id) == 0
    assert len(told(watch, MIA)) == 1
    assert (await watch.alert(1)).status is AlertStatus.OPEN
    assert len(watch.cards_ever) == 1


async def test_what_is_no_longer_so_is_not_sent(watch: Night) -> None:
    """Slack could not be reached when the owner was asked, and meanwhile it was released."""
    await failing(watch)
    await watch.act(Act.TAKE)
    watch.clock.ahead += timedelta(hours=2, minutes=1)
    await watch.review()
    await watch.act(Act.RELEASE)
    await watch.later(seconds=10)
    assert told(watch, MIA) == []
