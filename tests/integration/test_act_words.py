"""Acts said in words, with the real store, the pretend Acronis and the pretend Slack."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import handlers
from bot.blocks.phrase import SLACK
from bot.language import parse
from bot.model import (
    Act,
    AlertStatus,
    AuditQuery,
    Grant,
    Message,
    Person,
    Press,
    Role,
    SnoozeEnd,
    Whence,
)
from bot.services import Services
from bot.slack.colleagues import SlackColleagues
from bot.slack.people import People
from bot.slack.sign_in import sign_in
from bot.store.audit import Audit
from bot.store.people import Profiles
from bot.wiring import answers
from tests.night import CHANNEL, MIA, NOAH, Night, machine

KNOWN = handlers.load()
BOUND = "C0GENERAL"


async def services(watch: Night) -> Services:
    verbs = [each.verb for each in KNOWN.verbs.values()]
    health = answers.health(watch.settings, watch.database, watch.vitals, ())
    profiles = Profiles(watch.database)
    people = People(watch.web, profiles, watch.clock)
    watch.ends.append(people.close)  # it writes down whom it met, beside the answers
    colleagues = SlackColleagues(people, profiles, await sign_in(watch.web), watch.settings.zone)
    return answers.services(watch.settings, watch.database, (), verbs, SLACK, health, colleagues=colleagues)


async def say(
    watch: Night, text: str, person: Person = MIA, *, thread: str = "", channel: str = CHANNEL, **people: str
) -> Message:
    """What a command, or a mention in a thread, is answered."""
    given = await services(watch)
    invocation = parse(text, watch.clock.now(), person.zone, given.verbs)
    whence = Whence(channel, thread, via="mention" if thread else "command")
    named = {f"@{name}": user_id for name, user_id in people.items()}
    return await KNOWN.verbs[invocation.verb].handle(replace(invocation, whence=whence, people=named), person, given)


def buttons(shown: Message) -> list[tuple[str, str]]:
    """Action and value of each."""
    found: list[dict[str, Any]] = []
    for block in shown.blocks:
        found += [each for each in (block.get("accessory"), *block.get("elements", ())) if each]
    return [(each["action_id"], each["value"]) for each in found if "action_id" in each]


async def press(watch: Night, value: str, person: Person = MIA, *, action: str = "act.say") -> Message:
    shown = await KNOWN.actions[action].handle(
        Press(action, value, Whence(CHANNEL, via="button")), person, await services(watch)
    )
    assert isinstance(shown, Message)
    return shown


async def failing(watch: Night, *machines: str) -> None:
    """One failure of each machine is told; the first is alert 1."""
    await watch.begins()
    for name in machines:
        watch.happens("error", ago=0.5, **machine(name))
        await watch.poll()
    await watch.deliver()


async def owner(watch: Night, number: int = 1) -> str:
    found = (await watch.alert(number)).triage.owner
    return found.who if found else ""


async def snoozed(watch: Night, number: int = 1) -> Any:
    return (await watch.alert(number)).triage.snooze


# ── which alert ──


@pytest.mark.parametrize(
    "text", ["take 1", "ack #1", "take alert 1", "take SRV-SQL01", "take “srv–sql01”", "take sql01"]
)
async def test_an_alert_is_taken_by_its_number_or_its_name(watch: Night, text: str) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL")
    await say(watch, text)
    assert (await owner(watch, 1), await owner(watch, 2)) == ("U0MIA", "")


async def test_a_name_that_fits_several_offers_each_and_a_button_does_it(watch: Night) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL")
    shown = await say(watch, "snooze srv 2h")
    assert shown.text.startswith("“srv” fits 2 open alerts. Which one?")
    values = [value for action, value in buttons(shown) if action == "act.say"]
    assert [value.split(" until ")[0] for value in values] == ["snooze #1", "snooze #2"]
    assert await snoozed(watch, 1) is None
    assert (await press(watch, values[1])).replaces
    assert (await snoozed(watch, 2)).by == "U0MIA"
    assert await snoozed(watch, 1) is None


async def test_a_long_note_to_several_is_given_back_whole(watch: Night) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL")
    said = " ".join(["disk"] * 590)
    shown = await say(watch, f"note srv: {said}")
    assert said in json.dumps([*shown.blocks])
    assert [action for action, _ in buttons(shown)] == ["alert.why", "alert.why"]


async def test_a_name_that_nobody_has_offers_only_what_is_near(watch: Night) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL")
    shown = await say(watch, "note SRV-SQ01 disk ordered")
    assert shown.text.startswith("No open alert is of “SRV-SQ01”. Did you mean “SRV-SQL01”?")
    assert buttons(shown) == [("act.say", "note #1 disk ordered")]
    far = await say(watch, "note zebra disk ordered")
    assert buttons(far) == []
    assert "You typed: note zebra disk ordered" in far.text


async def test_a_number_that_is_none_is_a_sentence_and_the_text_comes_back(watch: Night) -> None:
    await failing(watch, "SRV-SQL01")
    for text in ("take 99", "note 99 disk ordered", "snooze 99 2h", "resolve #99 because x"):
        shown = await say(watch, text)
        assert shown.text.startswith("There is no alert 99.")
        assert text in shown.text


async def test_without_a_name_what_can_be_taken_is_offered(watch: Night) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL")
    await say(watch, "take 2")
    assert buttons(await say(watch, "take")) == [("act.say", "take #1")]
    assert buttons(await say(watch, "release")) == [("act.say", "release #2")]
    assert (await say(watch, "release", NOAH)).text.startswith("You have taken no open alert")
    assert (await say(watch, "wake")).text.startswith("No open alert is snoozed, so there is none to wake.")


# ── in a thread ──


async def test_in_a_cards_thread_nothing_names_the_alert(watch: Night) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL")
    (first, second) = watch.cards
    assert "SRV-SQL01" in first.text
    await say(watch, "take", NOAH, thread=second.ts)
    await say(watch, "note disk ordered", thread=second.ts)
    await say(watch, "snooze until it recovers", thread=second.ts)
    alert = await watch.alert(2)
    assert alert.triage.owner is not None
    assert alert.triage.noted_at is not None
    assert alert.triage.snooze is not None
    assert alert.triage.snooze.end is SnoozeEnd.RECOVERY
    assert (await watch.alert(1)).triage.is_untouched
    await say(watch, "resolve replaced the disk", thread=second.ts)
    ended = await watch.alert(2)
    assert ended.status is AlertStatus.RESOLVED
    assert ended.resolution is not None
    assert ended.resolution.reason == "replaced the disk"


async def test_in_a_thread_another_alert_may_be_named(watch: Night) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL")
    await say(watch, "take #1", thread=watch.cards[1].ts)
    assert (await owner(watch, 1), await owner(watch, 2)) == ("U0MIA", "")


async def test_in_a_thread_that_is_no_cards_the_alert_is_asked_for(watch: Night) -> None:
    await failing(watch, "SRV-SQL01")
    assert buttons(await say(watch, "take", thread="1700000000.000100")) == [("act.say", "take #1")]


@pytest.mark.parametrize("text", ["ack it", "take this", "mute that"])
async def test_a_word_that_points_is_no_part_of_a_machines_name(watch: Night, text: str) -> None:
    await failing(watch, "PC-SMITH-THIS-THAT")
    await say(watch, text)
    assert (await watch.alert(1)).triage.is_untouched


async def test_signs_behind_a_number_are_no_part_of_a_name(watch: Night) -> None:
    await failing(watch, "SRV-SQL01", "VM-00001")
    await say(watch, "ack 1?")
    assert (await owner(watch, 1), await owner(watch, 2)) == ("U0MIA", "")
    await say(watch, "resolve 1! disk replaced")
    resolution = (await watch.alert(1)).resolution
    assert resolution is not None
    assert resolution.reason == "disk replaced"


async def test_in_a_storms_thread_all_of_it_is_taken(watch: Night) -> None:
    await watch.begins()
    for number in range(30):
        watch.happens("error", ago=0.5, **machine(f"SRV-{number:02}"))
    await watch.poll()
    await watch.deliver()
    storm = next(card for card in watch.cards if card.text.startswith("Storm of 30 alerts"))
    await say(watch, "take", thread=storm.ts)
    assert {await owner(watch, number) for number in range(1, 31)} == {"U0MIA"}


# ── what is missing, too long or past ──


async def test_a_snooze_without_an_end_asks_with_buttons_that_do_it(watch: Night) -> None:
    await failing(watch, "SRV-SQL01")
    shown = await say(watch, "silence SRV-SQL01")
    assert "Snooze alert 1 until when?" in shown.text.split("\n")[0]
    offered = [
        ("act.say", "snooze #1 2h"),
        ("act.say.2", "snooze #1 until 08:00"),
        ("act.say.3", "snooze #1 until next run"),
        ("act.say.4", "snooze #1 until it recovers"),
    ]
    assert buttons(shown) == offered
    await press(watch, offered[3][1], action=offered[3][0])
    assert (await snoozed(watch)).end is SnoozeEnd.RECOVERY


async def test_a_remark_beside_an_act_is_a_note_that_the_workload_keeps(watch: Night) -> None:
    await failing(watch, "SRV-SQL01")
    taken = await say(watch, "ack 1 customer informed & asleep")
    assert taken.text.endswith("Noted: customer informed &amp; asleep")
    await say(watch, "snooze 1 2h because the disk comes at nine", NOAH)
    await watch.later(minutes=1)
    (card,) = watch.cards
    assert "the disk comes at nine" in json.dumps(card.blocks)
    lines = [each.text for each in watch.slack.posts(CHANNEL) if each.thread_ts == card.ts]
    assert [line.partition(": ")[2] for line in lines] == ["customer informed &amp; asleep.", "the disk comes at nine."]
    assert (await watch.alert(1)).triage.noted_at is None  # when the snooze is over, it is as if none was written
    again = await say(watch, "ack 1 customer informed")
    assert again.text.endswith("You typed: customer informed")


async def test_a_remark_goes_with_the_end_of_a_snooze_that_is_chosen(watch: Night) -> None:
    await failing(watch, "SRV-SQL01")
    shown = await say(watch, "snooze 1 till lunchtimeish because the disk comes")
    assert buttons(shown)[0][1] == "snooze #1 2h because the disk comes"
    await press(watch, buttons(shown)[0][1])
    assert (await snoozed(watch)) is not None
    long = "disk " * 500
    shown = await say(watch, f"snooze 1 because {long}")
    assert buttons(shown)[0][1] == "snooze #1 2h"
    assert long.strip() in json.dumps(shown.blocks)


async def test_a_resolution_needs_a_reason(watch: Night) -> None:
    await failing(watch, "SRV-SQL01")
    shown = await say(watch, "close 1")
    assert shown.text.startswith("What is the reason that alert 1 is over?")
    assert buttons(shown) == [("alert.resolve", "1")]
    assert (await watch.alert(1)).is_open


@pytest.mark.parametrize("verb", ["note 1", "resolve 1 because"])
async def test_three_thousand_characters_are_written_and_more_are_given_back(watch: Night, verb: str) -> None:
    await failing(watch, "SRV-SQL01")
    said = ("disk " * 700)[:3_000] + "x"
    assert len(said) == 3_001
    shown = await say(watch, f"{verb} {said}")
    assert shown.text.startswith("That is 3,001 characters")
    assert said in json.dumps([*shown.blocks])
    assert (await watch.alert(1)).triage.is_untouched
    await say(watch, f"{verb} {said[1:]}")
    assert not (await watch.alert(1)).triage.is_untouched or not (await watch.alert(1)).is_open


async def test_an_end_that_is_past_changes_nothing(watch: Night) -> None:
    await failing(watch, "SRV-SQL01")
    for text in (
        "snooze 1 until yesterday",
        "snooze 1 20 days",
        "snooze 1 banana",
        "snooze 1 2 or 3 hours",
        "snooze 1 2",
    ):
        shown = await say(watch, text)
        assert "Snooze alert 1 until when?" in shown.text  # why it is none, and the ends that are
        assert "Snooze alert 1 until when?" in json.dumps(shown.blocks)
    assert await snoozed(watch) is None


# ── to whom ──


async def test_an_alert_is_handed_to_the_person_who_was_mentioned(watch: Night) -> None:
    await failing(watch, "SRV-SQL01")
    await say(watch, "take 1 for @noah", noah="U0NOAH")
    found = (await watch.alert(1)).triage.owner
    assert found is not None
    assert (found.who, found.name) == ("U0NOAH", "noah")


async def test_a_typed_name_is_looked_up_among_those_who_are_known(watch: Night) -> None:
    await failing(watch, "SRV-SQL01")
    unsure = await say(watch, "take 1 for @asha")
    assert unsure.text.startswith("I do not know for sure who “@asha” is.")
    people = People(watch.web, Profiles(watch.database), watch.clock)
    await people.look_up("U0ASHA")
    await people.close()
    await say(watch, "take 1 for @asha")
    assert await owner(watch) == "U0ASHA"


@pytest.mark.parametrize(
    ("user_id", "told"),
    [
        ("U0GUEST", "is a guest"),
        ("U0OTHER", "another workspace"),
        ("U0GONE", "switched off"),
        ("U0ROBOT", "is a bot"),
        ("U0STRANGER", "not known to Slack as a member"),
        ("U0NOBODY", "not known to Slack as a member"),
    ],
)
async def test_only_full_members_are_handed_an_alert(watch: Night, user_id: str, told: str) -> None:
    await failing(watch, "SRV-SQL01")
    shown = await say(watch, "take 1 for @them", them=user_id)
    assert told in shown.text
    assert "<@" not in shown.text
    assert await owner(watch) == ""


async def test_who_may_not_act_is_handed_nothing_and_the_audit_says_so(watch: Night) -> None:
    await failing(watch, "SRV-SQL01")
    watch.settings = replace(watch.settings, grants=(Grant(Role.VIEWER, frozenset({"U0NOAH"})),))
    shown = await say(watch, "take 1 for @noah", noah="U0NOAH")
    assert "not handed over" in shown.text
    assert await owner(watch) == ""
    page = await Audit(watch.database).find(AuditQuery(), 0, 10)
    assert [(each.attempt.act, each.attempt.to_id, bool(each.attempt.refused)) for each in page.entries] == [
        (Act.TAKE, "U0NOAH", True)
    ]


# ── roles and bound channels ──


async def test_a_viewer_hears_who_may_before_anything_is_asked_back(watch: Night) -> None:
    await failing(watch, "SRV-SQL01")
    watch.settings = replace(watch.settings, grants=(Grant(Role.VIEWER, frozenset({"U0MIA"})),))
    for text in ("take 1", "snooze 1", "note 1", "resolve 1 because x"):
        assert "you are a viewer" in (await say(watch, text)).text


async def test_in_a_channel_bound_to_tenants_no_other_alert_is_named_or_acted_on(watch: Night) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL")
    routing = replace(watch.settings.routing, bound={BOUND: frozenset({"Beta GmbH"})})
    watch.follow(routing)
    for text in ("take 1", "take sql01", "take srv", "note srv x", "take", "snooze 1"):
        shown = await say(watch, text, channel=BOUND)
        assert "SRV-" not in shown.text, text
        assert buttons(shown) == []
        assert await owner(watch) == ""
    assert "SRV-" not in (await say(watch, "handover", channel=BOUND)).text
    await say(watch, "take 1")
    assert "SRV-" not in (await say(watch, "mine", channel=BOUND)).text
    assert "SRV-" in (await say(watch, "mine")).text


# ── forged and old presses ──


@pytest.mark.parametrize("value", ["", "alerts", "take", "cancel 1", "help", "x" * 2_000, "snooze 1 until yesterday"])
async def test_a_forged_press_does_nothing(watch: Night, value: str) -> None:
    await failing(watch, "SRV-SQL01")
    await press(watch, value)
    assert (await watch.alert(1)).triage.is_untouched


async def test_a_press_after_the_alert_ended_is_told(watch: Night) -> None:
    await failing(watch, "SRV-SQL01")
    watch.happens("ok", ago=0.1, took=0.2, **machine("SRV-SQL01"))
    await watch.poll()
    assert not (await watch.alert(1)).is_open
    assert (await press(watch, "snooze #1 2h")).text
    assert await snoozed(watch) is None


# ── lists ──


async def test_mine_is_what_i_took_and_snoozed_the_oldest_first(watch: Night) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL", "SRV-DC01", "SRV-WEB01")
    assert (await say(watch, "mine")).text.startswith(
        "You have taken no open alert, and snoozed none; 4 alerts are open"
    )
    await say(watch, "take 3")
    await say(watch, "snooze 1 2h")
    await say(watch, "take 2", NOAH)
    shown = await say(watch, "mine")
    assert shown.text.startswith("2 open alerts of yours: 1 taken, 1 snoozed")
    assert "SRV-MAIL" not in shown.text
    assert shown.text.index("SRV-SQL01") < shown.text.index("SRV-DC01")
    assert ("act.do", "release #3") in buttons(shown)
    assert ("act.do.2", "wake #1") in buttons(shown)
    assert not (await press(watch, "release #3", action="act.do")).replaces
    assert await owner(watch, 3) == ""


async def test_alerts_are_asked_for_by_what_was_done_about_them(watch: Night) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL", "SRV-DC01")
    await say(watch, "take 1")
    await say(watch, "snooze 2 2h", NOAH)
    expected = {
        "alerts taken": {"SRV-SQL01"},
        "taken": {"SRV-SQL01"},
        "alerts mine": {"SRV-SQL01"},
        "alerts snoozed": {"SRV-MAIL"},
        "alerts untouched": {"SRV-DC01"},
        "alerts not snoozed": {"SRV-SQL01", "SRV-DC01"},
        "alerts taken or snoozed": {"SRV-SQL01", "SRV-MAIL"},
        "alerts untouched machine srv-dc*": {"SRV-DC01"},
    }
    for text, names in expected.items():
        shown = (await say(watch, text)).text
        assert {name for name in ("SRV-SQL01", "SRV-MAIL", "SRV-DC01") if f"of {name}" in shown} == names, text
    assert (await say(watch, "alerts mine", NOAH)).text.startswith("1 alert open: ")
    await say(watch, "wake 2")
    assert (await say(watch, "alerts snoozed")).text.startswith("None fits; 3 are open")


async def test_a_handover_says_all_that_the_next_shift_has_to_know(watch: Night) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL", "SRV-DC01", "SRV-WEB01", "SRV-OLD")
    await say(watch, "take 2", NOAH)
    await say(watch, "snooze 3 until it recovers")
    await say(watch, "note 1 disk ordered, comes Friday")
    await say(watch, "resolve 4 because plan was wrong")
    watch.happens("ok", ago=0.1, took=0.2, **machine("SRV-OLD"))
    await watch.poll()
    shown = await say(watch, "handover")
    first, *_ = shown.text.splitlines()
    assert first.startswith("3 alerts open, 1 taken, 1 snoozed, 1 healed: Handover since ")
    for words in (
        "TAKEN by Noah",
        "SNOOZED until it recovers, at the latest",
        "disk ordered, comes Friday",
        "plan was wrong",
    ):
        assert words in shown.text
    assert "Recovered" in shown.text[shown.text.index("Healed by itself") :]
    assert "<@" not in shown.text
    assert {action for action, _ in buttons(shown)} >= {"answer.share", "answer.direct"}
    watch.clock.ahead += timedelta(hours=13)
    later = await say(watch, "handover")
    assert "disk ordered" not in later.text
    assert "TAKEN by Noah" in later.text
    assert "disk ordered" in (await say(watch, "handover since yesterday")).text
    ended = (await say(watch, "handover yesterday")).text
    assert ended.endswith("A handover goes up to now. The end that you named was left out.")


@pytest.mark.parametrize(
    ("plain", "text"),
    [
        ("alerts", "oldest alerts"),
        ("alerts", "alerts first 3"),
        ("alerts", "alerts longer than 2h"),
        ("overview", "overview longest 5"),
        ("overview", "overview longer than 2h"),
    ],
)
async def test_an_order_that_changes_nothing_is_answered_and_said(watch: Night, plain: str, text: str) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL")
    expected, said = (await say(watch, plain)).text, (await say(watch, text)).text
    assert said.split("\n")[:2] == expected.split("\n")[:2]
    assert said.endswith("that you named was left out.")


async def test_a_handover_of_many_counts_what_it_leaves_out(watch: Night) -> None:
    await failing(watch, *(f"SRV-{number:02}" for number in range(20)))
    shown = await say(watch, "handover")
    assert "Open, nobody has it: 20" in shown.text
    assert "8 more with /tasks alerts not taken not snoozed" in shown.text


@pytest.mark.parametrize(
    "text", ["snooze everything", "take all", "mute all for 2h", "resolve everything because it rains"]
)
async def test_an_act_on_everything_offers_each_and_says_that_one_is_named_at_a_time(watch: Night, text: str) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL")
    shown = await say(watch, text)
    assert shown.text.startswith("Alerts are named one by one")
    assert sorted(value.split()[1] for action, value in buttons(shown) if action == "act.say") == ["#1", "#2"]


async def test_what_tired_people_type_acts(watch: Night) -> None:
    await failing(watch, "SRV-SQL01", "SRV-MAIL")
    await say(watch, "looking at 1", NOAH)
    await say(watch, "2: disk ordered")
    assert (await owner(watch, 1), (await watch.alert(2)).triage.noted_at is None) == ("U0NOAH", False)
    shown = await say(watch, "fixed", thread=watch.cards[0].ts)
    assert "What is the reason" in shown.text
    assert "not taken\nIn all 2 alerts are open" in (await say(watch, "nobody has")).text  # it has a note
    assert (await say(watch, "1")).text
