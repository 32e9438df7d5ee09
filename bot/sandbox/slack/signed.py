"""How Slack writes and signs an HTTP request, and reads its answer. Sends nothing itself.

Rules: docs.slack.dev, authentication/verifying-requests-from-slack.
"""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from bot.sandbox.slack.refusal import Json


def encoded(kind: str, payload: Json) -> tuple[bytes, str]:
    """Body and content type: a form for commands, a form around JSON for interactions, JSON for events."""
    form = "application/x-www-form-urlencoded"
    if kind == "slash_commands":
        return urlencode(payload).encode(), form
    if kind == "interactive":
        return urlencode({"payload": json.dumps(payload)}).encode(), form
    return json.dumps(payload).encode(), "application/json"


def signature(secret: str, body: bytes, at: float) -> dict[str, str]:
    """Slack's two headers (docs, "Verifying requests from Slack"). `at` in seconds since 1970."""
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def decoded(content_type: str, text: str) -> Any:
    """An answer's JSON; any other text as the message it stands for; None where it is empty."""
    if not text:
        return None
    if content_type != "application/json":
        return {"text": text}
    try:
        return json.loads(text)
    except ValueError:
        return {"text": text}


def error_of(status: int) -> str:
    """What the person sees for an HTTP status, "" below 400."""
    if status >= 500:
        return "http_service_error"
    return "http_client_error" if status >= 400 else ""
