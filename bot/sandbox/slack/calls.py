"""A call of the Web API: its arguments, sent as JSON or as a form, and how it is refused. Knows no method."""

import json
from typing import Any

from aiohttp import web

Json = dict[str, Any]

STRUCTURED = {
    "blocks": "invalid_blocks_format",
    "attachments": "invalid_attachments",
    "metadata": "invalid_metadata_format",
    "view": "invalid_arguments",
}
"""Arguments that a form carries as JSON text, each with Slack's word for bad JSON."""


class RefusalError(Exception):
    """Slack's `ok:false`. `error` is Slack's own word; `extra` goes into the body beside it.

    `status` is 200 but for rate limits; `retry_after` is in whole seconds, or any text that becomes the header.
    """

    def __init__(self, error: str, *, status: int = 200, retry_after: int | str | None = None, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self.extra = extra

    def body(self) -> Json:
        return {"ok": False, "error": self.error, **self.extra}


class ControlError(Exception):
    """A person of the sandbox cannot do that: no such button, no such channel. The text says what is there instead."""


class Arguments(Json):
    """The arguments of a call by name, without its token."""

    def structured(self, key: str) -> Any:
        """None where it was not sent. Raises RefusalError where it is text but not JSON."""
        value = self.get(key)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise RefusalError(STRUCTURED[key]) from None

    def text(self, key: str) -> str:
        value = self.get(key)
        return "" if value is None else str(value)

    def needed(self, key: str, otherwise: str) -> str:
        """The argument as text. Raises RefusalError `otherwise` where it is missing or empty."""
        value = self.text(key)
        if not value:
            raise RefusalError(otherwise)
        return value

    def truth(self, key: str) -> bool:
        return str(self.get(key, "")).lower() in {"1", "true"}

    def whole(self, key: str, default: int, most: int) -> int:
        """A number from 1 to `most`. Raises RefusalError invalid_limit."""
        value = self.text(key) or str(default)
        if not value.isdecimal() or not 1 <= int(value) <= most:
            raise RefusalError("invalid_limit")
        return int(value)


async def read(request: web.Request) -> tuple[str, Arguments]:
    """The token, "" where there is none, and the arguments. Raises RefusalError invalid_json, json_not_object."""
    arguments = Arguments(request.query)
    if request.content_type == "application/json":
        try:
            sent = json.loads(await request.text() or "{}")
        except ValueError:
            raise RefusalError("invalid_json") from None
        if not isinstance(sent, dict):
            raise RefusalError("json_not_object")
        arguments |= sent
    elif request.method == "POST":
        arguments |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    own = arguments.pop("token", "")
    return (token.strip() if scheme.lower() == "bearer" else str(own or "")), arguments
