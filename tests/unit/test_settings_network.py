"""Which proxy the environment names (bot/settings/network.py)."""

from pathlib import Path

import certifi
import pytest

from bot.errors import SettingsError
from bot.settings import Mode, load
from bot.settings.network import certificate_faults, key_log_faults, proxy_of
from tests.builders import ENVIRONMENT, settings

PROXY = "http://proxy.example:3128"
ACRONIS = "https://eu2-cloud.acronis.com"


@pytest.mark.parametrize(
    ("excepted", "url", "is_proxied"),
    [
        ("", ACRONIS, True),
        ("localhost,fd00::/8", ACRONIS, True),
        ("localhost,fd00::/8", "https://[fd12::1]", False),
        ("localhost,[fd12::1]", "https://[fd12::1]:8443", False),
        ("10.0.0.0/8, *.acronis.com", "https://10.1.2.3", False),
        ("10.0.0.0/8, *.acronis.com", ACRONIS, False),
        (".acronis.com", ACRONIS, False),
        ("acronis.com", ACRONIS, False),
        ("onis.com", ACRONIS, True),
        ("ACRONIS.COM", ACRONIS, False),
        ("*", ACRONIS, False),
        ("eu2-cloud.acronis.com:443", ACRONIS, False),
        ("eu2-cloud.acronis.com:8443", ACRONIS, True),
        ("://,[,/,*.,:::::,fd00::/999,%zz, ,::1]", ACRONIS, True),
    ],
)
def test_no_proxy_excepts_names_addresses_and_networks(excepted: str, url: str, is_proxied: bool) -> None:
    environment = {"HTTPS_PROXY": PROXY, "NO_PROXY": excepted}
    assert proxy_of(url, environment) == (PROXY if is_proxied else "")


def test_the_variable_of_the_scheme_comes_before_the_one_for_all_and_small_letters_first() -> None:
    every = {"https_proxy": "http://a", "HTTPS_PROXY": "http://b", "ALL_PROXY": "http://c", "HTTP_PROXY": "http://d"}
    assert proxy_of(ACRONIS, every) == "http://a"
    assert proxy_of(ACRONIS, every | {"https_proxy": " "}) == "http://b"
    assert proxy_of(ACRONIS, {"ALL_PROXY": "c:3128"}) == "http://c:3128"
    assert proxy_of(ACRONIS, {"HTTP_PROXY": "http://d"}) == ""


@pytest.mark.parametrize(
    "value",
    [
        "http://",
        "http://[fd00",
        "socks5://a:1",
        "ftp://a",
        "://",
        "http://a:port",
        "a b",
        "a:99999",
        "http://u:p@[x]:1",
        "http://999.1.1.1:80",
        "http://1.2.3:80",
        "http://u\x01:p@a:1",
        f"http://{'a' * 70_000}",
    ],
)
def test_what_is_no_proxy_is_refused_with_its_variables_name(value: str) -> None:
    with pytest.raises(ValueError, match=r"^https_proxy is no address of an HTTP proxy"):
        proxy_of(ACRONIS, {"https_proxy": value})


def test_certificates_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    (tmp_path / "garbage.pem").write_bytes(b"\x00\xff")
    for value in ("gone.pem", "empty.pem", "garbage.pem", "."):
        (fault,) = certificate_faults({"SSL_CERT_FILE": str(tmp_path / value)})
        assert fault.startswith("SSL_CERT_FILE: ")
    (fault,) = certificate_faults({"SSL_CERT_DIR": f"{tmp_path / 'gone'}:{tmp_path / 'gone too'}"})
    assert fault.startswith("SSL_CERT_DIR: ")
    assert not [*certificate_faults({"SSL_CERT_DIR": f"{tmp_path / 'gone'}:{tmp_path}", "SSL_CERT_FILE": " "})]
    assert not [*certificate_faults({"SSL_CERT_FILE": certifi.where()})]


def test_a_file_for_keys_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    for value in (tmp_path, tmp_path / "gone" / "keys"):
        (fault,) = key_log_faults({"SSLKEYLOGFILE": str(value)})
        assert fault.startswith("SSLKEYLOGFILE: ")
    assert not [*key_log_faults({"SSLKEYLOGFILE": str(tmp_path / "keys")})]


def test_faults_of_the_network_are_told_with_the_others_and_no_password_is(tmp_path: Path) -> None:
    wrong = {"HTTPS_PROXY": "socks5://user:hunter2@proxy:1", "SSL_CERT_FILE": "/gone.pem", "TIME_ZONE": "Mars"}
    with pytest.raises(SettingsError) as told:
        load({**ENVIRONMENT, "ACRONIS_URL": ACRONIS, **wrong}, Mode.RUN, folder=tmp_path)
    assert {fault.split()[0] for fault in told.value.faults} == {"HTTPS_PROXY", "SSL_CERT_FILE:", "TIME_ZONE"}
    assert "hunter2" not in told.value.told


def test_what_is_on_this_machine_needs_no_proxy_and_no_certificates(tmp_path: Path) -> None:
    wrong = {"HTTP_PROXY": "socks5://proxy:1", "SSL_CERT_FILE": "/gone.pem", "NO_PROXY": "localhost,fd00::/8"}
    found = settings(tmp_path, ACRONIS_URL="http://[::1]:9", **wrong)
    assert (found.slack_proxy, [account.proxy for account in found.accounts]) == ("", [""])


def test_slack_and_each_account_have_their_proxy(tmp_path: Path) -> None:
    proxies = {"HTTP_PROXY": PROXY, "NO_PROXY": "fd00::/8,acronis.com", "SLACK_API_URL": "https://slack.com/api/"}
    found = settings(tmp_path, ACRONIS_URL=ACRONIS, **proxies)
    assert (found.slack_proxy, [account.proxy for account in found.accounts]) == (PROXY, [""])
    assert PROXY not in repr(found)
