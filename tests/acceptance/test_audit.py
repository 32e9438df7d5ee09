"""The audit of the real process: read by a manager by way of a group, refused to others, printed beside the bot."""

import csv
import io

from tests.bot_process import Stage

BY_GROUP = """
[[roles]]
role = "manager"
who = ["{group}"]
"""


async def printed(here: Stage) -> list[dict[str, str]]:
    bot = await here.start("audit", "--csv", environment=here.environment(), keep_words=True)
    assert await bot.ended() == 0
    return list(csv.DictReader(io.StringIO("\n".join(bot.words))))


async def test_a_member_of_a_managers_group_reads_it_and_each_ask_is_printed(here: Stage) -> None:
    (here.folder / "nightshift.toml").write_text(BY_GROUP.format(group="S0ONCALL"))
    await here.started("run")
    first = (await here.answered("audit")).text
    assert first.startswith("1 attempt in the audit: Attempts"), first
    assert "U0MIA read the audit" in first
    await here.answered("audit refused since yesterday")
    lines = await printed(here)
    assert [(line["user"], line["act"], line["text"], line["refused"]) for line in lines] == [
        ("U0MIA", "audit", "audit refused since yesterday", ""),
        ("U0MIA", "audit", "audit", ""),
    ]


async def test_who_is_in_no_managers_group_is_refused_and_that_is_printed(here: Stage) -> None:
    (here.folder / "nightshift.toml").write_text(BY_GROUP.format(group="S0RETIRED"))
    await here.started("run")
    assert (await here.answered("audit")).text.startswith("Only a manager may read the audit")
    (line,) = await printed(here)
    assert line["refused"].startswith("Only a manager may read the audit")
