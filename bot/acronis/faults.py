"""Error bodies of Resource and Policy Management and of the Alert Manager (acronis-plans §1).

They are bare or wrapped in `error`, with or without `Error` at the end of a code, or a list of issues.
"""

import re
from typing import Annotated

import httpx
from pydantic import ValidationError

from bot.acronis.fields import Else, Raw, Text, inside

_MOST_READ = 100_000  # bytes of an error body
_MOST_ISSUES = 5
_SCOPE = re.compile(r"urn:acronis\.com:[0-9A-Za-z:_.{}-]{1,200}")


class RawError(Raw):
    code: Text = ""
    message: Text = ""
    debug_message: Text = inside("debug", "msg")
    scope: Text = inside("context", "required_scope")

    @property
    def name(self) -> str:
        """Its code, as it is compared."""
        return self.code.removesuffix("Error").casefold()


class _Issue(Raw):
    error: RawError = RawError()


class _Body(RawError):
    error: Annotated[RawError | None, Else(None)] = None
    issues: Annotated[list[Annotated[_Issue | None, Else(None)]] | None, Else(None)] = None

    @property
    def found(self) -> tuple[RawError, ...]:
        issues = tuple(issue.error for issue in (self.issues or ())[:_MOST_ISSUES] if issue)
        return (*issues, *filter(None, (self.error,)), self)


def errors_in(response: httpx.Response) -> tuple[RawError, ...]:
    """Every error in it, the first few; none for HTML and whatever else is none of the documented shapes."""
    try:
        return _Body.model_validate_json(response.content[:_MOST_READ]).found
    except ValidationError:
        return ()


def required_scope(response: httpx.Response) -> str:
    """The scope that a 403 says is missing, "" where it does not say."""
    return next((error.scope for error in errors_in(response) if _SCOPE.fullmatch(error.scope)), "")
