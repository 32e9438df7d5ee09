"""Secrets in files of their own: X_FILE in place of X, and `…_file` in nightshift.toml (bot/settings/text_files.py)."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from bot.errors import SettingsError
from bot.settings import Mode, Settings, audit_order, database, load, set_up_mode
from bot.settings.environment import SECRETS
from tests.unit.test_settings import ENOUGH

ALL = {
    **ENOUGH,
    "ACRONIS_ACTING_CLIENT_ID": "acting",
    "ACRONIS_ACTING_CLIENT_SECRET": "acting-secret",
    "DATABASE_URL": "postgres://night:of%40database@db.example/nightshift",
    "DATABASE_DIRECT_URL": "postgres://night:of-direct@db.example/nightshift",
}


def in_files(folder: Path, end: str = "\n") -> dict[str, str]:
    """Every secret of `ALL` in a file."""
    for name in SECRETS:
        (folder / name).write_text(ALL[name] + end)
    return {name: value for name, value in ALL.items() if name not in SECRETS} | {
        f"{name}_FILE": str(folder / name) for name in SECRETS
    }


def faults(environment: dict[str, str], folder: Path) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(environment, Mode.RUN, folder=folder)
    return caught.value.faults


def held(settings: Settings) -> tuple[object, ...]:
    tokens = (settings.bot_token, settings.app_token, settings.signing_secret)
    return (*tokens, settings.accounts, settings.database, settings.secrets)


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n", " \t\n"])
@pytest.mark.parametrize("mode", Mode)
def test_a_secret_in_a_file_is_the_same_secret(tmp_path: Path, mode: Mode, end: str) -> None:
    plain = load(ALL, mode, folder=tmp_path)
    assert held(load(in_files(tmp_path, end), mode, folder=tmp_path)) == held(plain)


def test_a_secret_from_a_file_is_kept_out_of_logs(tmp_path: Path) -> None:
    settings = load(in_files(tmp_path), Mode.RUN, folder=tmp_path)
    assert {"xoxb-1", "xapp-1", "s3cret", "secret", "acting-secret", "of@database", "of-direct"} <= set(
        settings.secrets
    )


def test_a_link_is_followed_and_a_mark_at_the_beginning_is_none(tmp_path: Path) -> None:
    """Kubernetes hands secrets over as links to files in a folder that is a link itself."""
    (tmp_path / "..2026").mkdir()
    (tmp_path / "..2026/token").write_bytes(b"\xef\xbb\xbfxoxb-1\n")
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "token").symlink_to("..data/token")
    environment = {**ENOUGH, "SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")}
    assert load(environment, Mode.RUN, folder=tmp_path).bot_token == "xoxb-1"


@pytest.mark.parametrize("name", SECRETS)
def test_both_are_refused_with_both_names(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text(ALL[name])
    assert faults({**ALL, f"{name}_FILE": str(tmp_path / "secret")}, tmp_path) == (
        f"{name} and {name}_FILE are both there. Keep one.",
    )


def _folder(path: Path) -> None:
    path.mkdir()


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda _: None, "is not there"),
    "empty": (lambda path: path.write_text(""), "is empty"),
    "blank": (lambda path: path.write_text(" \n\n"), "is empty"),
    "large": (lambda path: path.write_text("x" * (8 * 1024 + 1)), "has more than 8 KiB"),
    "binary": (lambda path: path.write_bytes(b"\x89PNG\xff\xfe"), "is no text in UTF-8"),
    "zeroes": (lambda path: path.write_bytes(b"xoxb-\x00\x01"), "has signs that cannot be printed: it is no text"),
    "UTF-16": (lambda path: path.write_bytes("xoxb-1".encode("utf-16")), "is no text in UTF-8"),
    "several lines": (lambda path: path.write_text("xoxb-1\nxoxb-2\n"), "has more than one line"),
    "a folder": (_folder, "cannot be read: it is a folder"),
    "a pipe": (os.mkfifo, "cannot be read: it is a pipe, a socket or a device"),
    "a loop": (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic links"),
}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, name: str, wrong: str) -> None:
    make, told = WRONG[wrong]
    path = tmp_path / "secret"
    make(path)
    environment = {**ALL, name: "", f"{name}_FILE": str(path)}
    assert faults(environment, tmp_path) == (f"{name}_FILE names {path}, which {told}.",)


def test_a_file_that_may_not_be_read_is_one_sentence(tmp_path: Path, mocker: MockerFixture) -> None:
    path = tmp_path / "secret"
    path.write_text("xoxb-1")
    mocker.patch.object(Path, "open", side_effect=PermissionError(13, "Permission denied", str(path)))
    assert faults({**ALL, "SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": str(path)}, tmp_path) == (
        f"SLACK_BOT_TOKEN_FILE names {path}, which cannot be read: Permission denied.",
    )


def test_what_a_file_holds_is_checked_like_the_variable_and_not_told(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("xapp-s3cret")
    environment = {**ALL, "SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": str(tmp_path / "secret")}
    (told,) = faults(environment, tmp_path)
    assert told.startswith("SLACK_BOT_TOKEN must start with xoxb-")
    assert "s3cret" not in told


def test_the_mode_that_is_set_up_counts_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret")
    assert set_up_mode({"SLACK_SIGNING_SECRET_FILE": str(tmp_path / "secret")}) is Mode.SERVE


def test_commands_that_need_the_database_alone_read_no_other_secret(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"sqlite:///{tmp_path / 'x.sqlite3'}\n")
    environment = {"SLACK_BOT_TOKEN_FILE": str(tmp_path / "none"), "DATABASE_URL_FILE": str(tmp_path / "url")}
    assert database(environment) == tmp_path / "x.sqlite3"
    assert audit_order(environment, "", None)[0] == tmp_path / "x.sqlite3"


# ── nightshift.toml ──

ACCOUNT = "[[accounts]]\nname = 'us'\nurl = 'https://us.example'\nclient_id = 'them'\n"


def test_an_accounts_secrets_may_stand_in_files(tmp_path: Path) -> None:
    names = ("client_secret", "acting_client_id", "acting_client_secret")
    (tmp_path / "secrets").mkdir()
    for name in names:
        (tmp_path / "secrets" / name).write_text(f"of {name}\n")
    lines = "\n".join(f"{name}_file = 'secrets/{name}'" for name in names)
    (tmp_path / "nightshift.toml").write_text(ACCOUNT + lines)
    settings = load(ENOUGH, Mode.RUN, folder=tmp_path)
    us = settings.accounts[1]
    assert (us.client_secret, us.acting_id, us.acting_secret) == tuple(f"of {name}" for name in names)
    assert {"of client_secret", "of acting_client_secret"} <= set(settings.secrets)


def test_a_hooks_address_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "hook").write_text("https://pager.example/3f9c\n")
    (tmp_path / "nightshift.toml").write_text(f"[[climb]]\nafter_minutes = 5\nhook_file = '{tmp_path / 'hook'}'\n")
    settings = load(ENOUGH, Mode.RUN, folder=tmp_path)
    assert settings.routing.climb[0].hook == "https://pager.example/3f9c"
    assert "https://pager.example/3f9c" in settings.secrets


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            "client_secret_file = 'none'",
            "line 5: [[accounts]] 1: `client_secret_file` names {}/none, which is not there.",
        ),
        (
            "client_secret = 'x'\nclient_secret_file = 'none'",
            "line 6: [[accounts]] 1: `client_secret_file` and `client_secret` are both there: keep one.",
        ),
        (
            "client_secret_file = ''\nclient_secret = 'x'",
            "line 5: [[accounts]] 1: `client_secret_file` must not be empty.",
        ),
        ("client_secret_file = 5\nclient_secret = 'x'", "line 5: [[accounts]] 1: `client_secret_file` must be text."),
        (
            "client_secret = 'x'\nacting_client_id_file = 'id'",
            "line 6: [[accounts]] 1: `acting_client_id` needs `acting_client_secret` beside it: a client has both.",
        ),
        ("client_secret_fil = 'x'\nclient_secret = 'x'", "Did you mean `client_secret_file`?"),
    ],
)
def test_a_fault_stands_on_its_line(tmp_path: Path, lines: str, told: str) -> None:
    (tmp_path / "id").write_text("them")
    (tmp_path / "nightshift.toml").write_text(ACCOUNT + lines)
    (fault,) = faults(ENOUGH, tmp_path)
    assert told.format(tmp_path) in fault


def test_a_hook_that_is_no_address_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "hook").write_text("s3cret")
    (tmp_path / "nightshift.toml").write_text("[[climb]]\nafter_minutes = 5\nhook_file = 'hook'\n")
    (fault,) = faults(ENOUGH, tmp_path)
    assert "must be an address that begins with https://" in fault
    assert "s3cret" not in fault
