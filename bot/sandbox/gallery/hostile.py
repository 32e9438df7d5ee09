"""Names that customers may give: of other scripts, as long as they may be, or made to look like something else."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot.blocks.act_windows import note_window
from bot.blocks.alert_list import alert_list
from bot.blocks.alike import alike_modal
from bot.blocks.details import task_modal
from bot.blocks.home import home_page
from bot.blocks.notes import usage
from bot.blocks.protected import protected_answer
from bot.blocks.stats import stats_answer
from bot.blocks.task_list import task_list
from bot.errors import UsageError
from bot.model import (
    Alert,
    AlertGroup,
    Cause,
    Details,
    Found,
    Note,
    OpenAlerts,
    OpenCount,
    Owner,
    Protection,
    Resolution,
    RowFacts,
    Share,
    Standing,
    Tenant,
    Triage,
)
from bot.sandbox.gallery.act_entries import AIM
from bot.sandbox.gallery.entry import Entry, drawn
from bot.sandbox.gallery.figures import LINES, STATS
from bot.sandbox.gallery.many_cards import DIGEST, STORM
from bot.sandbox.gallery.nouns import NOW, alert
from bot.sandbox.gallery.samples import (
    BASIS,
    BERLIN,
    FAILED_AT,
    HOUR,
    MIA,
    MISSED,
    ON_CALL,
    TILL_EIGHT,
    asked,
    card,
    frame,
    over,
    view,
)
from bot.sandbox.gallery.task_answers import failed, listing
from bot.sandbox.gallery.windows import overview

NASTY: Final = (
    "<!channel>",
    "<!here|x>",
    "<!subteam^S1>",
    "<@U01ALICE>",
    "<#C01GEN>",
    "<http://evil.example|good>",
    "https://evil.example",
    "mailto:a@b.example",
    "@channel",
    "*bold*",
    "_italic_",
    "~gone~",
    "`code`",
    "```",
    ":warning:",
    ":a",
    "b:",
    "> quote",
    "\n\n",
    "\r\u2028",
    "\u202eright\u2069",
    "\u200b",
    "&amp;",
    "&lt;!channel&gt;",
    "<!date^1^{date}|x>",
    "x" * 256,
    "two words " * 26,
    "three thousand " * 200,
    "&" * 256,
    "*" * 256,
    "\ud800",
    "\x00",
    "e" + "\u0301" * 99,
    "👩‍👩‍👧",
    "שלום",
    "",
)
"""Each alone is a name that may be met."""

NAMES: Final = {
    "German": (
        "Datensicherungsserver-Süd",
        "Müller & Söhne Straßenbau GmbH",
        "Nächtliche Vollsicherung",
        "Der Speicher ist voll.",
    ),
    "Japanese": (
        "東京本社ファイルサーバー",
        "株式会社アクメ・ホールディングス",
        "毎日の夜間バックアップ",
        "バックアップ先の空き容量が不足しています。",
    ),
    "Hebrew": ("שרת קבצים", "אקמה בעמ", "גיבוי לילי", "אין מספיק מקום"),
    "markup": (
        "<!channel>",
        "<http://evil.example|good> *bold* _it_ ~no~",
        "`code` :warning: > quote",
        "&lt;b&gt;<b>loud</b></div>",
    ),
    "invisible signs": (
        "SRV\u200b\u202eLQS\u2069\u200d01",
        "e" + "\u0301" * 40,
        "\u2066tfel\u2069 \ufeff",
        "line\nbreak\r\n\ttab",
    ),
    "emoji": ("👩‍👩‍👧 Familie", "🔴 CRITICAL", "🟢 GREEN · RECOVERED", "✓ ok ✕"),
    "the longest words": ("x" * 256, "two words " * 26, "W" * 256, "three thousand " * 200),
    "the longest without a blank": (
        "SRV-" * 64,
        "/very/long/path/without/any/blank/" * 7,
        "&" * 256,
        "https://evil.example/" * 20,
    ),
    "none": ("", "", "", ""),
}
"""What each is: a machine's name, its tenant's, its plan's, and why its backup failed."""


def named(names: tuple[str, str, str, str]) -> Alert:
    """A critical alert that was taken and put off by somebody of that name, too."""
    machine, tenant, plan, cause = names
    owner, snooze = Owner("U0MIA", FAILED_AT, machine), replace(TILL_EIGHT, name=tenant)
    return alert(
        id=14,
        name=machine,
        tenant=Tenant("67", name=tenant, locator="/1/66/67/"),
        plan=plan,
        cause=Cause(cause, code=plan, step=cause),
        ended_at=FAILED_AT,
        task_id="944455285181775872",
        assessment=MISSED,
        triage=Triage(owner, snooze),
    )


def names() -> Iterator[Entry]:
    for kind, four in NAMES.items():
        yield from _of(kind, four)


def _of(kind: str, four: tuple[str, str, str, str]) -> Iterator[Entry]:
    machine, tenant, plan, cause = four
    item, state = named(four), f"names: {kind}"
    noted = Note(FAILED_AT, "U0NOAH", machine, cause, 14)
    yield card("A failed backup", state, view(item, notes=(noted,), mention=ON_CALL))
    yield card("A failed backup is over", state, view(over(item, resolution=Resolution("U0MIA", machine, cause))))
    shares = (Share(tenant, 180, 90), Share(machine, 80, 80))
    storm = replace(STORM, tenants=shares, causes=(Share(cause, 200, 200), Share(plan, 100, 40)), first=(item,) * 5)
    yield card("A storm of failures", state, storm)
    lines = tuple(replace(each, name=machine, tenant=tenant, cause=cause) for each in DIGEST.worst)
    risks = tuple(replace(each, name=machine, tenant=tenant) for each in DIGEST.at_risk)
    yield card("A digest", state, replace(DIGEST, worst=lines, at_risk=risks, unplanned=(machine, plan)))
    yield drawn("/tasks alerts", state, alert_list, OpenAlerts((item,) * 2, 2, 2), BASIS, frame(asked("", "alerts")))
    tasks = tuple(failed(each, machine, cause, plan=plan, tenant=item.latest.tenant) for each in range(3))
    yield drawn("/tasks failed", state, task_list, listing(*tasks, tasks[0]), frame(f"Failed, tenant “{tenant}”"))
    stood = tuple(replace(each, name=machine, plan=plan, tenant=item.latest.tenant, why=cause) for each in LINES[:3])
    shown = Protection(stood, {Standing.FAILING: 3})
    yield drawn(
        "/tasks protected?", state, protected_answer, shown, BASIS, frame(f"Workloads, tenant “{tenant}”"), 48 * HOUR
    )
    tallies = replace(
        STATS,
        tenants=tuple(replace(each, label=tenant) for each in STATS.tenants),
        causes=tuple(replace(each, label=cause) for each in STATS.causes),
    )
    yield drawn("/tasks stats", state, stats_answer, tallies, BASIS, frame(f"Runs, tenant “{tenant}”"))
    yield drawn("Details", state, task_modal, Details(tasks[0], NOW, path=(tenant, plan)), MIA, notes=(noted,))
    yield drawn("Failures of one cause", state, alike_modal, tasks, RowFacts(), MIA, Found(tasks, NOW))
    yield drawn("Note", state, note_window, AIM, (item,), BERLIN)
    group = AlertGroup("", False, OpenCount(2, 2), (item, item))
    yield drawn("The Home tab", state, home_page, overview(group), MIA)
    error = UsageError(
        f"No machine is called “{machine}”.", text=f"failed machine {machine}", offset=15, length=len(machine)
    )
    yield drawn("/tasks failed machine …", state, usage, error)
