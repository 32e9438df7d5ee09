"""How single values of Acronis's JSON and headers are read (reference §8, §10): text, numbers, flags, times.

What is of the wrong shape reads as absent; fields that we do not know are skipped.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
from pydantic import AliasPath, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, StrictInt, StrictStr
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

from bot.model import headers
from bot.model.values import dataclass

LONGEST_ID = 128
NAME_LENGTH = 512
"""Characters that are kept of a name, and of a word of Acronis's."""
_SIGNED_64 = 2**63
_LONGEST_TIME = 64  # characters
_NO_YEAR = 9000  # days and weeks are added to times


@dataclass(frozen=True, slots=True)
class Else:
    """What a field reads as where its value has the wrong shape. pydantic does it in its own core: it costs nothing."""

    value: object

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_default_schema(handler(source), default=self.value, on_error="default")


Text = Annotated[str, Else("")]
Word = Annotated[str | None, Field(max_length=256)]
Id = Annotated[
    Annotated[StrictInt, Field(lt=_SIGNED_64)] | Annotated[StrictStr, Field(max_length=LONGEST_ID)] | None, Else(None)
]
Moment = Annotated[StrictStr | None, Else(None)]
Flag = Annotated[bool | None, Else(None)]
Count = Annotated[int | None, Field(ge=0, lt=_SIGNED_64), Else(None)]
Rate = Annotated[float | None, Field(ge=0, allow_inf_nan=False), Else(None)]


def inside(*path: str, default: object = "") -> Any:
    """A field that stands deeper in the record. `default` is what it reads as where it does not stand there."""
    return Field(default=default, validation_alias=AliasPath(*path))


class Raw(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, coerce_numbers_to_str=True, defer_build=True, extra="ignore")


class Snake(Raw):
    """What Resource and Policy Management write: their names are in snake case."""

    model_config = ConfigDict(alias_generator=None)


def folded_id(text: str) -> str:
    """As ids are compared, since Acronis writes the same one in either case; "" where it is too long for one."""
    return text.strip().lower() if len(text) <= LONGEST_ID else ""


# ── times ──


def moment(text: str | None) -> datetime | None:
    """The time in UTC, cut to microseconds; None for null, "", Go's zero time, the last years a computer can count to,
    and what is no time at all.

    Acronis writes RFC 3339 with 0 to 9 fraction digits (reference §14.14); a time without a zone is taken as UTC.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not UTC:
            at = _in_utc(at)
    except (ValueError, OverflowError):
        return None
    return at if 1 < at.year < _NO_YEAR else None


def when(*texts: str | None) -> datetime | None:
    """The first of these that is a time, in RFC 3339 or in RFC 1123."""
    return next(filter(None, map(_when, texts)), None)


def _when(text: str | None) -> datetime | None:
    if not text or len(text) > _LONGEST_TIME:
        return None
    at = moment(text) or headers.http_date(text)
    return at if at is not None and 1 < at.year < _NO_YEAR else None


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC with `Z`; a fraction only where there is one, so that a filter reads as the guide writes it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def served_at(response: httpx.Response) -> datetime | None:
    """The server's Date, in UTC; None where there is none that a clock could show."""
    at = headers.http_date(response.headers.get("Date", ""))
    return at if at is None or 1 < at.year < _NO_YEAR else None


def retry_after(response: httpx.Response) -> float | None:
    """As `headers.retry_after`, by the server's clock."""
    return headers.retry_after(response.headers.get("Retry-After", ""), served_at(response) or datetime.now(UTC))


def _in_utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
