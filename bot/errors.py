"""The error tree. What a person is told is `told`; the log gets the class, the cause and the traceback.

NightshiftError
├── SettingsError           configuration is wrong; every fault is listed           (the operator acts)
├── UsageError              a word in a command was not understood                  (the asker acts)
├── AccessDenied            a guest, a stranger or another workspace asked
├── AnswerExpired           a page button of an answer that is no longer kept
├── AcronisError
│   ├── AcronisUnavailable  no connection, 5xx, 429, unreadable answer              (try later)
│   ├── AcronisRefused      WrongCredentials · WrongDataCentre · MissingRole        (the operator acts)
│   │                       · MissingScope
│   ├── AcronisRejected     400: the question itself was refused
│   └── NotFound            no such task or activity
├── SlackError
│   ├── NotPosted           refused before acceptance                               (try later)
│   ├── Uncertain           it may have been posted
│   ├── ChannelDead         no such channel, archived, not a member                 (the operator acts)
│   ├── BlocksRefused       Slack does not take these blocks: send plain text
│   ├── MessageGone         the message to edit is gone or can no longer be edited
│   └── SlackRefused        a token is refused                                      (the operator acts)
├── HookFailed               a web hook did not take what was sent to it
└── StoreError
    ├── LeaseLost           another one holds the lease: nothing was written
    ├── StoreInUse          another process holds this database
    └── StoreUnavailable    the database cannot be opened, read or written        (the operator acts)
"""

from collections.abc import Sequence

UNTRUSTED = (
    "The certificate of {whom} is not trusted here ({reason}), so nothing is sent there. It stays so until somebody"
    " acts: name the authority that signed it in SSL_CERT_FILE, or mend the proxy or this machine's clock."
)
"""What people are told of it, Slack's and Acronis's alike."""


class NightshiftError(Exception):
    """Raised on purpose. `told` is one or two sentences fit for a person: what happened, what to do."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


class SettingsError(NightshiftError):
    """`faults` are sentences, one for each thing that is wrong, each naming its setting."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("The configuration is wrong:\n" + "\n".join(f"- {fault}" for fault in faults))
        self.faults = tuple(faults)


class UsageError(NightshiftError):
    """Points at the word in the text that was not understood.

    `offset` and `length` count characters of the text as it was typed; `example` is a command that works. `meant` are
    words that were probably meant in place of the marked ones, `offers` whole texts of commands: people choose one.
    `is_question`: the example asks, and changes nothing.
    """

    def __init__(
        self,
        told: str,
        *,
        text: str,
        offset: int = 0,
        length: int = 0,
        example: str = "",
        meant: Sequence[str] = (),
        offers: Sequence[str] = (),
        is_question: bool = False,
    ) -> None:
        super().__init__(told)
        self.text = text
        self.offset = offset
        self.length = length
        self.example = example
        self.meant = tuple(meant)
        self.offers = tuple(offers)
        self.is_question = is_question


class AccessDenied(NightshiftError):
    pass


class AnswerExpired(NightshiftError):
    pass


class AcronisError(NightshiftError):
    pass


class AcronisUnavailable(AcronisError):
    """Nothing is known of the answer; asking again later may work. `retry_after` is in seconds, if Acronis named it.

    `is_busy`: Acronis asks for fewer questions.
    """

    def __init__(self, told: str, *, retry_after: float | None = None, is_busy: bool = False) -> None:
        super().__init__(told)
        self.retry_after = retry_after
        self.is_busy = is_busy


class AskedTooOften(AcronisUnavailable):
    """One person has asked for more than one may: Acronis was not asked."""


class AcronisRefused(AcronisError):
    """Asking again does not help until the operator changes something."""


class WrongCredentials(AcronisRefused):
    pass


class WrongDataCentre(AcronisRefused):
    pass


class MissingRole(AcronisRefused):
    pass


class MissingScope(AcronisRefused):
    """One API may not be read; others may. `scope` is what the client lacks, "" where that is not known."""

    def __init__(self, told: str, *, scope: str = "") -> None:
        super().__init__(told)
        self.scope = scope


class AcronisRejected(AcronisError):
    pass


class NotFound(AcronisError):
    pass


class SlackError(NightshiftError):
    """`code` is Slack's own word for it (`channel_not_found`), or ours in lower case where Slack said none."""

    def __init__(self, told: str, *, code: str = "") -> None:
        super().__init__(told)
        self.code = code


class NotPosted(SlackError):
    """Slack did not take it. `retry_after` is in seconds, if Slack named it."""

    def __init__(self, told: str, *, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(told, code=code)
        self.retry_after = retry_after


class Uncertain(SlackError):
    pass


class ChannelDead(SlackError):
    pass


class BlocksRefused(SlackError):
    pass


class MessageGone(SlackError):
    pass


class SlackRefused(SlackError):
    pass


class HookFailed(NightshiftError):
    """`code` is what happened, in a word, without anything of the hook's address. `is_passing`: later it may work."""

    def __init__(self, told: str, *, code: str, is_passing: bool) -> None:
        super().__init__(told)
        self.code = code
        self.is_passing = is_passing


class StoreError(NightshiftError):
    pass


class LeaseLost(StoreError):
    pass


class StoreInUse(StoreError):
    pass


class StoreUnavailable(StoreError):
    pass
