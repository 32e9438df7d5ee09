"""The command offered for a name that nobody has works when typed, whatever the name that exists is called."""

from zoneinfo import ZoneInfo

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import handlers
from bot.language import parse
from bot.model import pattern_fits
from bot.services.names import unknown_name
from tests.builders import NOW

UTC = ZoneInfo("UTC")
VERBS = tuple(handler.verb for handler in handlers.load().verbs.values())
TYPED = ("machine zzqq failed", "tenant zzqq", "history zzqq", "protected? “zzqq” last 7 days", "failed plan zzqq, abc")


@settings(deadline=None)
@given(st.text(min_size=1, max_size=60), st.sampled_from(TYPED))
@example("0 \x1f", TYPED[0])
def test_the_command_that_is_offered_finds_the_name_that_was_meant(name: str, text: str) -> None:
    """But for a name that begins with `=`, which no pattern fits."""
    assume(not name.startswith("="))
    invocation = parse(text, NOW, UTC, VERBS)
    mark = next(mark for mark in invocation.marks if mark.pattern == "zzqq")
    offered = unknown_name(invocation, mark, name).example
    if offered:
        again = parse(offered.removeprefix("/tasks "), NOW, UTC, VERBS)
        assert again.query
        assert again.verb == invocation.verb
        assert any(pattern_fits(pattern, name) for each in again.query.names for pattern in each.patterns)
