"""What Acronis may send at its worst leaves an account's alerts going (bot/jobs/poll.py)."""

from pathlib import Path
from typing import Any

import pytest

from tests.night import night


@pytest.mark.parametrize("poison", ["7" * 5000, "[" * 700 + "]" * 700, '{"a":' * 90_000 + "1" + "}" * 90_000, '"\\x"'])
async def test_a_page_with_a_poisonous_item_is_recorded_and_the_checkpoint_moves(tmp_path: Path, poison: str) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        before = await tonight.recorder.checkpoint("default")
        tonight.happens("ok", ago=3, resource={"id": "r-1", "name": "SRV-WEB01"})
        tonight.happens("error", ago=2)
        tonight.acronis.poison(poison, count=5)
        await tonight.poll()
        after = await tonight.recorder.checkpoint("default")
        assert [alert.latest.name for alert in await tonight.open_alerts()] == ["SRV-SQL01"]
        assert before.position is not None
        assert after.position is not None
        assert after.position > before.position
        assert after.read_at != before.read_at


@pytest.mark.parametrize(
    "stamp", ["9999-12-31T23:59:59Z", "99999-01-01T00:00:00Z", "0001-01-02T00:00:00Z", "0002-01-01T00:00:00Z"]
)
@pytest.mark.parametrize("field", ["completedAt", "startedAt", "updatedAt", "enqueuedAt"])
async def test_a_run_with_an_impossible_stamp_is_told(tmp_path: Path, stamp: str, field: str) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        stamped: dict[str, Any] = {field: stamp}
        tonight.happens("error", ago=2, **stamped)
        tonight.happens("error", ago=2, resource={"id": "r-1", "name": "SRV-WEB01"})
        await tonight.poll()
        await tonight.sweep()
        await tonight.reviewed(seconds=10)
        names = {alert.latest.name for alert in await tonight.open_alerts()}
        assert names == {"SRV-SQL01", "SRV-WEB01"}


@pytest.mark.parametrize("kind", ["trickle", "bomb", "html"])
@pytest.mark.parametrize("path", ["/api/task_manager", "/api/2/idp/token"])
async def test_an_answer_without_an_end_costs_one_poll(tmp_path: Path, kind: str, path: str) -> None:
    (tmp_path / "nightshift.toml").write_text("[acronis]\ntotal_seconds = 1.5\nlargest_mib = 8\n")
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.acronis.revoke()
        tonight.acronis.fault(kind, count=1, path=path)
        tonight.happens("error", ago=1)
        await tonight.poll()
        assert await tonight.open_alerts() == []
        await tonight.poll()
        assert len(await tonight.open_alerts()) == 1
