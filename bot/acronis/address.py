"""Which addresses of a data centre are taken. Knows nothing of tokens or tasks."""

from ipaddress import ip_address

import httpx

from bot.errors import SettingsError

_EXAMPLE = "https://eu2-cloud.acronis.com"


def check_url(url: str, setting: str = "ACRONIS_URL") -> str:
    """The data centre's address without a slash at its end; raises SettingsError, naming `setting`.

    https is required, since each request carries a token; plain http is taken on loopback only.
    """
    try:
        parsed = httpx.URL(url.strip())
    except httpx.InvalidURL:
        raise SettingsError([f"{setting} is not an address; it looks like {_EXAMPLE}."]) from None
    if parsed.scheme not in ("https", "http") or not parsed.host:
        raise SettingsError([f"{setting} must be a whole address like {_EXAMPLE}."])
    if parsed.scheme == "http" and not is_loopback(parsed):
        raise SettingsError([f"{setting} must begin with https://; plain http is taken on this machine only."])
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise SettingsError([f"{setting} must be the data centre's address alone, like {_EXAMPLE}."])
    return str(parsed).rstrip("/")


def is_loopback(url: httpx.URL) -> bool:
    if url.host == "localhost":
        return True
    try:
        return ip_address(url.host).is_loopback
    except ValueError:
        return False


def same_place(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether a token for `one` may be shown to `other`: same scheme, host and port."""
    return _origin(one) == _origin(other)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)
