"""The straight path: what fails at Acronis becomes one card in Slack, and the card says how it ended."""

import pytest

from bot.store.leases import Lease
from tests.builders import task
from tests.night import CHANNEL, MINUTE, Night, machine

pytestmark = pytest.mark.both_databases


async def test_a_failure_is_one_card_and_its_recovery_an_edit_and_one_line(watch: Night) -> None:
    await watch.begins()
    watch.happens("error", ago=0.5)
    await watch.poll()
    await watch.deliver()
    (card,) = watch.cards
    assert card.text.splitlines()[0].startswith("Backup failed: SRV-SQL01, Acme Corp. Backup storage is full.")
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.later(seconds=5)
    (card,) = watch.cards
    assert (card.text.startswith("Recovered"), card.edits) == (True, 1)
    assert len(watch.slack.replies(CHANNEL, card.ts)) == 1


async def test_a_failure_polled_twice_is_posted_once(watch: Night) -> None:
    await watch.begins()
    watch.happens("error", ago=0.5)
    for _ in range(3):
        await watch.poll()
        await watch.deliver()
    (card,) = watch.cards
    assert card.edits == 0


async def test_a_first_start_posts_one_summary_and_no_cards(watch: Night) -> None:
    watch.happens("error", ago=60, **machine("SRV-OLD"))
    watch.happens("error", ago=50, **machine("SRV-HEALED"))
    watch.happens("ok", ago=40, **machine("SRV-HEALED"))
    await watch.begins()
    (summary,) = watch.slack.shown(CHANNEL)
    assert "SRV-OLD" in summary.text
    assert "SRV-HEALED" not in summary.text


async def test_the_summary_follows_what_it_shows(watch: Night) -> None:
    watch.happens("error", ago=60, **machine("SRV-OLD"))
    await watch.begins()
    watch.happens("ok", ago=0.1, took=0.2, **machine("SRV-OLD"))
    await watch.poll()
    await watch.later(seconds=5)
    (summary,) = watch.slack.shown(CHANNEL)
    assert summary.edits == 1


async def test_what_heals_within_one_poll_is_not_posted(watch: Night) -> None:
    await watch.begins()
    watch.happens("error", ago=0.9)
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.deliver()
    assert watch.cards == []


async def test_the_thread_hears_of_a_recovery_when_the_card_says_so_and_not_before(watch: Night) -> None:
    """Edits of one card are 3 s apart; a line that overtook the edit would contradict its card."""
    await watch.begins()
    watch.happens("error", ago=0.5)
    await watch.poll()
    await watch.deliver()
    watch.happens("ok", ago=0.1, took=0.2)
    await watch.poll()
    await watch.deliver()
    (card,) = watch.cards
    assert (card.edits, watch.slack.replies(CHANNEL, card.ts)) == (0, [])
    await watch.later(seconds=5)
    assert (card.edits, len(watch.slack.replies(CHANNEL, card.ts))) == (1, 1)


async def test_a_sweep_sends_nothing_that_a_poll_may_yet_find_healed(watch: Night) -> None:
    await watch.begins()
    now = watch.clock.now()
    poll = Lease("default", "default", "a poll that still reads", MINUTE)
    await watch.recorder.leases.take(poll, now)
    failed = task(account="default", code="error", completed_at=now, updated_at=now)
    await watch.recorder.record(poll, [failed], None, now, now + MINUTE / 2)
    await watch.sweep()
    await watch.deliver()
    assert watch.cards == []
    await watch.later(seconds=31)
    assert len(watch.cards) == 1
