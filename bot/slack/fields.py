"""Fields of Slack's payloads, read defensively: one that is missing or of another type reads as empty."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Payload = Mapping[str, Any]


def is_readable(body: object) -> bool:
    """Whether Bolt can read it, which takes both for objects."""
    return isinstance(body, Mapping) and isinstance(body.get("event", {}), Mapping)


def mapping(body: Payload, name: str) -> Payload:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def mappings(values: object) -> Iterator[Payload]:
    if isinstance(values, Sequence):
        yield from (value for value in values if isinstance(value, Mapping))


def text(body: Payload, *path: str) -> str:
    value: object = body
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return _whole(value) if isinstance(value, str) else ""


def _whole(text: str) -> str:
    """JSON may hold half of a pair of surrogates, which nothing else takes."""
    return text if text.isascii() else text.encode(errors="replace").decode()
