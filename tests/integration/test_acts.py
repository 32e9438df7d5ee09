"""What people do about alerts, with the real store and the pretend Slack: committed first, then shown, and kept."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import wiring
from bot.alerting.triage import Outcome
from bot.blocks.frame import Frame
from bot.blocks.history import history_answer
from bot.model import (
    Act,
    AlertStatus,
    AuditQuery,
    Basis,
    CardKind,
    Ending,
    Grant,
    History,
    Kind,
    Person,
    Resource,
    Role,
    SnoozeEnd,
    Tenant,
)
from bot.services import Access, Acting
from bot.store.alerts.acts import Acts
from bot.store.alerts.queries import AlertBook
from bot.store.audit import Audit
from tests.builders import task
from tests.night import CHANNEL, MIA, NOAH, Night, machine, night

FRAME = Frame("History of SRV-SQL01", MIA)


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Night]:
    async with night(tmp_path) as running:
        yield running


async def failing(watch: Night) -> None:
    """One failure is told."""
    await watch.fails()
    await watch.deliver()


def thread(watch: Night) -> list[str]:
    """What stands in the threads of the alert channel, and of it what the channel sees too."""
    return [each.text for each in watch.slack.posts(CHANNEL) if each.thread_ts]


async def audited(watch: Night) -> list[tuple[str, str, str]]:
    """Who did what, and why it was refused, oldest first."""
    page = await Audit(watch.database).find(AuditQuery(), 0, 100)
    return [(each.attempt.user_id, each.attempt.act.value, each.attempt.refused) for each in reversed(page.entries)]


async def test_who_takes_it_has_it_and_the_thread_says_so_once_without_a_mention(watch: Night) -> None:
    await failing(watch)
    result = await watch.act(Act.TAKE, key="k1")
    again = await watch.act(Act.TAKE, key="k1")
    await watch.later(seconds=10)
    assert (result.is_done, again.is_repeated) == (True, True)
    assert thread(watch) == ["Taken by Mia."]
    assert await audited(watch) == [("U0MIA", "take", "")]
    alert = await watch.alert(1)
    assert alert.triage.owner is not None
    assert alert.triage.owner.who == "U0MIA"


async def test_of_fifty_who_press_at_once_one_has_it_and_all_hear_who(watch: Night) -> None:
    await failing(watch)
    people = [Person(f"U0P{number:02}", "T0SANDBOX", MIA.zone, name=f"P{number}") for number in range(50)]
    results = await asyncio.gather(*(watch.act(Act.TAKE, each, key=each.id) for each in people))
    outcomes = [result.done[0].outcome for result in results]
    assert (outcomes.count(Outcome.DONE), outcomes.count(Outcome.OTHERS)) == (1, 49)
    owners = {result.done[0].after.triage.owner for result in results}
    assert len(owners) == 1
    assert len(await audited(watch)) == 50


async def test_a_taken_alert_is_not_raised_again_until_it_is_released(watch: Night) -> None:
    await critical(watch)
    await watch.act(Act.TAKE)
    await watch.reviewed(minutes=45)
    assert not [line for line in thread(watch) if "still failing" in line]
    await watch.act(Act.RELEASE)
    await watch.reviewed(minutes=20)
    assert not [line for line in thread(watch) if "still failing" in line]
    await watch.reviewed(minutes=11)
    assert len([line for line in thread(watch) if "still failing" in line]) == 1


async def critical(watch: Night) -> None:
    """Three failures in a row."""
    await watch.begins()
    watch.happens("ok", ago=60.0)
    for ago in (3.0, 2.0, 1.0):
        watch.happens("error", ago=ago)
    await watch.poll()
    await watch.deliver()


async def test_a_snooze_ends_by_itself_and_what_still_fails_is_raised_again(watch: Night) -> None:
    await critical(watch)
    await watch.act(Act.SNOOZE, until=watch.clock.now() + timedelta(hours=2))
    await watch.reviewed(minutes=119)
    assert len(thread(watch)) == 1
    await watch.reviewed(minutes=2)
    woken = thread(watch)[1]
    assert "still failing" in woken
    assert woken.endswith("The snooze is over.\n<!subteam^S0ONCALL>")
    await watch.reviewed(minutes=1)
    assert len(thread(watch)) == 2


async def test_another_error_breaks_through_a_snooze(watch: Night) -> None:
    await failing(watch)
    await watch.act(Act.SNOOZE, end=SnoozeEnd.RECOVERY)
    other = {"domain": "Storage", "code": "Other", "context": {"cause_str": "The disk is broken."}}
    watch.happens("error", ago=0.1, result={"code": "error", "error": other})
    await watch.poll()
    await watch.later(seconds=10)
    (woken,) = (line for line in thread(watch) if line.endswith("It failed with another error."))
    assert re.match(r"Still failing for 3\d s: SRV-SQL01, Acme Corp\. The disk is broken\.", woken)  # time goes on
    assert any(line.startswith("Snoozed by Mia until it recovers, at the latest ") for line in thread(watch))
    assert (await watch.alert(1)).triage.snooze is None


async def test_recovery_ends_what_is_snoozed_and_taken(watch: Night) -> None:
    await failing(watch)
    await watch.act(Act.TAKE)
    await watch.act(Act.SNOOZE, NOAH, until=watch.clock.now() + timedelta(hours=2))
    watch.happens("ok", ago=0.01, took=0.1)
    await watch.poll()
    await watch.later(seconds=10)
    assert (await watch.alert(1)).ending is Ending.RECOVERED
    assert thread(watch)[-1].startswith("Recovered")


async def test_resolved_by_hand_opens_again_with_the_next_failure_and_for_ten_minutes_by_undo(watch: Night) -> None:
    await failing(watch)
    await watch.act(Act.RESOLVE, text="Replaced the disk")
    await watch.later(seconds=10)
    assert "Resolved by Mia: Replaced the disk." in thread(watch)[0]
    assert (await watch.act(Act.UNDO, NOAH)).is_done
    assert (await watch.alert(1)).is_open
    await watch.act(Act.RESOLVE, text="Replaced it really")
    await watch.later(seconds=10)
    assert len([line for line in thread(watch) if line.startswith("Resolved")]) == 2
    await watch.reviewed(minutes=11)
    assert (await watch.act(Act.UNDO)).done[0].outcome is Outcome.TOO_LATE
    watch.happens("error", ago=0.01, took=0.1)
    await watch.poll()
    second = await watch.alert(2)
    assert (second.is_open, second.previous_id) == (True, 1)
    assert (await watch.act(Act.UNDO)).done[0].outcome is Outcome.TOO_LATE


async def test_what_failed_again_since_cannot_be_undone(watch: Night) -> None:
    await failing(watch)
    await watch.act(Act.RESOLVE, text="Done")
    watch.happens("error", ago=0.01, took=0.1)
    await watch.poll()
    assert (await watch.act(Act.UNDO)).done[0].outcome is Outcome.FOLLOWED
    assert (await watch.alert(1)).status is AlertStatus.RESOLVED


async def test_a_note_is_kept_with_the_workload_and_shown_with_its_next_alert(watch: Night) -> None:
    await failing(watch)
    await watch.act(Act.NOTE, text="Hardware is ordered")
    await watch.act(Act.RESOLVE, text="Done")
    watch.happens("error", ago=0.01, took=0.1)
    await watch.poll()
    await watch.later(seconds=10)
    (view,) = [view for view in await watch.views() if view.alert.id == 2]
    assert [note.text for note in view.notes] == ["Hardware is ordered"]


async def test_a_storm_is_taken_as_a_whole_with_one_line(watch: Night) -> None:
    await watch.begins()
    for number in range(8):
        watch.happens("error", ago=0.5, **machine(f"SRV-{number}"))
    await watch.poll()
    await watch.deliver()
    storm = max(card.id for card in await watch.cards_of(CardKind.STORM))
    result = await watch.act(Act.TAKE, on=f"s{storm}")
    await watch.later(seconds=10)
    assert len(result.done) == 8
    assert thread(watch) == ["Taken by Mia (8 alerts)."]
    assert all(alert.triage.owner for alert in await watch.open_alerts())


async def test_an_act_that_is_not_allowed_changes_nothing_and_is_written_down(watch: Night) -> None:
    await failing(watch)
    grants = (Grant(Role.VIEWER, frozenset({"U0NOAH"})),)
    acts, audit = Acts(watch.database, watch.rules, watch.settings.routing), Audit(watch.database)
    watch.acting = Acting(acts, audit, Access(grants), watch.clock, lambda: None)
    result = await watch.act(Act.TAKE, NOAH)
    assert result.refused.startswith("Only a responder may take alerts, and you are a viewer")
    assert (await watch.alert(1)).triage.is_untouched
    (line,) = await audited(watch)
    assert line == ("U0NOAH", "take", result.refused)


async def test_what_does_not_exist_is_said(watch: Night) -> None:
    await watch.begins()
    for aim in ("99", "s99", "nonsense", "s99:t00112233"):
        assert (await watch.act(Act.TAKE, on=aim)).done == ()


async def test_notes_stand_in_the_details_and_in_the_history_of_their_workload(watch: Night) -> None:
    await failing(watch)
    await watch.act(Act.NOTE, text="Hardware is ordered")
    other = replace(task(), name="SRV-DC01", resource=Resource("id-of-SRV-DC01", "machine", "SRV-DC01"))
    book = AlertBook(watch.database, wiring.questions(watch.settings, watch.database))
    (alert,) = await watch.alerts()
    same = replace(task(), account=alert.latest.account, tenant=alert.latest.tenant, resource=alert.latest.resource)
    assert [note.text for note in await book.notes_of(same)] == ["Hardware is ordered"]
    assert await book.notes_of(other) == ()
    history = History(alert.latest.account, alert.latest.tenant, "SRV-SQL01", "Nightly", Kind.BACKUP, ())
    elsewhere = replace(history, tenant=Tenant("999", name="Another"))
    found = await book.notes_on([history, elsewhere])
    assert ([note.text for note in found[history]], found[elsewhere]) == (["Hardware is ordered"], ())
    assert "Hardware is ordered" in history_answer((history,), Basis(watch.clock.now()), FRAME, found).text
