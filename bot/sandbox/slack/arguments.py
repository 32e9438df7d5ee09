"""Arguments of a call, whether they came as JSON or as a form. Knows no method."""

import json
from typing import Any

from aiohttp import web

from bot.sandbox.slack.refusal import Json, RefusalError

STRUCTURED = {
    "blocks": "invalid_blocks_format",
    "attachments": "invalid_attachments",
    "metadata": "invalid_metadata_format",
    "view": "invalid_arguments",
}
"""Arguments that a form carries as JSON text, each with Slack's word for bad JSON."""


async def read(request: web.Request) -> tuple[str, Json]:
    """The token, "" where there is none, and the arguments without it. Raises RefusalError invalid_json."""
    arguments: Json = dict(request.query)
    if request.content_type == "application/json":
        arguments |= _json(await request.text())
    elif request.method == "POST":
        arguments |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    sent = arguments.pop("token", "")
    return (token.strip() if scheme.lower() == "bearer" else str(sent or "")), arguments


def _json(text: str) -> Json:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        raise RefusalError("invalid_json") from None
    if not isinstance(value, dict):
        raise RefusalError("json_not_object")
    return value


def structured(arguments: Json, key: str) -> Any:
    """None where it was not sent. Raises RefusalError where it is text but not JSON."""
    value = arguments.get(key)
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError:
        raise RefusalError(STRUCTURED[key]) from None


def text(arguments: Json, key: str) -> str:
    value = arguments.get(key)
    return "" if value is None else str(value)


def needed(arguments: Json, key: str, otherwise: str = "invalid_arguments") -> str:
    """The argument as text. Raises RefusalError `otherwise` where it is missing or empty."""
    value = text(arguments, key)
    if not value:
        raise RefusalError(otherwise)
    return value


def truth(arguments: Json, key: str) -> bool:
    return str(arguments.get(key, "")).lower() in {"1", "true"}


def whole(arguments: Json, key: str, default: int, high: int) -> int:
    """A number from 1 to `high`. Raises RefusalError invalid_limit."""
    value = text(arguments, key) or str(default)
    if not value.isdecimal() or not 1 <= int(value) <= high:
        raise RefusalError("invalid_limit")
    return int(value)
