"""What a person is told when their request fails, and what the log gets of it. Knows nothing of how it is sent."""

import secrets

import structlog

from bot.blocks import notes
from bot.errors import AccessDenied, AnswerExpired, NightshiftError, UsageError
from bot.model import Message
from bot.model.values import dataclass

log = structlog.get_logger(__name__)

WENT_WRONG = "Something went wrong on our side, not yours. Try again; if it stays so, tell who runs Nightshift."


@dataclass(frozen=True, slots=True)
class Failure:
    """What the asker is told; `reference` is also in the log, "" where the log has nothing to add."""

    told: str
    reference: str = ""

    @property
    def text(self) -> str:
        return f"{self.told} Reference: {self.reference}" if self.reference else self.told


def failure_of(error: Exception) -> Failure:
    """Logs what the person cannot see to by themselves."""
    if isinstance(error, UsageError | AnswerExpired | AccessDenied):
        return Failure(error.told)
    reference = secrets.token_hex(3)
    if isinstance(error, NightshiftError):
        log.warning("a request failed", reference=reference, error=type(error).__name__, exc_info=error)
        return Failure(error.told, reference)
    log.error("a request broke", reference=reference, error=type(error).__name__, exc_info=error)
    return Failure(WENT_WRONG, reference)


def failure_message(error: Exception) -> Message:
    """The answer in place of the one that `error` prevented. Logs as `failure_of` does."""
    if isinstance(error, UsageError):
        return notes.usage(error)
    failure = failure_of(error)
    return notes.failure(failure.told, failure.reference)
