"""What a person is told when their request fails, and what the log gets of it. Knows nothing of how it is sent."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.blocks import notes
from bot.errors import AccessDenied, AnswerExpired, NightshiftError, UsageError
from bot.model import Message

log = structlog.get_logger(__name__)

WENT_WRONG = "Something went wrong on our side, not yours. Try again; if it stays so, tell who runs Nightshift."


@dataclass(frozen=True, slots=True)
class Mishap:
    """What the asker is told; `reference` is also in the log, "" where the log has nothing to add."""

    told: str
    reference: str = ""


async def or_mishap(work: Callable[[], Awaitable[Message]]) -> Message:
    """What `work` answers, or why it does not, as a message. Never raises."""
    try:
        return await work()
    except UsageError as error:
        return notes.usage(error)
    except (AnswerExpired, AccessDenied) as error:
        return notes.refusal(error.told)
    except Exception as error:  # noqa: BLE001 - the top of a request: a handler may raise anything
        mishap = mishap_of(error)
        return notes.failure(mishap.told, mishap.reference)


def mishap_of(error: Exception) -> Mishap:
    """Logs what the person cannot see to by themselves."""
    if isinstance(error, UsageError | AnswerExpired | AccessDenied):
        return Mishap(error.told)
    reference = secrets.token_hex(3)
    if isinstance(error, NightshiftError):
        log.warning("a request failed", reference=reference, error=type(error).__name__, exc_info=error)
        return Mishap(error.told, reference)
    log.error("a request broke", reference=reference, error=type(error).__name__, exc_info=error)
    return Mishap(WENT_WRONG, reference)
