"""What each verb and button asks of its services, and what it shows."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_mock import MockerFixture

import handlers
from bot.alerting.shares import page_of
from bot.errors import AcronisUnavailable, AnswerExpired, NotFound, UsageError
from bot.language import DEFAULT_KINDS, NOBODY, TERMS, last_day, parse
from bot.model import (
    FAILED,
    Aim,
    Answer,
    Basis,
    Details,
    Found,
    History,
    Invocation,
    Kind,
    Listing,
    Message,
    Modal,
    OpenAlerts,
    OpenCount,
    Origin,
    Past,
    PastRun,
    Person,
    Place,
    Press,
    Protected,
    Protection,
    RowFacts,
    Standing,
    Stats,
    Steps,
    Tally,
    Task,
    TaskQuery,
    Tenant,
    TimeField,
    Whence,
    Workload,
)
from bot.services import (
    Acting,
    Alerts,
    FormHandler,
    Handlers,
    Health,
    HomeHandler,
    Running,
    Services,
    Tasks,
    VerbHandler,
)
from tests.builders import NOW, activity, alert, task

MIA = Person("U0123MIA", "T1", ZoneInfo("Europe/Berlin"))
FAILED_TODAY = TaskQuery(kinds=DEFAULT_KINDS, roots_only=True, results=FAILED)


class StandingClock:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def known() -> Handlers:
    return handlers.load()


@pytest.fixture
def tasks(mocker: MockerFixture) -> Any:
    """Tasks that keep any answer, and find what a test tells them to."""
    tasks = mocker.create_autospec(Tasks, instance=True)
    tasks.known_names.return_value = NOBODY

    def keep(
        verb: str, query: TaskQuery, asker: str, as_of: datetime, argument: str = "", *, shown: object = None
    ) -> Answer:
        answer = Answer("answer1", verb, query, asker, as_of, argument)
        tasks.answer.return_value = answer
        return answer

    tasks.keep.side_effect = keep
    tasks.share.side_effect = lambda answer: replace(answer, id="shared-1")
    tasks.row_facts.return_value = RowFacts()
    tasks.posted_card.return_value = 0
    tasks.example_names.return_value = {}
    tasks.settled.side_effect = lambda query: query
    return tasks


@pytest.fixture
def services(tasks: Any, known: Handlers, mocker: MockerFixture) -> Services:
    verbs = tuple(each.verb for each in known.verbs.values())
    console = {"main": "https://eu2-cloud.acronis.com/ui/"}
    alerts = mocker.create_autospec(Alerts, instance=True)
    alerts.count_open.return_value = OpenCount()
    alerts.notes_on.return_value, alerts.notes_of.return_value = {}, ()
    alerts.open_alerts.return_value = OpenAlerts((), 0, 0), Basis(NOW)
    alerts.numbered.return_value = None, Basis(NOW)
    health = mocker.create_autospec(Health, instance=True)
    acting = mocker.create_autospec(Acting, instance=True)
    running = mocker.create_autospec(Running, instance=True)
    others = {"alerts": alerts, "health": health, "acting": acting, "running": running}
    return Services(tasks, StandingClock(), verbs, MIA.zone, console=console, **others)


def listing(*found: Task, **fields: Any) -> Listing:
    return replace(Listing(Found(found, NOW)), **fields)


async def use(known: Handlers, services: Services, verb: str, **fields: Any) -> Message:
    return await known.verbs[verb].handle(replace(Invocation(verb), **fields), MIA, services)


async def press(known: Handlers, services: Services, action: str, value: str = "answer1:1") -> Message:
    shown = await known.actions[action].handle(Press(action, value), MIA, services)
    assert isinstance(shown, Message)
    return shown


def buttons(message: Message) -> list[str]:
    """The action ids of a message, but for those of single rows."""
    elements = [each for block in message.blocks for each in block.get("elements", []) if "action_id" in each]
    return [each["action_id"] for each in elements if each["action_id"].startswith("answer.")]


def test_every_verb_and_button_is_found() -> None:
    known = handlers.load()
    verbs = [
        "about",
        "activities",
        "take",
        "release",
        "snooze",
        "wake",
        "resolve",
        "undo",
        "run",
        "note",
        "retire",
        "alerts",
        "audit",
        "",
        "handover",
        "health",
        "help",
        "history",
        "mine",
        "overview",
        "protected?",
        "show",
        "stats",
        "why",
    ]
    assert list(known.verbs) == verbs
    assert sorted(known.actions) == [
        "act.do",
        "act.do.2",
        "act.say",
        "act.say.2",
        "act.say.3",
        "act.say.4",
        "alert.note",
        "alert.over",
        "alert.release",
        "alert.resolve",
        "alert.run",
        "alert.snooze.hours",
        "alert.snooze.morning",
        "alert.snooze.recovery",
        "alert.snooze.run",
        "alert.snooze.until",
        "alert.take",
        "alert.undo",
        "alert.wake",
        "alert.why",
        "answer.again",
        "answer.back",
        "answer.direct",
        "answer.page",
        "answer.share",
        "home.alerts",
        "home.back",
        "home.next",
        "message.task",
        "shared.back",
        "shared.page",
        "storm.alerts",
        "storm.back",
        "storm.next",
        "storm.over",
        "storm.release",
        "storm.share",
        "storm.snooze.hours",
        "storm.snooze.morning",
        "storm.snooze.recovery",
        "storm.snooze.run",
        "storm.take",
        "storm.undo",
        "storm.wake",
        "task.alike",
        "task.details",
        *(f"tasks.ask{place}" for place in ("", ".2", ".3", ".4", ".5", ".6", ".beside")),
    ]
    assert sorted(each.action for each in known.actions.values() if each.opens_modal) == [
        "alert.note",
        "alert.resolve",
        "alert.run",
        "alert.snooze.until",
        "alert.why",
        "home.alerts",
        "home.back",
        "home.next",
        "message.task",
        "storm.alerts",
        "storm.back",
        "storm.next",
        "storm.over",
        "storm.release",
        "storm.share",
        "storm.snooze.hours",
        "storm.snooze.morning",
        "storm.snooze.recovery",
        "storm.snooze.run",
        "storm.take",
        "storm.undo",
        "storm.wake",
        "task.alike",
        "task.details",
    ]
    assert [each.action for each in known.actions.values() if each.may_open] == ["alert.release"]
    assert sorted(known.forms) == ["note.save", "resolve.save", "run.start", "snooze.save"]


def test_two_handlers_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two handlers claim 'show'"):
        handlers._once((("show", 1), ("show", 2)))


def test_forms_and_the_home_of_a_module_are_found(mocker: MockerFixture) -> None:
    form, home = FormHandler("note.save", mocker.AsyncMock()), HomeHandler(mocker.AsyncMock())
    found = handlers._handlers_of([SimpleNamespace(FORMS=(form,)), SimpleNamespace(HOME=home), SimpleNamespace()])
    assert (found.forms, found.home) == ({"note.save": form}, home)
    assert handlers._handlers_of([]).home is None


def test_two_forms_of_one_name_and_two_homes_are_refused(mocker: MockerFixture) -> None:
    form, home = FormHandler("note.save", mocker.AsyncMock()), HomeHandler(mocker.AsyncMock())
    with pytest.raises(ValueError, match=r"two handlers claim 'note\.save'"):
        handlers._handlers_of([SimpleNamespace(FORMS=(form,)), SimpleNamespace(FORMS=(form,))])
    with pytest.raises(ValueError, match="two handlers claim 'HOME'"):
        handlers._handlers_of([SimpleNamespace(HOME=home), SimpleNamespace(HOME=home)])


# ── lists ──


async def test_what_runs_for_unusually_long_is_marked(known: Handlers, tasks: Any, services: Services) -> None:
    stuck, usual = (task(state="started", started_at=NOW - timedelta(hours=3), name=name) for name in ("A", "B"))
    tasks.listing.return_value = listing(stuck, usual)
    tasks.row_facts.return_value = RowFacts(unusual={stuck.id: timedelta(minutes=42)})
    shown = await use(known, services, "", query=TaskQuery(states=frozenset({"started"})))
    assert shown.text.count("Unusual") == 1
    assert "Unusual: running for 3 h, usually 42 min, 4 times as long" in shown.text


async def test_a_list_is_shown_and_kept_for_its_buttons(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.listing.return_value = listing(task(code="error", name="SRV-SQL01"), hidden=3)
    shown = await use(known, services, "", query=FAILED_TODAY)
    assert "SRV-SQL01" in shown.text
    assert "Failed backups and restores" in shown.text
    assert "3 management tasks" in shown.text
    assert buttons(shown) == ["answer.again", "answer.share", "answer.direct"]
    assert (shown.place, shown.replaces) == (Place.ASKER, False)


async def test_nothing_found_is_an_answer_and_nothing_is_kept(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.listing.return_value = listing(fine=412, newest=NOW)
    shown = await use(known, services, "", query=FAILED_TODAY)
    assert "Nothing" in shown.text
    assert "412" in shown.text
    assert not buttons(shown)
    tasks.keep.assert_not_called()


async def test_where_nothing_runs_the_paused_ones_are_said(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.listing.return_value = listing(paused=2)
    shown = await use(
        known, services, "", query=replace(FAILED_TODAY, results=frozenset(), states=frozenset({"started"}))
    )
    assert "2 more are paused" in shown.text


async def test_the_overview_asks_for_the_last_day(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.overview.return_value = listing(task(code="error"), fine=7, running=2, newest=NOW)
    shown = await use(known, services, "overview")
    tasks.overview.assert_called_once_with(last_day(NOW))
    assert "1 task needs attention" in shown.text
    assert "7 runs ended well" in shown.text
    assert "2 running now" in shown.text
    assert "Backups and restores completed in the last 24 h, or paused now" in shown.text


async def test_what_could_not_all_be_counted_is_a_least_number(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.listing.return_value = tasks.overview.return_value = listing(fine=412, is_least=True, newest=NOW)
    for verb, query in (("", FAILED_TODAY), ("overview", last_day(NOW))):
        assert "At least 412 runs ended well" in (await use(known, services, verb, query=query)).text


async def test_all_activities_are_asked_for_unless_a_kind_is_named(
    known: Handlers, tasks: Any, services: Services
) -> None:
    tasks.activities.return_value = Steps(Found((activity(title="Backing up"),), NOW))
    query = parse("activities since yesterday", NOW, MIA.zone, services.verbs).query
    shown = await use(known, services, "activities", query=query)
    asked = tasks.activities.call_args.args[0]
    assert (asked.kinds, asked.roots_only) == (frozenset(), False)
    assert "All activities started since" in shown.text


async def test_the_activities_of_a_task_are_turned_without_asking_for_it_again(
    known: Handlers, tasks: Any, services: Services
) -> None:
    tasks.activities.return_value = Steps(Found((activity(task_id="12"),), NOW), task(id="12"))
    shown = await use(known, services, "activities", argument="12")
    tasks.activities.assert_called_once_with(TaskQuery(), "12")
    assert "Activities of task 12" in shown.text
    assert (await press(known, services, "answer.page")).replaces
    tasks.activities.assert_called_with(TaskQuery(), "12", answer_id="answer1")
    tasks.details.assert_not_called()


# ── single tasks ──


async def test_a_task_is_shown_in_full(known: Handlers, tasks: Any, services: Services) -> None:
    full = task(id="12", code="error", cause="Backup storage is full.")
    tasks.task_or_activity.return_value = Found((full,), NOW)
    shown = await use(known, services, "show", argument="12")
    assert "Backup storage is full" in shown.text


async def test_an_activity_is_shown_by_its_id_too(known: Handlers, tasks: Any, services: Services) -> None:
    step = activity(id="13", task_id="12", title="Backing up")
    tasks.task_or_activity.return_value = Found((step,), NOW)
    shown = await use(known, services, "show", argument="13")
    assert "Backing up" in shown.text
    assert [each["value"] for each in shown.blocks[-2]["elements"]] == ["show 12", "activities 12"]


async def test_a_task_that_acronis_does_not_give_is_shown_as_the_copys(
    known: Handlers, tasks: Any, services: Services
) -> None:
    tasks.task_or_activity.return_value = Found(
        (task(id="12"),), NOW, origin=Origin.COPY, stale="Acronis does not answer; this is the bot's copy"
    )
    assert "Acronis does not answer; this is the bot's copy" in (await use(known, services, "show", argument="12")).text


async def modal(known: Handlers, services: Services, action: str, value: str) -> Modal:
    shown = await known.actions[action].handle(Press(action, value), MIA, services)
    assert isinstance(shown, Modal)
    return shown


async def test_the_details_button_shows_the_task_with_its_past_in_a_modal(
    known: Handlers, tasks: Any, services: Services
) -> None:
    steps = Found((activity(title="Backing up the disks"),), NOW)
    tasks.details.return_value = Details(task(id="12"), NOW, Past(strip=("ok", "error")), steps)
    shown = str((await modal(known, services, "task.details", "12")).blocks)
    tasks.details.assert_called_once_with("12")
    for each in ("SRV-SQL01", "✓✕", "Backing up the disks", "https://eu2-cloud.acronis.com/ui/"):
        assert each in shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "started"}, "It can only be stopped in Acronis's console."),
        ({"state": "paused", "cancellable": True}, "It can only be stopped in Acronis's console."),
        ({"state": "enqueued", "cancellable": False}, "Acronis says that this run cannot be stopped."),
        ({"state": "started", "cancel_requested": True}, "Its cancellation was asked for."),
        ({"state": "completed"}, ""),
    ],
)
async def test_details_say_how_a_task_that_is_not_over_can_be_stopped(
    known: Handlers, tasks: Any, services: Services, changes: dict[str, Any], words: str
) -> None:
    tasks.details.return_value = Details(task(id="12", **changes), NOW, Past())
    shown = str((await modal(known, services, "task.details", "12")).blocks)
    assert words in shown
    assert ("be stopped" in shown) == ("be stopped" in words)
    assert "https://eu2-cloud.acronis.com/ui/" in shown


async def test_details_of_the_copy_say_that_they_are(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.details.return_value = Details(task(id="12", account="gone"), NOW, Past(), stale="Acronis does not answer")
    shown = str((await modal(known, services, "task.details", "12")).blocks)
    assert "Acronis does not answer" in shown
    assert "/ui/" not in shown


async def test_a_message_of_ours_is_asked_what_task_it_shows(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.posted_task.return_value = "12"
    tasks.details.return_value = Details(task(id="12"), NOW, Past())
    await modal(known, services, "message.task", "C0ALERTS:1700000000.000100\nFAILED · id 944455285181775872")
    tasks.posted_task.assert_called_once_with("C0ALERTS", "1700000000.000100")
    tasks.details.assert_called_once_with("12")


async def test_a_card_of_many_alerts_is_shown_with_all_of_them(known: Handlers, tasks: Any, services: Services) -> None:
    """The first summary, a storm, a missed start: no one task is behind them."""
    tasks.posted_task.return_value, tasks.posted_card.return_value = "", 7
    alerts: Any = services.alerts
    alerts.of_storm.return_value = page_of((alert(name="SRV-9"),), Aim(card_id=7), 1, 10, NOW)
    shown = await modal(
        known, services, "message.task", "C0ALERTS:1700000000.000100\n12 failing, see 944455285181775872"
    )
    assert "SRV-9" in str(shown.blocks)
    alerts.of_storm.assert_called_once_with(Aim(card_id=7))
    tasks.details.assert_not_called()


@pytest.mark.parametrize("text", ["Digest: alert 14", "ALERT #14, alert 14 and alert 15", "(alert 14)"])
async def test_a_message_that_names_alerts_is_shown_with_these(
    known: Handlers, tasks: Any, services: Services, text: str
) -> None:
    tasks.posted_task.return_value = ""
    alerts: Any = services.alerts
    alerts.numbered.side_effect = lambda number: (alert(id=14, name="SRV-9") if number == "14" else None, BASIS)
    shown = str((await modal(known, services, "message.task", f"C0:1.2\n{text}")).blocks)
    assert shown.count("SRV-9") >= 1
    assert "1 alert" in shown
    assert "Details" in shown


async def test_a_direct_message_is_looked_up_under_who_got_it(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.posted_task.return_value = "12"
    tasks.details.return_value = Details(task(id="12"), NOW, Past())
    await modal(known, services, "message.task", "D0DIRECT:1700000000.000100\nHanded to you")
    tasks.posted_task.assert_called_once_with(MIA.id, "1700000000.000100")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("see 944455285181775872, again", "944455285181775872"),
        ("call 004912345678, then `175e371d-0000-4000-8000-0000000000ab`", "175e371d-0000-4000-8000-0000000000ab"),
        ("first line\nid 1683887115599998977 and 944455285181775872", "1683887115599998977"),
    ],
)
async def test_the_first_task_that_a_message_names_is_shown(
    known: Handlers, tasks: Any, services: Services, text: str, named: str
) -> None:
    tasks.posted_task.return_value = ""
    tasks.details.return_value = Details(task(id="12"), NOW, Past())
    await modal(known, services, "message.task", f"C1:1.2\n{text}")
    tasks.details.assert_called_once_with(named)


@pytest.mark.parametrize("value", ["", "C1:1.2", "C1:1.2\nno id here 12345678901234567890123", "\n:<!channel>"])
async def test_a_message_that_names_no_task_is_told_so(
    known: Handlers, tasks: Any, services: Services, value: str
) -> None:
    tasks.posted_task.return_value = ""
    assert "No task is named in this message" in str((await modal(known, services, "message.task", value)).blocks)
    tasks.details.assert_not_called()


@pytest.mark.parametrize("verb", ["show", "activities"])
async def test_a_task_that_is_not_there_is_told_in_a_sentence(
    known: Handlers, tasks: Any, services: Services, verb: str
) -> None:
    tasks.task_or_activity.side_effect = tasks.activities.side_effect = NotFound("There is no task 12 in Acronis.")
    assert "There is no task 12" in (await use(known, services, verb, argument="12")).text


async def test_a_task_that_is_gone_is_told_in_the_modal(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.details.side_effect = NotFound("There is no task 12 in Acronis.")
    assert "There is no task 12" in str((await modal(known, services, "task.details", "12")).blocks)


async def test_silence_of_acronis_is_left_to_the_listener(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.task_or_activity.side_effect = AcronisUnavailable("Acronis does not answer.")
    with pytest.raises(AcronisUnavailable):
        await use(known, services, "show", argument="12")


# ── what the copy tells ──

BASIS = Basis(NOW)


@pytest.mark.parametrize(
    ("text", "field"),
    [("stats last 7 days", TimeField.COMPLETED), ("stats started last 7 days", TimeField.STARTED)],
)
def test_a_time_after_stats_means_when_runs_ended_unless_it_is_said(
    text: str, field: TimeField, services: Services
) -> None:
    query = parse(text, NOW, MIA.zone, services.verbs).query
    assert query is not None
    assert query.time_field is field


async def test_statistics_are_of_what_ended_in_the_last_day(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.stats.return_value = Stats(Tally("", 412, 12), (Tally("Acme Corp", 40, 12),)), BASIS
    shown = await use(known, services, "stats", query=last_day(NOW))
    assert "12 of 412 runs failed" in shown.text
    assert "Acme Corp" in shown.text
    await use(known, services, "stats")
    tasks.stats.assert_called_with(last_day(NOW), by_plan=False)
    assert "U0123MIA" in str((await press(known, services, "answer.share")).blocks)
    tasks.stats.assert_called_with(last_day(NOW), NOW, by_plan=False)


ALWAYS = TaskQuery(kinds=DEFAULT_KINDS, roots_only=True)
BACKUPS = replace(ALWAYS, kinds=frozenset({Kind.BACKUP}))


async def test_a_history_is_shown_and_turned_as_of_its_moment(known: Handlers, tasks: Any, services: Services) -> None:
    run = PastRun("12", "error", NOW, NOW, cause="Disk full")
    tasks.history.return_value = (History("main", Tenant(), "SRV-SQL01", "Nightly", Kind.BACKUP, (run,)),), BASIS
    shown = await use(known, services, "history", query=ALWAYS)
    tasks.history.assert_called_once_with(ALWAYS)
    assert "SRV-SQL01" in shown.text
    assert "Nightly" in (await press(known, services, "answer.page")).text
    tasks.history.assert_called_with(ALWAYS, NOW)


async def test_who_is_protected_is_shown_a_page_at_a_time(known: Handlers, tasks: Any, services: Services) -> None:
    line = Protected("main", Tenant(name="Acme Corp"), "SRV-SQL01", "Nightly", Workload.MACHINE, Standing.LATE)
    tasks.protected.return_value = Protection((line,) * 10, {Standing.LATE: 25}), BASIS
    shown = await use(known, services, "protected?", query=ALWAYS)
    tasks.protected.assert_called_once_with(BACKUPS)
    assert "SRV-SQL01" in shown.text
    assert "answer.page" in buttons(shown)
    tasks.protected.return_value = Protection((line,) * 10, {Standing.LATE: 25}, 10), BASIS
    assert "page 2 of 3" in (await press(known, services, "answer.page", "answer1:2")).text
    tasks.protected.assert_called_with(BACKUPS, NOW, 2)


@pytest.mark.parametrize("verb", ["", "stats", "history", "protected?"])
async def test_a_name_that_nobody_has_is_told_before_anything_is_asked(
    known: Handlers, tasks: Any, services: Services, verb: str
) -> None:
    tasks.check_names.side_effect = UsageError("No machine is called “x”.", text="machine x")
    with pytest.raises(UsageError):
        await use(known, services, verb, query=FAILED_TODAY)
    for asked in (tasks.listing, tasks.stats, tasks.history, tasks.protected):
        asked.assert_not_called()


# ── buttons of an answer ──


@pytest.fixture
async def answered(known: Handlers, tasks: Any, services: Services) -> Services:
    """Twelve failed tasks were shown: two pages."""
    tasks.listing.return_value = listing(*(task(code="error") for _ in range(12)))
    await use(known, services, "", query=FAILED_TODAY)
    return services


@pytest.mark.parametrize(("action", "page"), [("answer.page", 2), ("answer.back", 1)])
async def test_a_page_replaces_the_one_before(
    known: Handlers, tasks: Any, answered: Services, action: str, page: int
) -> None:
    shown = await press(known, answered, action, f"answer1:{page}")
    assert shown.replaces
    assert f"page {page} of 2" in shown.text
    tasks.answer.assert_called_once_with("answer1", MIA.id)
    tasks.listing.assert_called_with(FAILED_TODAY, page=page, as_of=NOW, answer_id="answer1")


@pytest.mark.parametrize("value", ["answer1", "answer1:", "answer1:x", "answer1:²", "answer1:-1", "answer1:999999999"])
async def test_a_page_that_is_no_number_is_the_first(known: Handlers, answered: Services, value: str) -> None:
    assert "page 1 of 2" in (await press(known, answered, "answer.page", value)).text


async def test_a_shared_answer_says_who_asked_and_asks_nothing_for_others(known: Handlers, answered: Services) -> None:
    shown = await press(known, answered, "answer.share", "answer1:2")
    assert (shown.place, shown.replaces, buttons(shown)) == (Place.CHANNEL, False, [])
    assert "page 2 of 2" in shown.text
    assert "'user_id': 'U0123MIA'" in str(shown.blocks)


async def test_a_shared_answer_is_turned_by_anybody_in_its_thread(
    known: Handlers, tasks: Any, answered: Services
) -> None:
    shown = await press(known, answered, "answer.share", "answer1:1")
    (turning,) = [each for block in shown.blocks for each in block.get("elements", []) if "action_id" in each]
    assert (turning["action_id"], turning["value"]) == ("shared.page", "shared-1:2")
    noah = replace(MIA, id="U0456NOAH")
    pressed = Press("shared.page", "shared-1:2", Whence("C0ALERTS", message_ts="1700000000.000100"))
    tasks.answer.return_value = replace(tasks.answer.return_value, id="shared-1")
    answer = await known.actions["shared.page"].handle(pressed, noah, answered)
    assert isinstance(answer, Message)
    assert (answer.place, answer.replaces, answer.thread_ts) == (Place.CHANNEL, False, "1700000000.000100")
    assert "page 2 of 2" in answer.text
    assert "'user_id': 'U0123MIA'" in str(answer.blocks)
    deeper = replace(pressed, whence=Whence("C0ALERTS", "1699.1", message_ts="1700.1"))
    answer = await known.actions["shared.back"].handle(deeper, noah, answered)
    assert isinstance(answer, Message)
    assert answer.thread_ts == "1699.1"


async def test_a_shared_overview_says_who_asked(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.overview.return_value = listing(task(code="error"))
    await use(known, services, "overview")
    shown = await press(known, services, "answer.share")
    assert (shown.place, buttons(shown)) == (Place.CHANNEL, [])
    assert "'user_id': 'U0123MIA'" in str(shown.blocks)


async def test_an_answer_sent_to_its_asker_can_still_be_turned(known: Handlers, answered: Services) -> None:
    shown = await press(known, answered, "answer.direct")
    assert (shown.place, shown.replaces) == (Place.DIRECT, False)
    assert "answer.page" in buttons(shown)


async def test_asking_again_asks_for_the_last_day_as_it_is_now(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.listing.return_value = listing(task(code="error"))
    old = parse("failed", NOW.replace(day=1), MIA.zone, services.verbs).query
    await use(known, services, "", query=old)
    shown = await press(known, services, "answer.again")
    fresh = parse("failed", NOW, MIA.zone, services.verbs).query
    tasks.listing.assert_called_with(fresh)
    assert shown.replaces


async def test_a_page_that_became_empty_says_so(known: Handlers, tasks: Any, answered: Services) -> None:
    tasks.listing.return_value = listing()
    assert "Nothing" in (await press(known, answered, "answer.page", "answer1:2")).text


async def test_an_expired_answer_is_left_to_the_listener(known: Handlers, tasks: Any, services: Services) -> None:
    tasks.answer.side_effect = AnswerExpired("This answer is no longer kept.")
    with pytest.raises(AnswerExpired):
        await press(known, services, "answer.page")


@pytest.mark.parametrize("action", ["answer.page", "answer.again"])
async def test_an_answer_of_a_verb_that_is_gone_has_expired(
    known: Handlers, tasks: Any, services: Services, action: str
) -> None:
    tasks.answer.return_value = Answer("answer1", "gone", FAILED_TODAY, MIA.id, NOW)
    with pytest.raises(AnswerExpired, match="older version"):
        await press(known, services, action)


# ── help ──


async def test_help_fits_a_phone_and_each_line_of_it_works(known: Handlers, services: Services) -> None:
    """24 lines of 40 characters are what a phone shows; longer lines wrap."""
    text = (await use(known, services, "help")).text
    assert sum(-(-len(line) // 40) for line in text.splitlines() if line) <= 24
    commands = [line for line in text.splitlines() if line.startswith("/tasks")]
    assert len(commands) >= 5
    for command in commands:
        parse(command.removeprefix("/tasks"), NOW, MIA.zone, services.verbs)


def verbs_of(known: Handlers) -> list[VerbHandler]:
    return list(known.verbs.values())


def test_every_verb_has_examples_and_each_of_them_is_understood_as_that_verb(known: Handlers) -> None:
    verbs = [each.verb for each in verbs_of(known)]
    for verb in verbs:
        assert verb.examples, verb.name
        for example in verb.examples:
            assert parse(example.removeprefix("/tasks"), NOW, MIA.zone, verbs).verb == verb.name


@pytest.mark.parametrize(("word", "said"), [("Errors", "abandoned or timed out"), ("show", "task or activity in full")])
async def test_help_explains_a_word(known: Handlers, services: Services, word: str, said: str) -> None:
    assert said in (await use(known, services, "help", argument=word)).text


async def test_help_explains_every_term(known: Handlers, services: Services) -> None:
    for term in TERMS:
        assert term.meaning.replace("*", "∗") in (await use(known, services, "help", argument=term.name)).text


async def test_help_says_what_each_verb_does_on_one_page(known: Handlers, services: Services) -> None:
    """A button of the help asks it, since a phone's screen has no room for it."""
    page = (await use(known, services, "help")).blocks
    assert [each["accessory"]["value"] for each in page if "accessory" in each] == ["help verbs"]
    text = (await use(known, services, "help", argument="verbs")).text
    for each in verbs_of(known):
        assert f"{each.verb.name} {each.verb.summary} {each.verb.examples[0]}".strip() in text or not each.verb.name


async def test_help_has_names_that_are_known_here_in_its_examples(
    known: Handlers, tasks: Any, services: Services
) -> None:
    tasks.example_names.return_value = {"SRV-SQL01": "PC-7", "Acme Corp": '"North Inc"', "Nightly": '"Each day"'}
    assert "/tasks history PC-7" in (await use(known, services, "help", argument="history")).text
    assert '/tasks history plan "Each day"' in (await use(known, services, "help", argument="history")).text
    assert '/tasks protected? "North Inc"' in (await use(known, services, "help", argument="protected?")).text
    bound = replace(services, bound=frozenset({"C0ACME"}))
    here = Invocation("help", None, "history", whence=Whence("C0ACME"))
    assert "/tasks history SRV-SQL01" in (await known.verbs["help"].handle(here, MIA, bound)).text


async def test_help_for_an_unknown_word_names_the_nearest(known: Handlers, services: Services) -> None:
    with pytest.raises(UsageError, match="Did you mean “failed”"):
        await use(known, services, "help", argument="faild")


async def test_the_question_is_said_back_with_the_names_that_are_not_meant(services: Services) -> None:
    """At most two are named."""
    tasks: Any = services.tasks
    tasks.other_names.return_value = (("Acme", ("Acme Berlin", "Acme Köln", "Acme Wien")), ("SRV", ("SRV 2",)))
    said = services.with_others("Failed backups", TaskQuery())
    assert said == "Failed backups. Acme, not Acme Berlin, Acme Köln and 1 more. SRV, not SRV 2"
