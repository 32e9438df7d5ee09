"""What people may type in the demo, and what is done about it. A line that means nothing gets a sentence that helps.

/tasks …  /activities …     to the bot, as Mia in #backup-alerts
@nightshift …               the same words, below the newest message there
what [WORDS]                chooses “What is this task?” on the newest message, or the newest that has these words
tap NUMBER | LABEL          presses a button of the newest message that has it
fail [NAME]  recover [NAME]  storm [COUNT]  outage on|off
help  quit
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.sandbox import slack
from bot.sandbox.demo.happenings import WINDOW, Button, Happening, Transcript, What
from bot.sandbox.demo.trouble import Trouble

YOU = "U0MIA"
COMMANDS = ("/tasks", "/activities")
MENTION = "@nightshift"
SHORTCUT = "what_is_this_task"
ANSWER_SECONDS = 5.0
"""So long a line waits for its answer before the next one is taken: answers stand below their questions."""
_STORM, _LARGEST_STORM = 8, 200

HELP = """\
/tasks running      asks the bot; /tasks help tells its words, /activities works too
@nightshift failed  asks in the thread of the newest message, where commands do not work
what                asks what task the newest message is about; add words of it to choose
tap 1               presses a button of the newest message; its label does too
fail, recover       a backup fails, the next one is ok; add a name to choose
storm               eight backups fail at once
outage on           Acronis goes away; outage off brings it back
quit                ends everything; Ctrl-C does too"""
UNKNOWN = "“{}” means nothing here. Type /tasks running to ask the bot, tap 1 to press a button, or help."


class Orders:
    """`say` prints a sentence of the demo's own."""

    def __init__(
        self, pretend: slack.PretendSlack, trouble: Trouble, transcript: Transcript, say: Callable[[str], None]
    ) -> None:
        self._slack = pretend
        self._trouble = trouble
        self._transcript = transcript
        self._say = say
        self._words: dict[str, Callable[[str], Awaitable[None] | None]] = {
            "tap": self._tap,
            "what": self._what,
            "fail": self._fail,
            "recover": self._recover,
            "storm": self._storm,
            "outage": self._outage,
            "help": lambda _: say(HELP),
            "?": lambda _: say(HELP),
        }

    async def obey(self, line: str) -> bool:
        """Does what the line says. False for `quit`."""
        word, _, rest = line.strip().partition(" ")
        if word.casefold() in ("quit", "exit"):
            return False
        if word in COMMANDS:
            await self.ask(word, rest.strip())
        elif word.casefold() == MENTION:
            await self._mention(f"{MENTION} {rest}".strip())
        elif (obeyed := self._words.get(word.casefold())) is not None:
            if (doing := obeyed(rest.strip())) is not None:
                await doing
        elif word:
            self._say(_unknown(word, rest))
        return True

    async def ask(self, command: str, text: str) -> None:
        """Types a command, and gives its answer a moment to come."""
        since = len(self._transcript.seen)
        await self._slack.command(YOU, slack.ALERTS, text, command=command)
        await self._until(_is_for_you, since)

    async def _mention(self, text: str) -> None:
        since = len(self._transcript.seen)
        newest = self._newest("")
        await self._slack.mention(YOU, slack.ALERTS, text, thread_ts=newest.ts if newest else "")
        await self._until(_is_for_you, since)

    async def _what(self, wanted: str) -> None:
        message = self._newest(wanted)
        if message is None:
            self._say(f"No message in the channel has “{wanted}”." if wanted else "The channel is still empty.")
            return
        since = len(self._transcript.seen)
        await self._slack.shortcut(YOU, slack.ALERTS, message.ts, SHORTCUT)
        await self._until(_is_for_you, since)

    def _newest(self, wanted: str) -> slack.Message | None:
        """The newest message of the channel that has these words."""
        shown = reversed(self._slack.shown(slack.ALERTS))
        return next((each for each in shown if wanted.casefold() in each.text.casefold()), None)

    async def _tap(self, wanted: str) -> None:
        shown = self._with_buttons()
        if not shown:
            self._say("No message has a button yet. Type /tasks running: its answer has some.")
            return
        found = [(each, button) for each in shown if (button := _chosen(each.buttons, wanted)) is not None]
        if not found:
            self._say(_no_button(shown[0].buttons, wanted))
            return
        since = len(self._transcript.seen)
        with suppress(slack.ControlError):  # gone since it was shown: the sentence below says so
            await self._press(*found[0])
            await self._until(_is_answer if _speaks_to_all(found[0][1]) else _is_for_you, since)
            return
        self._say("That message is gone.")

    async def _press(self, on: Happening, button: Button) -> None:
        view, ts = (on.key, "") if on.place == WINDOW else ("", on.key)
        await self._slack.tap(
            YOU,
            action=button.action,
            label=button.label,
            value=button.value or None,
            channel=on.channel,
            ts=ts,
            view=view,
        )

    async def _until(self, answered: Callable[[Happening], bool], since: int) -> None:
        with suppress(TimeoutError):  # an answer that takes longer is printed when it comes
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._transcript.until(answered, since)

    def _with_buttons(self) -> list[Happening]:
        """The messages and windows that have buttons now, the newest first."""
        newest = {each.key: each for each in self._transcript.seen if each.key}
        shown = [each for each in newest.values() if each.shows and each.buttons]
        return sorted(shown, key=lambda each: each.at, reverse=True)

    def _fail(self, name: str) -> None:
        try:
            begun = self._trouble.fail(name, known=self._summary())
        except LookupError:
            self._say(_no_machine(name))
            return
        self._say(f"The backup of {begun.resource} fails now. The bot hears of it by its next poll.")

    def _recover(self, name: str) -> None:
        try:
            names = self._trouble.recover(name)
        except LookupError:
            self._say(_no_machine(name))
            return
        if names:
            self._say(f"The next backup goes well: {', '.join(names)}.")
        else:
            self._say("Nothing that you made fail is failing. Add a name: recover SRV-WEB01.")

    def _storm(self, count: str) -> None:
        if count and not (count.isascii() and count.isdigit() and 0 < int(count) <= _LARGEST_STORM):
            self._say(f"A storm takes a number from 1 to {_LARGEST_STORM}, such as storm {_STORM}.")
            return
        begun = self._trouble.storm(int(count or _STORM))
        self._say(f"{len(begun)} backups fail now. Slack takes one post a second.")

    def _outage(self, turned: str) -> None:
        if turned.casefold() not in ("on", "off"):
            self._say("Type outage on, or outage off.")
            return
        on = turned.casefold() == "on"
        self._trouble.outage(on=on)
        self._say("Acronis is away now. The bot says so when it is sure." if on else "Acronis is back.")

    def _summary(self) -> str:
        """All that the channel shows: who is in it may be failing already."""
        return "\n".join(each.text for each in self._slack.shown(slack.ALERTS))


def _is_answer(each: Happening) -> bool:
    """A window just opened says only that the bot is at work."""
    is_loading = each.place == WINDOW and each.what is What.POSTED
    return each.what is What.REFUSED or (each.shows and not is_loading)


def _is_for_you(each: Happening) -> bool:
    return _is_answer(each) and not each.place.startswith("#")


def _speaks_to_all(button: Button) -> bool:
    """Whether its answer stands in the channel; every other one is for the person alone."""
    return button.action == "answer.share"


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
    return UNKNOWN.format(f"{word} {rest}".strip())
