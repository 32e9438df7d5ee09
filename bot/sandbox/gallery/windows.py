"""Windows that show more: a task's details, failures of one cause, a storm's alerts, why; and the Home tab."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.blocks import notes
from bot.blocks.alert_list import home_modal, named_modal
from bot.blocks.alike import alike_modal
from bot.blocks.details import task_modal
from bot.blocks.home import home_page
from bot.blocks.storm_window import storm_window
from bot.blocks.why import why_modal
from bot.model import (
    Aim,
    Alert,
    AlertGroup,
    Basis,
    Details,
    Found,
    HomePart,
    OpenCount,
    OpenOverview,
    Overview,
    Past,
    Progress,
    Reasons,
    RowFacts,
    StormPage,
    Task,
    TenantRisk,
    Triage,
)
from bot.sandbox.gallery.alert_answers import REASONS
from bot.sandbox.gallery.entry import Entry, drawn
from bot.sandbox.gallery.figures import WELL
from bot.sandbox.gallery.many_cards import STORM, found
from bot.sandbox.gallery.nouns import ACME, NOW, task
from bot.sandbox.gallery.samples import (
    BERLIN,
    BETA,
    CRITICAL,
    DAY,
    HOUR,
    MIA,
    MINUTE,
    NOTE,
    OF_MIA,
    OF_NOAH,
    SITE,
    STRIP,
    TILL_EIGHT,
    several,
)
from bot.sandbox.gallery.task_answers import ALIKE, FAILED, steps_of

_CONSOLE = "https://eu2-cloud.acronis.com/bc/"
_NO_CANCEL = "It can only be stopped in Acronis's console."
_PAST = Past(STRIP, 42 * MINUTE, NOW - 55 * HOUR, NOW - 90 * DAY)


def _details(item: Task, **more: object) -> Details:
    known: dict[str, object] = {
        "past": _PAST,
        "steps": Found(steps_of(item), NOW),
        "path": ("MSP", "Acme Corp"),
        **more,
    }
    return Details(item, NOW, **known)  # type: ignore[arg-type]


def details() -> Iterator[Entry]:
    title, first = "Details", FAILED[0]
    yield drawn(title, "a failed backup", task_modal, _details(first), MIA, _CONSOLE, notes=(NOTE,))
    yield drawn(title, "a good backup", task_modal, _details(task(code="ok")), MIA, _CONSOLE)
    going = task(state="started", progress=Progress(100, 61, speed=12.3e6, left="1h25m43s"), started_at=NOW - 3 * HOUR)
    slow = _details(going, past=replace(_PAST, is_unusual=True))
    yield drawn(title, "a backup that takes unusually long", task_modal, slow, MIA, _CONSOLE, stopping=_NO_CANCEL)
    yield drawn(title, "nothing else is known", task_modal, _details(first, past=None, steps=None, path=()), MIA)
    yield drawn(title, "Acronis shows no steps", task_modal, _details(first, steps=Found((), NOW)), MIA, _CONSOLE)
    stale = _details(first, steps=None, stale="Acronis cannot be reached. This is the bot's copy.")
    yield drawn(title, "of the copy", task_modal, stale, MIA, _CONSOLE)
    yield drawn("Failures of one cause", "six", alike_modal, ALIKE, RowFacts(), MIA, Found(ALIKE, NOW))


def lists() -> Iterator[Entry]:
    known = {"tenants": STORM.tenants, "causes": STORM.causes}
    page = StormPage(Aim(card_id=3), 1, replace(found(300, 37), alerts=several(10, 3)), NOW, open=300, **known)  # type: ignore[arg-type]
    yield drawn("Alerts of a storm", "page 1 of 30", storm_window, page, BERLIN)
    share = replace(page, aim=Aim(card_id=3, share=STORM.tenants[1].key), share=STORM.tenants[1], taken=300)
    yield drawn("Alerts of a storm", "of one tenant, all taken", storm_window, share, BERLIN)
    empty = StormPage(Aim(card_id=3), 1, found(0), NOW)
    yield drawn("Alerts of a storm", "nothing is left", storm_window, empty, BERLIN)
    for part in HomePart:
        yield drawn("A part of the Home tab", part.value, home_modal, found(24, 2), part, 1, BERLIN)
    yield drawn("Alerts that a message names", "three", named_modal, several(3, 1), BERLIN)
    yield drawn("Why alert 14", "told, taken, raised", why_modal, REASONS, "14", BERLIN, site=SITE)
    silent = Reasons(None, verdict="It ended well, so nobody is told.")
    yield drawn("Why", "a run that was not told", why_modal, silent, "944455285181775872", BERLIN, site=SITE)


def small() -> Iterator[Entry]:
    """Windows of a sentence."""
    yield drawn("A window", "is being filled", notes.loading_modal, "Details")
    yield drawn("A window", "takes a moment", notes.moment_modal, "Note")
    yield drawn("A window", "you may not", notes.denied_modal, "Run now", "Only a manager may run backups. Ask U0NOAH.")
    lost = "No task is named in this message. Use this on one of my alerts, or on a message that has a task's id in it."
    yield drawn("A window", "it failed", notes.failed_modal, "What is this task?", lost)


def _group(owner: str, alerts: tuple[Alert, ...], *, is_snoozed: bool = False, missed: int = 0) -> AlertGroup:
    count = OpenCount(len(alerts), sum(each.is_critical for each in alerts))
    return AlertGroup(owner, is_snoozed, count, alerts, missed)


def overview(*groups: AlertGroup, **more: object) -> Overview:
    """What a Home tab is drawn from; `more` are its fields."""
    risks = (TenantRisk(ACME, 3, 2), TenantRisk(BETA, 1, 0)) if groups else ()
    report = replace(WELL, open=sum(each.count.size for each in groups), critical=0)
    known = Overview(OpenOverview(groups, risks, len(risks)), report, Basis(NOW))
    return replace(known, **more)  # type: ignore[arg-type]


def homes() -> Iterator[Entry]:
    title, free = "The Home tab", several(4, 2)
    mine = tuple(replace(each, triage=Triage(OF_MIA)) for each in several(2, 1))
    snoozed = (replace(CRITICAL, triage=Triage(snooze=TILL_EIGHT)),)
    noahs = (replace(CRITICAL, id=40, triage=Triage(OF_NOAH)),)
    groups = (
        _group("", free, missed=1),
        _group("U0MIA", mine),
        _group("U0NOAH", noahs),
        _group("", snoozed, is_snoozed=True),
    )
    yield drawn(title, "some fails, some is yours", home_page, overview(*groups), MIA)
    few = overview(_group("", free[:1]), _group("U0MIA", mine[1:]))
    yield drawn(title, "one fails, one is yours", home_page, few, MIA)
    yield drawn(title, "nothing fails", home_page, overview(ran=412, newest=NOW - 3 * MINUTE), MIA)
    yield drawn(title, "nothing ran", home_page, overview(ran=0), MIA)
    behind = overview(basis=Basis(NOW, stale="Acronis could not be read since 05:12."))
    yield drawn(title, "the copy is behind", home_page, behind, MIA)
    sick = replace(
        WELL, store_trouble="The database cannot be used: its disk is full.", waiting=12, oldest=timedelta(minutes=7)
    )
    yield drawn(title, "the bot is not well", home_page, overview(groups[0], health=sick), MIA)
    yield drawn(title, "many fail", home_page, overview(_group("", several(40, 9))), replace(MIA, zone_is_known=False))
    yield drawn(title, "it failed", notes.failed_home, "Acronis cannot be read now. Reference: a1b2c3")
