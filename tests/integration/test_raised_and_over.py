"""An alert that became critical and ended before anybody was told so."""

from pathlib import Path

from tests.night import night


async def test_what_is_over_is_not_said_to_be_critical_and_rings_nobody(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.happens("error", ago=4)
        await tonight.poll()
        await tonight.deliver()
        tonight.happens("error", ago=3)
        tonight.happens("error", ago=2)
        await tonight.poll()  # the third in a row: critical
        tonight.happens("ok", ago=1)
        await tonight.poll()
        await tonight.later(seconds=4)
        (card,) = tonight.cards_ever
        said = tonight.slack.replies("C0ALERTS", card.ts)
        assert [line.text.split()[0] for line in said] == ["Recovered"]
        assert not any(line.broadcast for line in said)
