"""No filter and no phrasing reads as all clear while an alert is open (every verb, over the real copy)."""

import re
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import pytest

from bot.errors import UsageError
from tests.integration.test_alert_answers import ask
from tests.night import Night, machine, night

FILTERS = (
    *(
        "",
        "ok",
        "warnings",
        "warning",
        "cancelled",
        "abandoned",
        "timedout",
        "failed",
        "not failed",
        "not ok",
        "critical",
    ),
    *("restores", "management", "unknown", "m365", "o365", "google", "mailbox", "machines", "not machines", "all"),
    *("today", "yesterday", "last 24h", "last hour", "before 2026-01-01", "since 1h ago", "last night", "completed"),
    *("running", "queued", "paused", "longer than 9h", "shorter than 1s", "first 1", "oldest", "sort tenant"),
    *("tenant Beta", "not tenant Acme", "machine SRV-FINE", "machine SRV-SQL01", "plan Nightly", "by nobody"),
    *("ok machine SRV-SQL01", "warnings today", "ok last 24h", "not critical", "not warnings", "type nosuch"),
)
VERBS = (
    "alerts",
    "",
    "overview",
    "protected?",
    "stats",
    "history SRV-SQL01",
    "history SRV-FINE",
    "history machine SRV-FINE",
)
QUESTIONS = [" ".join(words).strip() for words in product(VERBS, FILTERS)]
REFUSED = ("An alert", "Alerts come", "The overview is of", "Who is protected", "Nothing is told")
WRONG = re.compile(r"\b(?:open|failed|failing|failure|critical)\b", re.IGNORECASE)
NONE_WRONG = re.compile(r"^(?:No alert is open|No open alert|0 of|none failed)", re.IGNORECASE)

PHRASES = (
    *(
        "is everything ok?",
        "Is everything OK",
        "everything ok",
        "all good?",
        "All good",
        "all ok?",
        "status",
        "Status?",
    ),
    *(
        "summary",
        "what's the status",
        "how are things?",
        "how’s it going",
        "are we good?",
        "we ok?",
        "ok?",
        "all clear?",
    ),
    *("is it all fine", "are the backups ok?", "are all backups fine?", "how are the backups", "is tenant Acme ok?"),
    *("was last night ok?", "how did last night go?", "is everything ok today?", "did everything succeed last night?"),
    *("were all backups successful today?", "good?", "whats up", "overview", "", "status tenant Acme", "all green?"),
    *("is everything alright", "everything fine?", "what needs attention?", "give me a summary", "how are we doing"),
    *("no errors?", "no errors", "nothing failed?", "no problems?", "are there no failures?", "is nothing broken?"),
    *("how is tenant Acme doing today?", "how’s everything", "still ok?", "everything working?", "is it safe"),
    *("backups ok?", "machines fine?", "all backups good?", "did all backups run?", "did everything finish?"),
    *("no errors today?", "no failed backups?", "nothing failed last night", "no failures tenant Acme", "did it work?"),
    *("have all backups completed?", "is nothing broken today", "did the backups work", "backups successful?"),
    *("did all machine backups succeed?", "is “Acme Corp” ok?", "everything fine with tenant Acme?"),
)
ALERTS = (
    *(
        "problems",
        "any problems?",
        "broken",
        "what is broken?",
        "open",
        "red",
        "anything wrong?",
        "open alerts",
        "critical",
    ),
    *("any alerts?", "critical alerts", "alerts open", "issues", "critical tenant Acme", "alerts critical or warnings"),
    *("is anything broken with tenant Acme", "problems at tenant Acme", "are there any problems"),
)


@pytest.fixture
async def bad(tmp_path: Path) -> AsyncIterator[Night]:
    """One machine failed three times in a row, one failed once, another one never did."""
    async with night(tmp_path) as watch:
        await watch.begins()
        watch.happens("ok", ago=30)
        for ago in (3.0, 2.0, 1.0):
            watch.happens("error", ago=ago)
        for ago in (3.0, 2.0, 1.0):
            watch.happens("ok", ago=ago, **machine("SRV-FINE"))
        watch.happens("error", ago=0.8, **machine("SRV-MAIL"))
        await watch.poll()
        yield watch


async def first_line(watch: Night, text: str) -> str:
    """The first line without the question that it repeats; "" where the question is refused."""
    try:
        said = (await ask(watch, text)).text.partition("\n")[0]
    except UsageError:
        return ""
    return "" if said.startswith(REFUSED) else said.partition(": ")[0]


async def test_no_filter_of_any_verb_gives_a_false_all_clear(bad: Night) -> None:
    wrong = {text: said for text in QUESTIONS if (said := await first_line(bad, text)) and not WRONG.search(said)}
    assert wrong == {}
    clear = {text: said for text in QUESTIONS if NONE_WRONG.search(said := await first_line(bad, text))}
    assert clear == {}


async def test_how_things_are_is_the_overview_and_begins_with_what_is_wrong(bad: Night) -> None:
    said = {text: await first_line(bad, text) for text in PHRASES}
    assert {text: line for text, line in said.items() if line != "2 alerts open, 1 critical"} == {}


async def test_problems_are_the_alerts(bad: Night) -> None:
    said = {text: (await ask(bad, text)).text for text in ALERTS}
    as_alerts = re.compile(r"[12] alerts? open, 1 critical: .*[aA]lerts")
    assert {text: line for text, line in said.items() if not as_alerts.match(line)} == {}


SAID = (
    ("alerts", "2 alerts open, 1 critical: All alerts"),
    ("alerts warnings", "1 alert open: All warning alerts"),
    ("alerts warning", "1 alert open: All warning alerts"),
    ("alerts critical", "1 alert open, 1 critical: All critical alerts"),
    ("alerts not warnings", "1 alert open, 1 critical: All alerts, not warning"),
    ("alerts not critical", "1 alert open: All alerts, not critical"),
    ("alerts critical or warnings", "2 alerts open, 1 critical: "),
    ("alerts critical machine SRV-MAIL", "None fits; 2 are open, 1 critical: "),
    ("alerts cancelled", "None fits; 2 are open, 1 critical: "),
    ("alerts restores", "None fits; 2 are open, 1 critical: "),
    ("ok", "Nothing found; 2 alerts are open, 1 critical: Successful"),
    ("restores", "Nothing found; 2 alerts are open, 1 critical: "),
    ("stats ok", "At least 4 runs counted; 2 alerts are open, 1 critical: "),
    ("overview tenant Beta", "Nothing of this needs attention; 2 alerts are open, 1 critical"),
    ("history SRV-SQL01 ok", "Third failure in a row"),
    ("history SRV-MAIL", "Last run failed"),
)


async def test_a_filter_says_what_is_open_beside_it(bad: Night) -> None:
    said = {text: (await ask(bad, text)).text.partition("\n")[0] for text, _ in SAID}
    assert {text: line for text, line in said.items() if not line.startswith(dict(SAID)[text])} == {}


async def test_a_word_that_only_alerts_have_is_a_name_elsewhere(bad: Night) -> None:
    assert "tenant “Critical Systems”" in (await ask(bad, "not tenant Critical Systems")).text


async def test_all_is_clear_where_nothing_is_open(tmp_path: Path) -> None:
    async with night(tmp_path) as watch:
        await watch.begins()
        watch.happens("ok", ago=1)
        await watch.poll()
        assert (await ask(watch, "is everything ok?")).text.startswith("Nothing needs attention\n")
        assert (await ask(watch, "alerts warnings")).text.startswith("No alert is open: ")
        assert (await ask(watch, "failed")).text.startswith("Nothing found: ")
