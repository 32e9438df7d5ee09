"""Questions asked of the real process: where an answer comes from, what it says when Acronis is away, ways to ask."""

import handlers
from bot.language import TERMS
from tests.acceptance.test_kill import happens, told
from tests.bot_process import MIA, Stage
from tests.night import CHANNEL

VERBS = tuple(handler.verb for handler in handlers.load().verbs.values())
EXAMPLES = sorted({example for verb in VERBS for example in verb.examples} | {term.example for term in TERMS})
NOT_UNDERSTOOD = ("I do not know", "Reference", "Something went wrong", "Did you mean")


async def begun(here: Stage) -> None:
    """The bot runs, and its first start is told: the copy holds the last day."""
    await here.started("run")
    await here.seen(lambda: here.slack.posts(CHANNEL))


async def test_every_example_of_the_help_is_answered_when_typed(living: Stage) -> None:
    await begun(living)
    for example in EXAMPLES:
        command, _, words = example.partition(" ")
        said = (await living.answered(words, command)).text
        assert not any(words in said for words in NOT_UNDERSTOOD), f"{example}: {said}"


async def test_what_is_over_comes_from_the_copy_and_what_runs_comes_live(living: Stage) -> None:
    await begun(living)
    over, running = await living.answered("failed last 2h"), await living.answered("running")
    assert "from the bot's copy" in over.text
    assert "live from Acronis" in running.text


async def test_a_failure_just_polled_is_in_the_answer_from_the_copy(here: Stage) -> None:
    await begun(here)
    happens(here, "error")
    await here.seen(lambda: told(here))
    said = (await here.answered("failed machine srv-sql* last 2h")).text
    assert "SRV-SQL01" in said
    assert "from the bot's copy" in said


async def test_what_reaches_back_beyond_the_copy_is_asked_live(here: Stage) -> None:
    await begun(here)
    assert "live from Acronis" in (await here.answered("all since 2022-06-01")).text


async def test_a_copy_that_is_behind_says_so_first_and_never_that_all_is_well(here: Stage) -> None:
    bot = await here.started("run")
    await here.seen(lambda: here.slack.posts(CHANNEL))
    here.acronis.outage(True)
    await bot.until_logged("poll failed")
    await here.seen(lambda: any("cannot be read" in each.text for each in here.slack.posts(CHANNEL)))
    said = (await here.answered("")).text
    assert "Nothing needs attention" not in said
    assert "copy" in said


async def test_a_mention_in_a_cards_thread_asks_what_the_command_asks(here: Stage) -> None:
    await begun(here)
    happens(here, "error")
    await here.seen(lambda: told(here))
    (card,) = told(here)
    here.slack.say("U0NOAH", CHANNEL, "who looks?", thread_ts=card.ts)
    await here.slack.mention(MIA, CHANNEL, "@nightshift failed today", thread_ts=card.ts)
    await here.seen(lambda: here.slack.whispers(MIA))
    (answer,) = here.slack.whispers(MIA)
    assert "SRV-SQL01" in answer.text
    assert answer.thread_ts == card.ts


async def test_a_cards_shortcut_opens_the_details_of_its_task(here: Stage) -> None:
    await begun(here)
    happens(here, "error")
    await here.seen(lambda: told(here))
    (card,) = told(here)
    await here.slack.shortcut(MIA, CHANNEL, card.ts, "what_is_this_task")
    await here.seen(lambda: _windows(here))
    await here.seen(lambda: "SRV-SQL01" in _windows(here)[-1])


def _windows(here: Stage) -> list[str]:
    """What the window open for Mia holds, as words."""
    top = here.slack.views.top(MIA)
    return [str(top.content)] if top else []
