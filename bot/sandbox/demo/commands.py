"""What people may type in the demo, and what is done about it. A line that means nothing gets a sentence that helps.

/tasks …  /activities …     to the bot, as Mia in #backup-alerts
@nightshift …               the same words, below the newest message there
what [WORDS]                chooses “What is this task?” on the newest message, or the newest that has these words
tap NUMBER | LABEL          presses a button of the newest message that has it
fail [NAME]  recover [NAME]  storm [COUNT]  outage on|off
help  quit
"""

import asyncio
import tomllib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from bot.sandbox import slack
from bot.sandbox.acronis import Begun
from bot.sandbox.acronis.control import Control
from bot.sandbox.demo.transcript import WINDOW, Button, Entry, Transcript, What

YOU = "U0MIA"
COMMANDS = ("/tasks", "/activities")
MENTION = "@nightshift"
SHORTCUT = "what_is_this_task"
ANSWER_SECONDS = 5.0  # so long the next line waits: answers stand below their questions
_STORM, _LARGEST_STORM = 8, 200

TEXTS = tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))
CALM: list[str] = TEXTS["calm"]
RUN_SECONDS = 1.0  # how long a run takes that is made to fail or recover


class Failures:
    """What was made to fail here and has not been made well again."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self._failing: dict[tuple[str, str], Begun] = {}

    @property
    def names(self) -> list[str]:
        """The names that are failing by us, in order."""
        return [begun.resource for begun in self._failing.values()]

    def fail(self, name: str = "", *, known: str = "") -> Begun:
        """The next backup of `name`, else of the first calm name that `known` does not mention, fails."""
        calm = (each for each in CALM if each not in known and each not in self.names)
        begun = self.control.fail(name or next(calm, CALM[0]), seconds=RUN_SECONDS)
        self._failing[begun.resource_id, begun.plan] = begun
        return begun

    def storm(self, count: int) -> list[Begun]:
        """So many backups fail by one cause."""
        begun = self.control.storm(count, seconds=RUN_SECONDS)
        self._failing |= {(each.resource_id, each.plan): each for each in begun}
        return begun

    def recover(self, name: str = "") -> list[str]:
        """The next backup of `name`, or of all that failed by us, is ok; the names. Raises LookupError."""
        failed = [one for one in self._failing.values() if not name or one.resource.casefold() == name.casefold()]
        for begun in failed:
            self.control.recover(begun.resource_id, begun.plan, seconds=RUN_SECONDS)
            del self._failing[begun.resource_id, begun.plan]
        if name and not failed:
            return [self.control.recover(name, seconds=RUN_SECONDS).resource]
        return list(dict.fromkeys(begun.resource for begun in failed))


class Commands:
    """`say` prints a sentence of the demo's own."""

    def __init__(
        self, pretend: slack.PretendSlack, failures: Failures, transcript: Transcript, say: Callable[[str], None]
    ) -> None:
        self._slack = pretend
        self._failures = failures
        self._transcript = transcript
        self._say = say

    async def obey(self, line: str) -> bool:
        """Does what the line says. False for `quit`."""
        word, _, rest = (each.strip() for each in line.strip().partition(" "))
        match word.casefold():
            case "quit" | "exit":
                return False
            case "tap":
                await self._tap(rest)
            case "what":
                await self._what(rest)
            case "@nightshift":
                newest = self._newest("")
                thread_ts, text = newest.ts if newest else "", f"{MENTION} {rest}".strip()
                await self._answered(self._slack.mention(YOU, slack.ALERTS, text, thread_ts=thread_ts))
            case _ if word in COMMANDS:
                await self.ask(word, rest)
            case _ if word:
                self._say(self._sentence(word, rest))
        return True

    async def ask(self, command: str, text: str) -> None:
        """Types a command, and gives its answer a moment to come."""
        await self._answered(self._slack.command(YOU, slack.ALERTS, text, command=command))

    async def _answered(self, doing: Awaitable[object], *, to_all: bool = False) -> None:
        """An answer that takes longer is printed when it comes."""
        since = len(self._transcript.seen)
        await doing
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._transcript.until(lambda each: _is_answer(each, to_all=to_all), since)

    async def _what(self, wanted: str) -> None:
        message = self._newest(wanted)
        if message is not None:
            await self._answered(self._slack.shortcut(YOU, slack.ALERTS, message.ts, SHORTCUT))
        else:
            self._say(f"No message in the channel has “{wanted}”." if wanted else "The channel is still empty.")

    def _newest(self, wanted: str) -> slack.Message | None:
        """The newest message of the channel that has these words."""
        shown = reversed(self._slack.shown(slack.ALERTS))
        return next((each for each in shown if wanted.casefold() in each.text.casefold()), None)

    async def _tap(self, wanted: str) -> None:
        """Presses a button of the newest message or window that has it."""
        newest = {each.key: each for each in self._transcript.seen if each.key}
        shown = [each for each in newest.values() if each.shows and each.buttons]
        shown.sort(key=lambda each: each.at, reverse=True)
        found = [(each, button) for each in shown if (button := _chosen(each.buttons, wanted)) is not None]
        if not shown:
            self._say("No message has a button yet. Type /tasks running: its answer has some.")
        elif not found:
            self._say(_no_button(shown[0].buttons, wanted))
        else:
            await self._press(*found[0])

    async def _press(self, on: Entry, button: Button) -> None:
        view, ts = (on.key, "") if on.place == WINDOW else ("", on.key)
        tap = partial(self._slack.tap, YOU, action=button.action, label=button.label, value=button.value or None)
        try:
            await self._answered(tap(channel=on.channel, ts=ts, view=view), to_all=button.action == "answer.share")
        except slack.ControlError:
            self._say("That message is gone.")

    def _sentence(self, word: str, rest: str) -> str:
        """Does what is no question to the bot, and says what was done."""
        match word.casefold():
            case "fail":
                return self._fail(rest)
            case "recover":
                return self._recover(rest)
            case "storm":
                return self._storm(rest)
            case "outage" if rest.casefold() in ("on", "off"):
                on = rest.casefold() == "on"
                self._failures.control.outage(on)
                return "Acronis is away now. The bot says so when it is sure." if on else "Acronis is back."
            case "outage":
                return "Type outage on, or outage off."
            case "help" | "?":
                return str(TEXTS["help"])
            case _:
                return _unknown(word, rest)

    def _fail(self, name: str) -> str:
        """Who is in the channel may be failing already."""
        known = "\n".join(each.text for each in self._slack.shown(slack.ALERTS))
        try:
            begun = self._failures.fail(name, known=known)
        except LookupError:
            return _no_machine(name)
        return f"The backup of {begun.resource} fails now. The bot hears of it by its next poll."

    def _recover(self, name: str) -> str:
        try:
            names = self._failures.recover(name)
        except LookupError:
            return _no_machine(name)
        if names:
            return f"The next backup goes well: {', '.join(names)}."
        return "Nothing that you made fail is failing. Add a name: recover SRV-WEB01."

    def _storm(self, count: str) -> str:
        if count and not (count.isascii() and count.isdigit() and 0 < int(count) <= _LARGEST_STORM):
            return f"A storm takes a number from 1 to {_LARGEST_STORM}, such as storm {_STORM}."
        begun = self._failures.storm(int(count or _STORM))
        return f"{len(begun)} backups fail now. Slack takes one post a second."


def _is_answer(each: Entry, *, to_all: bool) -> bool:
    """A window just opened says only that the bot is at work."""
    is_loading = each.place == WINDOW and each.what is What.POSTED
    is_said = each.what is What.REFUSED or (each.shows and not is_loading)
    return is_said and (to_all or not each.place.startswith("#"))


def _chosen(buttons: tuple[Button, ...], wanted: str) -> Button | None:
    """By number, or by a label that only one has; None where that is not clear."""
    if wanted.isascii() and wanted.isdigit():
        return buttons[int(wanted) - 1] if 0 < int(wanted) <= len(buttons) else None
    called = [each for each in buttons if wanted.casefold() in (each.label.casefold(), each.spoken.casefold())]
    return called[0] if len(called) == 1 else None


def _no_button(buttons: tuple[Button, ...], wanted: str) -> str:
    numbers = [number for number, each in enumerate(buttons, 1) if each.label.casefold() == wanted.casefold()]
    if numbers:
        return f"{len(numbers)} buttons are called {wanted}. Type tap {numbers[0]} to tap {numbers[-1]}."
    labels = ", ".join(dict.fromkeys(each.label for each in buttons))
    return f"The newest buttons are {labels}. Type tap and a number from 1 to {len(buttons)}, or tap and a label."


def _no_machine(name: str) -> str:
    return f"Nothing is called “{name}” here. Try SRV-SQL01, WS-001, BER-NAS01 or mia@acme.example."


def _unknown(word: str, rest: str) -> str:
    if f"/{word.casefold()}" in COMMANDS:
        return f"Commands begin with a slash: /{word.casefold()} {rest}".rstrip()
    if word.startswith("/"):
        return f"The bot has {' and '.join(COMMANDS)} here. Type /tasks help for its words."
    return str(TEXTS["unknown"]).format(f"{word} {rest}".strip())
