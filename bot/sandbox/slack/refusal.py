"""How the pretend Slack says no. Owns the one exception of the package; knows nothing of HTTP or state."""

from typing import Any

Json = dict[str, Any]


class RefusalError(Exception):
    """Slack's `ok:false`. `error` is Slack's own word; `extra` goes into the body beside it.

    `status` is 200 but for rate limits; `retry_after` is in whole seconds and becomes the `Retry-After` header.
    """

    def __init__(self, error: str, *, status: int = 200, retry_after: int | None = None, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self.extra = extra

    def body(self) -> Json:
        return {"ok": False, "error": self.error, **self.extra}


class ControlError(Exception):
    """A person of the sandbox cannot do that: no such button, no such channel. The text says what is there instead."""
