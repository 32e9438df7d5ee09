"""Cleaned error texts (bot/errorbook/explain.py)."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errorbook.explain import MOST_CHARACTERS, clean, explain
from bot.model import Cause, Fault

NETWORK_PATH = r"\\nas01\backup"


def test_nothing_known_is_an_empty_cause() -> None:
    assert explain(None) == Cause()
    assert explain(Fault()) == Cause()


def test_the_cause_comes_first_and_codes_are_kept() -> None:
    told = explain(Fault(code="Full", cause="The disk is full.", effect="No backup.", message="m", ser_code="0x1+0x2"))
    assert told == Cause("The disk is full.", "Full", "0x1+0x2")


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault(message="Message here.", leaf="Leaf here.", effect="Effect here.", code="C"), "Message here."),
        (Fault(leaf="Leaf here.", effect="Effect here.", code="C"), "Leaf here."),
        (Fault(effect="TOL: Failed to execute the command. Backing up", code="C"), "Backing up"),
        (Fault(code="InternalError"), "InternalError"),
        (Fault(cause="ZmqGw::JobRunner", leaf="The agent is gone."), "The agent is gone."),
        (Fault(cause="TOL: Failed to execute the command.", code="Odd"), "Odd"),
        (Fault(cause=" \n ", message='{"domain": "x"}', code="Odd"), "Odd"),
    ],
)
def test_a_text_that_says_nothing_once_clean_gives_way_to_the_next(fault: Fault, text: str) -> None:
    assert explain(fault).text == text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            'HTTP request failure for URL "https://eu-cloud.acronis.com:80/api/infra_manager/v2/backup_storage".\n'
            ' Server response code: "404 - Not Found: The requested resource could not be found".\n'
            ' Server response message: {"domain":"STORAGE_MANAGER","code":"404"}',
            'HTTP request failure. Server response code: "404 - Not Found: The requested resource could not be found".',
        ),
        (
            "TOL: Activity with ID = 'BE95679C-6834-4243-A46E-F364BFD2E7EC' has no associated worker.",
            "Activity has no associated worker.",
        ),
        ("Failed to find archive 'WIN-R1-1A57176B-90DE-494B-BB59-9325C447E513-A'.", "Failed to find archive."),
        ("authority id 26bc3588-4278-40bb-b980-0285c6ce519e not found", "authority id not found"),
        (r"Cannot open C:\Program Files\Acronis\x.log, access denied", "Cannot open, access denied"),
        (f"Failed to connect to {NETWORK_PATH}. Error 0x80070032", "Failed to connect."),
        ("The path /var/lib/acronis/x is full (at 10.0.0.5:443).", "The path is full."),
        ("Failed to connect to avfs:/online?acep.server=baas-fes-eu4.acronis.com%3A44445 now", "Failed to connect now"),
        ("mail to joe@corp.example bounced from srv.corp.local", "mail bounced"),
        ("TOL: Failed to execute the command. Backup plan 'Protect Win'", "Backup plan 'Protect Win'"),
        ("I/O error at 12:30:45, read/write failed.", "I/O error at 12:30:45, read/write failed."),
        ("Das Kennwort fehlt.Bitte eingeben.", "Das Kennwort fehlt.Bitte eingeben."),
        ("Version 15.0.35970 of Bob's PC is old", "Version 15.0.35970 of Bob's PC is old"),
        ("<html>\r\n<head><title>504 Gateway Time-out</title></head><hr/></html>", "504 Gateway Time-out"),
        ("slice map 12 != 13 !", "slice map 12 != 13!"),
        ("expired for tenant 26bc3588-4278-40bb-b980-0285c6ce519e", "expired"),
        ("Writer 'NTDS' with class ID '26bc3588-4278-40bb-b980-0285c6ce519e' failed", "Writer 'NTDS' failed"),
        ("one\r\ntwo\u202e three\u200b\x00four", "one two three four"),
    ],
)
def test_noise_and_what_must_not_be_shown_goes_and_the_rest_stays(raw: str, expected: str) -> None:
    assert clean(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Data Source=sql01;User Id=sa;Password=S3cret!", "Data Source=sql01;User Id=sa"),
        ("Login with password = hunter2 failed", "Login failed"),
        ("client_secret: abcd1234efgh was refused", "was refused"),
        ("The token 'abcdef0123456789abcdef0123456789abcdef01' is invalid", "The token is invalid"),
        ("AKIAIOSFODNN7EXAMPLE denied", "denied"),
        ("AccountKey=Zm9vYmFy==;EndpointSuffix=x failed", "EndpointSuffix=x failed"),
        ("[2001:db8::1]:443 refused", "refused"),
        ("The password of the account has expired", "The password of the account has expired"),
        ("at 12:30:45 the token was refused", "at 12:30:45 the token was refused"),
    ],
)
def test_a_secret_that_stands_in_an_error_goes(raw: str, expected: str) -> None:
    assert clean(raw) == expected


def test_a_long_text_is_cut_between_words() -> None:
    cut = clean("word " * 200)
    assert len(cut) <= MOST_CHARACTERS
    assert cut.endswith("word…")


pieces = st.sampled_from(
    [
        "https://eu-cloud.acronis.com/x?token=abc ",
        "srv01.corp.local:8080 ",
        "'C:\\Users\\bob\\a b.txt' ",
        "26bc3588-4278-40bb-b980-0285c6ce519e",
        "TOL: ",
        "{",
        '"',
        "'",
        " with ID = ",
        "\n",
        "disk full. ",
        "10.1.2.3 ",
    ]
)


@settings(deadline=None)
@given(st.lists(pieces | st.text(max_size=12), max_size=30).map("".join))
@example("0010.1.2.3 ")
def test_whatever_comes_one_short_line_without_addresses_remains(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= MOST_CHARACTERS
    assert cleaned.splitlines() in ([], [cleaned])
    assert not re.search(r"://|eu-cloud\.|corp\.local|26bc3588-|10\.1\.2\.3", cleaned)
