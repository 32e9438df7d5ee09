"""Questions about alerts, over the real copy: what a person sees is what the night recorded."""

import handlers
from bot import wiring
from bot.blocks.phrase import SLACK
from bot.language import parse
from bot.model import Message, Modal, Person, Press
from bot.services import Services
from tests.night import CHANNEL, Night, machine
from tests.unit.test_blocks_severity import UTC_ZONE

MIA = Person("U0MIA", "T1", UTC_ZONE)
KNOWN = handlers.load()


def services(running: Night) -> Services:
    """With no account to ask."""
    verbs = [each.verb for each in KNOWN.verbs.values()]
    health = wiring.health(running.settings, running.database, running.vitals, ("channels:history",))
    return wiring.services(running.settings, running.database, (), verbs, SLACK, health)


async def ask(running: Night, text: str) -> Message:
    given = services(running)
    invocation = parse(text, running.clock.now(), UTC_ZONE, given.verbs)
    return await KNOWN.verbs[invocation.verb].handle(invocation, MIA, given)


async def tap(running: Night, action: str, value: str) -> Modal:
    shown = await KNOWN.actions[action].handle(Press(action, value), MIA, services(running))
    assert isinstance(shown, Modal)
    return shown


async def test_what_fails_is_open_until_it_ends(watch: Night) -> None:
    await watch.begins()
    assert (await ask(watch, "alerts")).text.startswith("No alert is open: All alerts\n")
    watch.happens("error", ago=0.5)
    watch.happens("error", ago=0.5, **machine("SRV-MAIL"))
    await watch.poll()
    assert (await ask(watch, "alerts")).text.startswith("2 alerts open: All alerts\n")
    shown = await ask(watch, "alerts machine srv-m*")
    assert shown.text.startswith("1 alert open: ")
    assert "SRV-MAIL" in shown.text
    watch.happens("ok", ago=0.1, took=0.2, **machine("SRV-MAIL"))
    await watch.poll()
    assert (await ask(watch, "alerts")).text.startswith("1 alert open: All alerts\n")


async def test_filters_of_tasks_choose_among_alerts(watch: Night) -> None:
    await watch.fails()
    for some in ("failed", "backups", "tenant Acme", "since yesterday", "machines"):
        assert (await ask(watch, f"alerts {some}")).text.startswith("1 alert open: "), some
    for none in ("restores", "tenant Beta", "before yesterday", "google", "not tenant Acme"):
        assert (await ask(watch, f"alerts {none}")).text.startswith("None fits; 1 is open: "), none


async def test_why_tells_what_was_decided_by_number_and_by_task(watch: Night) -> None:
    await watch.begins()
    failed = watch.happens("error", ago=0.5)
    await watch.poll()
    await watch.deliver()
    (card,) = watch.cards
    by_number = await ask(watch, "why 1")
    assert "spoken in C0ALERTS" in by_number.text
    assert f"archives/{CHANNEL}/p{card.ts.replace('.', '')}" in by_number.text
    assert (await ask(watch, f"why {failed['idString']}")).blocks == by_number.blocks
    assert (await tap(watch, "alert.why", "1")).blocks[0] == by_number.blocks[0]


async def test_why_of_a_run_that_opened_no_alert_is_a_sentence(watch: Night) -> None:
    await watch.begins()
    fine = watch.happens("ok", ago=0.5)
    await watch.poll()
    shown = await ask(watch, f"why {fine['idString']}")
    assert shown.text.startswith("Why this run: ")
    assert "nothing is known" not in shown.text


async def test_every_alert_of_a_storm_is_reached_page_by_page(watch: Night) -> None:
    await watch.begins()
    for number in range(60):
        watch.happens("error", ago=0.5, **machine(f"SRV-{number:03}"))
    await watch.poll()
    await watch.deliver()
    storm = next(each for each in watch.slack.shown(CHANNEL) if "storm of" in each.text.casefold())
    buttons = (each for block in storm.blocks for each in block.get("elements", ()) if "action_id" in each)
    button = next(each for each in buttons if each["action_id"] == "storm.alerts")
    seen, action, value = set[str](), button["action_id"], button["value"]
    while value:
        shown = await tap(watch, action, value)
        seen |= {line for number in range(60) if (line := f"SRV-{number:03}") in str(shown.blocks)}
        pages = [each for block in shown.blocks for each in block.get("elements", ()) if "action_id" in each]
        action, value = next(
            ((each["action_id"], each["value"]) for each in pages if each["action_id"] == "storm.next"), ("", "")
        )
    others = {each.text for each in watch.cards if each.ts != storm.ts}
    alone = {f"SRV-{number:03}" for number in range(60) if any(f"SRV-{number:03}" in text for text in others)}
    assert len(seen | alone) == 60


async def test_health_and_readiness_say_the_same_of_a_database_in_trouble(watch: Night) -> None:
    await watch.begins()
    watch.vitals.up()
    for told in ("The database cannot be used: its disk is full.", ""):
        watch.vitals.store_failed(told)
        assert watch.vitals.ready() == told
        assert ("The bot is well" in (await ask(watch, "health")).text) == (not told)
