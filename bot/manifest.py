"""Slack's manifest of the app: manifest.yml as it is for Socket Mode, or with one's own address for signed HTTP.

Works on the text, so that its comments stay. tests/unit/test_manifest.py holds what comes out against Slack's schema.
"""

import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot.errors import SettingsError

FILE: Final = Path(__file__).parents[1] / "manifest.yml"
EVENTS_PATH: Final = "/slack/events"
_LONGEST: Final = 3000  # what Slack's schema takes
_SAFE: Final = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~/-]*)?")
_WANTED: Final = "--url must be the address that Slack reaches the bot by, such as https://bot.example.com"
_FIRST_LINES: Final = (r"    - command: .*\n", r"  event_subscriptions:\n", r"  interactivity:\n")


def manifest(url: str | None) -> str:
    """The manifest as YAML: with `url` for `serve`, without for `run`. Raises SettingsError."""
    text = FILE.read_text(encoding="utf-8")
    if url is None:
        return text
    address = _address(url)
    command, events, interactivity = _FIRST_LINES
    text = re.sub(rf"(?m)^{command}", rf'\g<0>      url: "{address}"\n', text)
    for section in (events, interactivity):
        text = re.sub(rf"(?m)^{section}", rf'\g<0>    request_url: "{address}"\n', text)
    return text.replace("socket_mode_enabled: true", "socket_mode_enabled: false")


def _address(url: str) -> str:
    """Where Slack posts to: the path of `serve` is added where it is not there."""
    address = url.strip().rstrip("/").removesuffix(EVENTS_PATH) + EVENTS_PATH
    try:
        host, _ = urlsplit(address).hostname, urlsplit(address).port  # a port that is none raises
    except ValueError:
        host = None
    if not host or not _SAFE.fullmatch(address) or len(address) > _LONGEST:
        raise SettingsError([f"{_WANTED}: https, a host, and nothing behind the path."])
    return address
