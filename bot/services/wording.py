"""What is said where Acronis gave no answer, and the copy did."""

from bot.errors import AcronisError, AcronisUnavailable, NotFound

_THE_COPY = "this is the bot's copy"


def away(error: AcronisError) -> str:
    """*Acronis does not answer; this is the bot's copy*."""
    return f"{words(error)}; {_THE_COPY}"


def words(error: AcronisError) -> str:
    """Why Acronis gave no answer, without what to do about it."""
    if isinstance(error, AcronisUnavailable):
        return "Acronis does not answer"
    if isinstance(error, NotFound):
        return "Acronis no longer has it"
    return error.told.rstrip(".")
