"""The faults, one function each: what falls upon the bot, and what it takes for it to matter.

Each may let the script's next event happen, so that the fault meets something. It leaves a bot running; what it ordered
from the servers may go on until the recovery.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random

from aiohttp import web

from tests.chaos.scene import READING, Scene
from tests.chaos.script import FAULTS
from tests.night import CHANNEL

Fault = Callable[[Scene, Random], Awaitable[None]]
GUEST = "U0GUEST"
POST, EDIT = "chat.postMessage", "chat.update"


async def acronis_500(scene: Scene, dice: Random) -> None:
    scene.here.acronis.fault(dice.choice(("500", "503", "reset")), count=dice.randint(1, 6))
    scene.go_on()


async def acronis_429(scene: Scene, dice: Random) -> None:
    scene.here.acronis.fault("429", count=dice.randint(1, 3), retry_after=1, as_date=dice.random() < 0.5)
    scene.go_on()


async def acronis_away(scene: Scene, dice: Random) -> None:
    scene.here.acronis.outage(mode=dice.choice(("502", "503", "reset")))
    scene.go_on()
    await asyncio.sleep(dice.uniform(1.0, 3.0))
    scene.here.acronis.outage(on=False)


async def acronis_slow(scene: Scene, dice: Random) -> None:
    scene.here.acronis.slow(dice.uniform(0.1, 0.5))
    scene.go_on()
    await asyncio.sleep(dice.uniform(0.5, 1.0))
    scene.here.acronis.slow(0)


async def acronis_garbage(scene: Scene, dice: Random) -> None:
    scene.here.acronis.fault("garbage", count=dice.randint(1, 2))
    scene.go_on()


async def malformed_item(scene: Scene, dice: Random) -> None:
    scene.here.acronis.malformed(count=dice.randint(1, 4))
    scene.go_on()


async def poisonous_item(scene: Scene, dice: Random) -> None:
    """What no reader of JSON takes stands in a field that the bot does not read."""
    digits, depth = "7" * 5_000, dice.randint(300, 2_000)
    scene.here.acronis.poison(dice.choice((digits, "[" * depth + "]" * depth)), count=dice.randint(1, 4))
    scene.go_on()


async def page_repeated(scene: Scene, _: Random) -> None:
    scene.here.acronis.settings(end="repeat")
    scene.go_on()
    await asyncio.sleep(1.0)
    scene.here.acronis.settings(end="missing")


async def row_moved(scene: Scene, _: Random) -> None:
    """Between a poll's first and second page a run of the first one moves to the end, and all behind it move up."""
    acronis = scene.here.acronis
    first = acronis.hold()["hold"]
    scene.go_on()
    scene.go_on()
    if await scene.caught(acronis.caught(first)):
        second = acronis.hold()["hold"]
        acronis.release(first)
        await scene.caught(acronis.caught(second))
        scene.touch()
    acronis.release()


async def future_stamp(scene: Scene, dice: Random) -> None:
    scene.here.acronis.future(seconds=3600, result=dice.choice(("ok", "ok")))
    scene.go_on(stamped_ahead=timedelta(hours=1))


async def slack_429(scene: Scene, dice: Random) -> None:
    scene.here.slack.fault("ratelimited", dice.choice((POST, EDIT)), times=dice.randint(1, 2), seconds=1)
    scene.go_on()


async def slack_429_of_years(scene: Scene, dice: Random) -> None:
    """It counts for an hour, then one post tries."""
    seconds = dice.choice((999_999, 10**9, 10**15))
    slack = scene.here.slack
    slack.fault("ratelimited", dice.choice((POST, EDIT)), times=1, seconds=seconds)
    scene.go_on()
    await asyncio.sleep(dice.uniform(1.0, 3.0))
    slack.clear_faults()  # whoever met it waits
    await scene.pass_time(timedelta(minutes=61))


async def slack_500(scene: Scene, dice: Random) -> None:
    scene.here.slack.fault("http", dice.choice((POST, EDIT)), status=dice.choice((500, 502, 503)))
    scene.go_on()


async def slack_500_for_minutes(scene: Scene, dice: Random) -> None:
    """Nothing is posted or edited, and history can be read."""
    status = dice.choice((500, 502, 503))
    for method in (POST, EDIT):
        scene.here.slack.fault("http", method, times=None, status=status)
    scene.go_on()
    await asyncio.sleep(dice.uniform(0.5, 2.0))
    await scene.pass_time(timedelta(minutes=dice.randint(2, 20)))
    scene.go_on()
    await asyncio.sleep(dice.uniform(0.5, 2.0))
    scene.here.slack.clear_faults()


async def slack_internal_error(scene: Scene, dice: Random) -> None:
    scene.here.slack.fault("error", dice.choice((POST, EDIT)), error=dice.choice(("internal_error", "fatal_error")))
    scene.go_on()


async def slack_late(scene: Scene, dice: Random) -> None:
    """Accepted, and no answer ever comes."""
    scene.here.slack.fault("late", dice.choice((POST, POST, EDIT)))
    scene.go_on()


async def slack_reset_after(scene: Scene, dice: Random) -> None:
    scene.here.slack.fault("reset_after", dice.choice((POST, POST, EDIT)))
    scene.go_on()


async def slack_reset_before(scene: Scene, dice: Random) -> None:
    scene.here.slack.fault("reset_before", dice.choice((POST, POST, EDIT)))
    scene.go_on()


async def slack_refused(scene: Scene, dice: Random) -> None:
    """Nobody listens on Slack's port for a while, and the connections that there were are gone."""
    runner = scene.here.slack_server.runner
    port = scene.here.slack_server.port
    for site in list(runner.sites):
        await site.stop()
    for connection in list(runner.server.connections if runner.server else ()):
        connection.force_close()
    scene.go_on()
    await asyncio.sleep(dice.uniform(0.5, 2.0))
    await web.TCPSite(runner, "127.0.0.1", port).start()


async def killed_between(scene: Scene, dice: Random) -> None:
    """At any moment."""
    scene.go_on()
    await asyncio.sleep(dice.uniform(0.0, 1.5))
    await scene.kill()
    await scene.start()


async def killed_polling(scene: Scene, dice: Random) -> None:
    """A page was asked for, or has just been answered."""
    hold = scene.here.acronis.hold()["hold"]
    scene.go_on()
    await scene.caught(scene.here.acronis.caught(hold))
    if dice.random() < 0.5:
        scene.here.acronis.release()
        await asyncio.sleep(dice.uniform(0.0, 0.1))
    await scene.kill(doing=READING)
    scene.here.acronis.release()
    await scene.start()


async def killed_posting(scene: Scene, dice: Random) -> None:
    await _killed_while(scene, POST, dice)


async def killed_editing(scene: Scene, dice: Random) -> None:
    await _killed_while(scene, EDIT, dice)


async def _killed_while(scene: Scene, method: str, dice: Random) -> None:
    """While a call is on its way, or after Slack accepted it, or just after the bot heard so."""
    held = scene.here.slack.hold(method, dice.choice(("before", "after")))
    scene.go_on()
    caught = await scene.held(lambda: held.held)
    if caught and dice.random() < 0.3:
        scene.here.slack.release()
        await asyncio.sleep(dice.uniform(0.0, 0.02))
    await scene.kill(doing=f"channel {CHANNEL}")
    scene.here.slack.release()
    await scene.start()


async def stopped(scene: Scene, dice: Random) -> None:
    """SIGSTOP in the midst of a poll until its lease ran out and another process has it; then SIGCONT."""
    hold = scene.here.acronis.hold()["hold"]
    scene.go_on()
    await scene.caught(scene.here.acronis.caught(hold))
    if dice.random() < 0.5:
        scene.here.acronis.release()
        await asyncio.sleep(dice.uniform(0.0, 0.05))
    async with scene.stopped(dice):
        scene.here.acronis.release()


async def disk_full(scene: Scene, dice: Random) -> None:
    """No file may grow for a while, the database's neither."""
    with scene.full_disk():
        scene.go_on()
        await asyncio.sleep(dice.uniform(1.0, 3.0))


async def file_locked(scene: Scene, dice: Random) -> None:
    """Another program writes in the database for a while."""
    with scene.locked_database():
        scene.go_on()
        await asyncio.sleep(dice.uniform(1.0, 3.0))


async def guest(scene: Scene, dice: Random) -> None:
    """A guest asks while Slack does not say who is who, and is answered nothing."""
    slack = scene.here.slack
    slack.fault(dice.choice(("ratelimited", "http")), "users.info", times=3)
    before = len(slack.whispers(GUEST))
    for pause in (0.2, 1.0, 3.0):  # a bot that has just started takes no question yet
        if (await slack.command(GUEST, CHANNEL, "all")).acked:
            break
        await asyncio.sleep(pause)
    scene.go_on()
    await scene.here.seen(lambda: len(slack.whispers(GUEST)) > before)
    assert all("SRV-" not in message.text for message in slack.whispers(GUEST))


async def clock_jump(scene: Scene, _: Random) -> None:
    """The machine's clock goes an hour ahead of everybody else's, and the bot is started again."""
    scene.bot_ahead += timedelta(hours=1)
    scene.go_on()
    await scene.restart()


async def clock_back(scene: Scene, dice: Random) -> None:
    """The machine's clock goes an hour back, and the bot is started again."""
    scene.bot_ahead -= timedelta(hours=1)
    scene.go_on()
    await asyncio.sleep(dice.uniform(0.0, 1.0))
    await scene.restart()


async def clock_step(scene: Scene, dice: Random) -> None:
    """The machine's clock is set while the bot runs, forward or back, and some polls later set right."""
    await _set_for_a_while(scene, timedelta(seconds=dice.choice((120, 3600, -120, -3600))), dice)


async def clock_months_off(scene: Scene, dice: Random) -> None:
    """The same by months: long enough for all that is open to be old."""
    await _set_for_a_while(scene, timedelta(days=dice.choice((200, -200))), dice)


async def _set_for_a_while(scene: Scene, ahead: timedelta, dice: Random) -> None:
    scene.set_clock(ahead)
    scene.go_on()
    await asyncio.sleep(dice.uniform(1.0, 3.0))
    scene.set_clock(timedelta())
    scene.go_on()


BY_NAME: dict[str, Fault] = {name: globals()[name] for name in FAULTS}
