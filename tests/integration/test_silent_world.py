"""A night in the pretend Acronis's whole world, with every job of the bot: what does not start, waits or is gone."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot import wiring
from bot.model import Ending
from tests.night import Night, night


class World:
    """All jobs over one world."""

    def __init__(self, running: Night) -> None:
        self.night = running
        (self._plans,) = wiring.plan_readings(running.settings, [running.client], running.database)
        self._rhythms = wiring.rhythms(running.settings, running.database)

    async def later(self, minutes: float) -> None:
        watch = self.night
        watch.clock.ahead += timedelta(minutes=minutes)
        watch.acronis.now(offset=watch.clock.ahead.total_seconds())
        await self._plans.run()
        await watch.poll()
        await self._rhythms.run()
        await watch.review()
        await watch.deliver()

    async def until(self, hour: int, step: float = 60) -> None:
        """In steps of so many minutes, to this hour of the next day at the latest."""
        while self.night.clock.now().hour != hour:
            await self.later(step)

    async def silent(self) -> Counter[tuple[str, str]]:
        """What is open of silence, and whose it is."""
        codes = ("missed", "never ran", "stuck", "waits for a person", "vanished", "agent offline")
        found = await self.night.open_alerts()
        return Counter((each.latest.code, each.latest.name) for each in found if each.latest.code in codes)


async def test_a_night_of_the_whole_world_tells_what_is_silent_and_nothing_else(tmp_path: Path) -> None:
    async with night(tmp_path, world="living") as watch:
        watch.follow(replace(watch.settings.routing, targets=()), by_rhythm=True)
        await watch.begins()
        world = World(watch)
        await world.until(19)
        before = await world.silent()
        watch.acronis.agent("SRV-FILE01")
        watch.acronis.skip("SRV-DC01", "Nightly servers")
        watch.acronis.delete_workload("SRV-SQL02")
        await world.later(30)
        await world.until(23, step=15)  # plans are read as often
        told = {
            ("agent offline", "SRV-FILE01"): 1,
            ("missed", "SRV-DC01"): 1,
            ("vanished", "SRV-SQL02"): 1,
        }
        assert await world.silent() - before == Counter(told)
        card = next(each for each in watch.cards if "issed: SRV-DC01" in each.text)
        assert "Acronis says too that it did not start." in card.text
        watch.acronis.agent("SRV-FILE01", online=True)
        await world.later(30)
        assert ("agent offline", "SRV-FILE01") not in await world.silent()
        offline = next(each for each in await watch.alerts() if each.latest.code == "agent offline")
        assert offline.ending is Ending.BACK
