"""What the environment says of the network to every program: proxies, and whose certificates are believed.

The HTTP and Slack clients are told what is read here and do not look for themselves: each of them reads these variables
in another way, and some break on what is no fault, such as `NO_PROXY=fd00::/8`. A sentence never holds a proxy's
address, since a password may be in it.
"""

import re
import ssl
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from os import pathsep
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from bot.acronis.http import is_loopback

_LONGEST_HOST = 253
_PORTS = {"https": 443, "http": 80}
_PROXY = re.compile(
    r"https?://(?:[^\s/?#@\x00-\x1f\x7f]*@)?(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?/?", re.IGNORECASE | re.ASCII
)


def proxy_of(url: str, environment: Mapping[str, str], *more: str) -> str:
    """The proxy for an address, "" where there is none; `more` are variables that count where no other is set.

    Raises ValueError, with a sentence, where the variable that counts is no address. This machine's ports have none.
    """
    address = urlsplit(url)
    if _is_excepted(address, valued(environment, "NO_PROXY")[1]):
        return ""
    for name in (f"{address.scheme.upper()}_PROXY", "ALL_PROXY", *more):
        found, value = valued(environment, name)
        if value:
            return _checked(found, value)
    return ""


def valued(environment: Mapping[str, str], name: str) -> tuple[str, str]:
    """The variable as it is written there, small letters first, and its value; "" where there is none."""
    found = next((each for each in (name.lower(), name) if environment.get(each, "").strip()), name)
    return found, environment.get(found, "").strip()


def certificate_faults(environment: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the variables that say whose certificates are believed."""
    file, folders = environment.get("SSL_CERT_FILE", "").strip(), environment.get("SSL_CERT_DIR", "").strip()
    if file:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
        except (OSError, ValueError):
            yield f"SSL_CERT_FILE: {file} cannot be read as certificates. Name a PEM file, or unset it."
    elif folders and not any(Path(folder).is_dir() for folder in folders.split(pathsep)):
        yield f"SSL_CERT_DIR: {folders} is no folder. Name one with certificates, or unset it."


def key_log_faults(environment: Mapping[str, str]) -> Iterator[str]:
    """Where keys of connections are written for debugging: whoever makes a TLS context opens the file."""
    file = environment.get("SSLKEYLOGFILE", "")
    if file:
        try:
            Path(file).open("ab").close()
        except (OSError, ValueError):
            yield f"SSLKEYLOGFILE: {file} cannot be written. Name a file that can be, or unset it."


def _checked(name: str, value: str) -> str:
    """The whole address; http where no scheme is named. Raises ValueError."""
    proxy = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(proxy)
        host = parts.hostname or ""
        is_address = _PROXY.fullmatch(proxy) is not None and len(host) <= _LONGEST_HOST and (parts.port or 0) >= 0
        if host.rpartition(".")[2].isdigit():
            ip_address(host)
    except ValueError:
        is_address = False
    if not is_address:
        raise ValueError(
            f"{name} is no address of an HTTP proxy. It looks like http://proxy.example:3128, or unset it."
        )
    return proxy


def _is_excepted(address: SplitResult, excepted: str) -> bool:
    host = (address.hostname or "").rstrip(".")
    return is_loopback(host) or any(_fits(address, host, each) for each in excepted.lower().replace(",", " ").split())


def _fits(address: SplitResult, host: str, excepted: str) -> bool:
    """A network, an address, `*`, or a name with all below it; with a port only that one."""
    if excepted == "*":
        return True
    try:
        return ip_address(host) in ip_network(excepted.strip("[]"), strict=False)
    except ValueError:
        name, colon, port = (
            excepted.rpartition(":") if excepted.count(":") == 1 or "]:" in excepted else (excepted, "", "")
        )
    if colon and port != str(address.port or _PORTS.get(address.scheme)):
        return False
    name = name.strip("[]").removeprefix("*").removeprefix(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))
