"""What Slack made of a person's words is turned back into them: mentions, links and entities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.parsing import unescape, without_mention

BOT = "U0BOT"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<@U0BOT> failed today", "failed today"),
        ("<@U0BOT|nightshift> failed today", "failed today"),
        ("<@U0BOT>\u00a0failed", "failed"),
        ("<@U0BOT>, failed", "failed"),
        ("<@U0BOT>: failed", "failed"),
        ("<@U0BOT>failed", "failed"),
        ("failed today <@U0BOT>", "failed today"),
        ("  <@U0BOT>  ", ""),
        ("<@U0BOT> <@U0BOT> help", "help"),
        ("<@U0BOT> -google", "-google"),
    ],
)
def test_the_mention_of_the_bot_goes_wherever_it_stands(text: str, words: str) -> None:
    assert without_mention(BOT, text) == words


def test_words_on_both_sides_of_the_mention_stay_apart() -> None:
    assert without_mention(BOT, "failed<@U0BOT>today").split() == ["failed", "today"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tenant <http://acme.com|acme.com>", "tenant acme.com"),
        ("tenant <https://acme.com/?a=1&amp;b=2>", "tenant https://acme.com/?a=1&b=2"),
        ("by <mailto:a@b.c|a@b.c>", "by a@b.c"),
        ("by <mailto:a@b.c>", "by a@b.c"),
        ("show <tel:944455285181775872|944455285181775872>", "show 944455285181775872"),
        ("by <@U123>", "by @U123"),
        ("by <@U123|mia>", "by @mia"),
        ("<#C1|on-call>", "#on-call"),
        ("<#C1|>", "#C1"),
        ("<!here>", "@here"),
        ("<!subteam^S1|@night>", "@night"),
        ("since <!date^1^{date}|1 Jun>", "since 1 Jun"),
        ("machine a&amp;b &lt;x&gt; &amp;lt;", "machine a&b <x> &lt;"),
        ("&lt;@U0BOT&gt;", "<@U0BOT>"),
        ("tenant “Acme”", "tenant “Acme”"),
        ("a <|> b < c", "a  b < c"),
    ],
)
def test_what_slack_made_of_words_is_read_as_people_read_it(text: str, words: str) -> None:
    assert without_mention(BOT, text) == words


def test_without_knowing_who_the_bot_is_no_mention_is_taken_for_its_own() -> None:
    assert without_mention("", "<@U0BOT> failed") == "@U0BOT failed"


@given(st.text())
def test_what_slack_escaped_is_read_as_it_was_typed(text: str) -> None:
    assert unescape(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")) == text


@given(st.text(alphabet="<>@#!|&;lgtamp U0BO^T:mailto"))
def test_no_text_breaks_the_reading(text: str) -> None:
    assert isinstance(without_mention(BOT, text), str)
