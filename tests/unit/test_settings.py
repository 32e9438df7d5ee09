"""Settings: what the environment and the file say, and every fault at once."""

import os
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from bot.errors import SettingsError
from bot.model import Kind, SimulatedClock
from bot.settings import Mode, database, load
from bot.settings.model import SECTIONS, SETTINGS
from bot.store.address import Server
from tests.builders import NOW

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "bot/settings/README.md").read_text()
ENOUGH = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_SIGNING_SECRET": "s3cret",
    "ACRONIS_URL": "https://eu2-cloud.acronis.com",
    "ACRONIS_CLIENT_ID": "id",
    "ACRONIS_CLIENT_SECRET": "secret",
    "ALERT_CHANNEL": "C0123456789",
}


def faults(environment: dict[str, str], mode: Mode = Mode.RUN, folder: Path = ROOT / "tests") -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(environment, mode, folder=folder)
    return caught.value.faults


def test_the_environment_alone_is_enough(tmp_path: Path) -> None:
    settings = load(ENOUGH, Mode.RUN, folder=tmp_path)
    assert settings.slack_api_url == "https://slack.com/api/"
    assert [account.name for account in settings.accounts] == ["default"]
    assert (settings.poll, settings.host, settings.port) == (timedelta(seconds=60), "127.0.0.1", None)
    assert settings.database == Path("nightshift.sqlite3")


def test_everything_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    told = " ".join(faults({}, folder=tmp_path))
    for name in set(ENOUGH) - {"SLACK_SIGNING_SECRET"}:
        assert f"{name} is missing" in told


def test_serve_needs_the_signing_secret_and_no_app_token(tmp_path: Path) -> None:
    environment = {**ENOUGH, "SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": ""}
    (fault,) = faults(environment, Mode.SERVE, tmp_path)
    assert fault.startswith("SLACK_SIGNING_SECRET is missing")


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-1", "xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-1", "xapp-"),
        ("SLACK_API_URL", "http://slack.example/api/", "https"),
        ("SLACK_API_URL", "https://slack.example/", "/api/"),
        ("ACRONIS_URL", "http://eu2-cloud.acronis.com", "https"),
        ("ALERT_CHANNEL", "#backups", "id"),
        ("ALERT_CHANNEL", "backup-alerts", "not “backup-alerts”."),
        ("POLL_SECONDS", "0", "whole number"),
        ("POLL_SECONDS", "often", "whole number"),
        ("PORT", "70000", "whole number"),
        ("TIME_ZONE", "Mars/Base", "Europe/Berlin"),
        ("DATABASE_URL", "mysql://u@h/d", "sqlite:///"),
        ("DATABASE_URL", "mysql://u@h/d", "postgres://"),
        ("DATABASE_URL", "postgres://u:pass@h", "names no database"),
        ("DATABASE_URL", "postgres://u:pass@h/", "names no database"),
        ("DATABASE_URL", "postgres://u:p@ss@h/d", "%40 for @"),
        ("DATABASE_URL", "postgresql://u:pass/word@h/d", "%2F for /"),
        ("DATABASE_URL", "postgresql://u:pass#word@h/d", "%23 for #"),
        ("DATABASE_URL", "postgresql://u:pass?word@h/d", "%3F for ?"),
        ("DATABASE_URL", "postgresql://u:100%@h/d", "%25 for %"),
        ("DATABASE_URL", "postgresql://u:pass@h:port/d", "HOST:5432"),
        ("DATABASE_URL", "postgresql://u:pass@[::1/d", "HOST:5432"),
        ("DATABASE_URL", "postgresql://u:pass@h/d/e", "HOST:5432"),
        ("DATABASE_URL", "postgresql://u:pass@h/d?pgbouncer=true", "'pgbouncer'"),
        ("DATABASE_DIRECT_URL", "postgresql://u:pass@h/d", "for PostgreSQL"),
        ("DATABASE_URL", "sqlite:////", "file in a folder"),
        ("DATABASE_URL", "sqlite:////nowhere/x.sqlite3", "file in a folder"),
        ("LOG_LEVEL", "LOUD", "DEBUG"),
        ("NIGHTSHIFT_CONFIG", "nowhere.toml", "not there"),
    ],
)
def test_a_wrong_value_is_told_with_its_name_and_what_to_do(tmp_path: Path, name: str, value: str, word: str) -> None:
    (fault,) = faults({**ENOUGH, name: value}, folder=tmp_path)
    assert name in fault
    assert word in fault


def test_plain_http_is_allowed_on_loopback(tmp_path: Path) -> None:
    environment = {**ENOUGH, "ACRONIS_URL": "http://127.0.0.1:9", "SLACK_API_URL": "http://localhost:9/api"}
    settings = load(environment, Mode.RUN, folder=tmp_path)
    assert (settings.accounts[0].url, settings.slack_api_url) == ("http://127.0.0.1:9", "http://localhost:9/api/")


def test_a_quick_poll_is_allowed_with_a_warning(tmp_path: Path) -> None:
    assert "gently" in load({**ENOUGH, "POLL_SECONDS": "1"}, Mode.RUN, folder=tmp_path).warnings[0]


@pytest.mark.parametrize(
    ("mode", "environment", "host", "port"),
    [
        (Mode.SERVE, {}, "127.0.0.1", 3000),
        (Mode.SERVE, {"PORT": "5000"}, "0.0.0.0", 5000),
        (Mode.SERVE, {"PORT": "5000", "HOST": "127.0.0.1"}, "127.0.0.1", 5000),
        (Mode.RUN, {"PORT": "5000"}, "127.0.0.1", 5000),
    ],
)
def test_host_and_port(tmp_path: Path, mode: Mode, environment: dict[str, str], host: str, port: int) -> None:
    settings = load({**ENOUGH, **environment}, mode, folder=tmp_path)
    assert (settings.host, settings.port) == (host, port)


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:///x.db", "x.db"), ("sqlite:////x.db", "/x.db"), ("sqlite+aiosqlite:///x", "x")]
)
def test_the_database_is_a_file(url: str, path: str) -> None:
    assert database({"DATABASE_URL": url}) == Path(path)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgres://u:pass@h/d", "d"),
        ("POSTGRESQL://u:pass@h:5432/night%20shift", "night shift"),
        ("postgresql://u:p%40ss@h1:5432,h2:5433/d?target_session_attrs=read-write", "d"),
        ("postgresql://u:pass@[::1]:5432/d?sslmode=require", "d"),
        ("postgresql:///d?host=/run/postgresql&user=u", "d"),
    ],
)
def test_the_database_is_a_servers(url: str, name: str) -> None:
    url_ = url.replace("POSTGRESQL", "postgresql")  # as libpq has it
    assert database({"DATABASE_URL": url}) == Server(name, url_, url_)


def test_the_way_round_a_pgbouncer_is_told_apart() -> None:
    by_way, direct = "postgres://u:pass@bouncer:6432/d", "postgres://u:pass@server/d"
    assert database({"DATABASE_URL": by_way, "DATABASE_DIRECT_URL": direct}) == Server("d", by_way, direct)


@pytest.mark.parametrize("direct", ["sqlite:///x.db", "server/d", "postgres://u:pass@server"])
def test_a_way_round_that_is_none_is_told(direct: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_DIRECT_URL"):
        database({"DATABASE_URL": "postgres://u:pass@bouncer:6432/d", "DATABASE_DIRECT_URL": direct})


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:hush-hush@h",
        "postgres://u:hush-hush@h@i/d",
        "postgres://u:hush-hush/@h/d",
        "postgres://u:hush-hush@h/d?hush-hush=1x",
        "postgress://u:hush-hush@h/d",
    ],
)
def test_no_fault_repeats_the_databases_password(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        database({"DATABASE_URL": url})
    assert "hush-hush" not in " ".join(caught.value.faults) or "behind its question mark" in caught.value.told


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("postgres://u:hush-hush@h/d", "hush-hush"),
        ("postgres://u:hush%40hush@h/d", "hush@hush"),
        ("postgres://u:hush%40hush@h/d", "hush%40hush"),
        ("postgres://h/d?user=u&password=hush-hush", "hush-hush"),
        ("postgres://u@h/d?sslpassword=hush-hush", "hush-hush"),
    ],
)
def test_the_databases_password_stays_out_of_the_log(tmp_path: Path, url: str, secret: str) -> None:
    settings = load({**ENOUGH, "DATABASE_URL": url}, Mode.RUN, folder=tmp_path)
    assert secret in settings.secrets
    assert "hush" not in repr(settings)


def test_the_database_alone_may_be_wrong() -> None:
    with pytest.raises(SettingsError):
        database({"DATABASE_URL": "postgresql://u@h"})


FILE = """
[acronis]
read_seconds = 12
page_size = 100

[[accounts]]
name = "us"
url = "https://us5-cloud.acronis.com"
client_id = "id"
client_secret = "hidden"

[poll]
overlap_minutes = 10

[alerts]
fallback_channel = "C0FALLBACK"

[keep]
run_days = 30

[types]
"AAAA" = "restore"
"""


def test_the_file_holds_everything_finer(tmp_path: Path) -> None:
    (tmp_path / "nightshift.toml").write_text(FILE)
    settings = load(ENOUGH, Mode.RUN, folder=tmp_path)
    assert [account.name for account in settings.accounts] == ["default", "us"]
    assert (settings.timeouts.read, settings.page_size, settings.fallback_channel) == (12, 100, "C0FALLBACK")
    assert (settings.rules.overlap, settings.rules.keep_runs) == (timedelta(minutes=10), timedelta(days=30))
    assert settings.taught == {"AAAA": Kind.RESTORE}
    assert "hidden" in settings.secrets
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "seconds", "grace"),
    [
        ("", 900, 60),
        ("[plans]\nevery_seconds = 10\n[missed]\ngrace_minutes = 0", 10, 0),
        ("[plans]\nread = true\n[missed]\ngrace_minutes = 90.5", 900, 90.5),
        ("[plans]\nread = false\nevery_seconds = 60", None, 60),
    ],
)
def test_how_often_plans_are_read_and_when_a_run_is_missed(
    text: str, seconds: int | None, grace: float, tmp_path: Path
) -> None:
    (tmp_path / "nightshift.toml").write_text(text)
    settings = load(ENOUGH, Mode.RUN, folder=tmp_path)
    assert settings.plans == (None if seconds is None else timedelta(seconds=seconds))
    assert settings.rules.missed_grace == timedelta(minutes=grace)
    fast = replace(settings, clock=SimulatedClock(NOW, NOW, 3600))
    assert fast.plans_beat == (None if seconds is None else timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[plans]\nevery_seconds = 9", "line 2: [plans]: `every_seconds` must be 10 or more, not 9"),
        ('[plans]\nread = "no"', "line 2: [plans]: `read` must be true or false"),
        ("[missed]\ngrace_minutes = -1", "line 2: [missed]: `grace_minutes` must be 0 or more, not -1"),
        ("[missed]\ngrace = 5", "line 2: [missed]: `grace` is not a setting"),
    ],
)
def test_a_wrong_pace_or_grace_is_told(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "nightshift.toml").write_text(text)
    with pytest.raises(SettingsError) as raised:
        load(ENOUGH, Mode.RUN, folder=tmp_path)
    assert told in str(raised.value)


def test_each_account_has_its_console_beside_its_data_centre(tmp_path: Path) -> None:
    (tmp_path / "nightshift.toml").write_text(FILE)
    accounts = load(ENOUGH, Mode.RUN, folder=tmp_path).accounts
    assert [account.console for account in accounts] == [f"{account.url.rstrip('/')}/ui/" for account in accounts]
    (tmp_path / "nightshift.toml").write_text(
        FILE.replace("[acronis]", '[acronis]\nconsole_url = "{dc}/mc/"').replace(
            '"hidden"', '"hidden"\nconsole_url = "https://backup.example.com/"'
        )
    )
    accounts = load(ENOUGH, Mode.RUN, folder=tmp_path).accounts
    assert accounts[0].console.endswith(".com/mc/")
    assert accounts[1].console == "https://backup.example.com/"


def test_accounts_may_stand_in_the_file_alone(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(FILE)
    environment = {name: value for name, value in ENOUGH.items() if not name.startswith("ACRONIS")}
    settings = load({**environment, "NIGHTSHIFT_CONFIG": "other.toml"}, Mode.RUN, folder=tmp_path)
    assert [account.name for account in settings.accounts] == ["us"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[storm]\nthresold = 5\n[poll]\noverlap_minutes = 0",
            ("line 2: [storm]: `thresold`", "`threshold`?", "line 4: [poll]: `overlap_minutes` must be 1"),
        ),
        (
            "[types]\nX = 'unknown'\nY = 'backups'",
            ("line 2: [types]: `X`", "line 3: [types]: `Y`", "Did you mean `backup`?"),
        ),
        ("[poll", ("nightshift.toml line 1: this is no TOML",)),
        ("[acronis]\nconsole_url = 'javascript:1'", ("line 2: [acronis]: `console_url` ", "must begin with {dc}")),
        (
            "[[accounts]]\nname='default'\nurl='https://x.example'\nclient_id='i'\nclient_secret='s'",
            ("“default” is the",),
        ),
        (
            "[[accounts]]\nname='us'\nurl='https://x.example'\nclient_id=''\nclient_secret=''",
            ("`client_id` must not be empty.", "`client_secret` must not be empty."),
        ),
        (
            "[[accounts]]\nname='us'\nurl='https://eu2-cloud.acronis.com/'\nclient_id='id'\nclient_secret='s'",
            ("line 4: [[accounts]] 1: `client_id` is the client of “default” too",),
        ),
        ("[alerts]\nfallback_channel='C0123456789'", ("line 2: [alerts]: `fallback_channel` is ALERT_CHANNEL itself",)),
        ("[[accounts]]\nname='us'\nurl='http://x.example'\nclient_id='i'\nclient_secret='s'", ("us", "https")),
    ],
)
def test_all_faults_of_the_file_are_told(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    (tmp_path / "nightshift.toml").write_text(text)
    told = " ".join(faults(ENOUGH, folder=tmp_path))
    for word in words:
        assert word in told


# ── what bot/settings/README.md says of them ──


def test_every_setting_is_documented() -> None:
    for name in {*SETTINGS, *(name for names in SETTINGS.values() for name in names)}:
        forms = (f"`{name}`", f"`[{name}]`", f"`[[{name}]]`", f"`[{name}.ID]`")
        assert any(form in DOCUMENT for form in forms), name


def test_every_variable_is_documented_and_no_other() -> None:
    source = "".join(path.read_text() for path in sorted((ROOT / "bot").glob("settings/*.py")))
    read = set(re.findall(r'"((?:SLACK|ACRONIS|ALERT|POLL|TIME|DATABASE|NIGHTSHIFT)_[A-Z_]+)"', source))
    assert len(read) > 9
    named = {name for row in _table("variable") for name in re.findall(r"`([A-Z_]+)`", row[0])}
    network = {"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"}
    assert named == {*read, *network, "NIGHTSHIFT_CLOCK", "HOST", "PORT", "LOG_LEVEL"}


def _table(first: str) -> Iterator[list[str]]:
    """The cells of each row of the document's table whose first column is called so."""
    rows = DOCUMENT.partition(f"\n| {first} |")[2].partition("\n\n")[0].splitlines()[2:]
    return ([cell.strip() for cell in row.strip("|").split(" | ")] for row in rows)


@pytest.mark.parametrize("name", ["POLL_SECONDS", "PORT"])
def test_a_variable_has_the_default_and_the_range_that_are_documented(tmp_path: Path, name: str) -> None:
    default, bounds = next(row[1:3] for row in _table("variable") if row[0] == f"`{name}`")
    low, high = map(int, bounds.split(" to "))

    def value(written: int | str) -> float | None:
        settings = load({**ENOUGH, name: str(written)}, Mode.SERVE, folder=tmp_path)
        return settings.port if name == "PORT" else settings.poll.total_seconds()

    assert [value(""), value(low), value(high)] == [float(default), low, high]
    for wrong in (low - 1, high + 1):
        assert f"{name} must be a whole number from {bounds}" in faults({**ENOUGH, name: str(wrong)}, Mode.SERVE)[0]


def _settings() -> Iterator[tuple[str, str, str, str]]:
    """Section, setting, default and range, of each setting in the document's table of nightshift.toml."""
    section = ""
    for first, second, default, bounds, _ in _table("section"):
        section = re.sub(r"[^a-z]|ID", "", first) or section
        for name in re.findall(r"`([^`]+)`", second):
            yield section, name, default.strip("`"), bounds


def test_every_documented_setting_is_one_with_its_default_and_range() -> None:
    settings = [row for row in _settings() if row[0] != "types"]
    assert len(settings) > 30
    for section, name, default, bounds in settings:
        assert name in SETTINGS[section], (section, name)
        field = next(each for key, each in SECTIONS[section].model_fields.items() if name in (key, each.alias))
        is_number = isinstance(field.default, float) or type(field.default) is int
        flag = str(field.default).lower() if isinstance(field.default, bool) else field.default
        assert default in ((f"{field.default:g}",) if is_number else ("–", flag)), (section, name)
        if is_number:
            assert bounds == _range(field), (section, name)


def _written(default: object) -> object:
    """As it would stand in the file."""
    return str(default).lower() if isinstance(default, bool) else default


def _range(field: FieldInfo) -> str:
    limits = {
        name: getattr(each, name) for each in field.metadata for name in ("gt", "ge", "le") if hasattr(each, name)
    }
    low = f"{limits['ge']:g}" if "ge" in limits else f"over {limits['gt']:g}"
    return f"{low} to {limits['le']:g}"


# ── what is no file ──


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


NO_FILES = pytest.mark.parametrize("make", [_pipe, _socket, _device, Path.mkdir])


@NO_FILES
def test_what_is_no_file_is_told_and_never_read(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Reading a pipe or /dev/zero never ends."""
    for name in ("nightshift.toml", "bot.sqlite3"):
        make(tmp_path / name)
    told = faults({**ENOUGH, "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.sqlite3'}"}, folder=tmp_path)
    assert any("nightshift.toml cannot be read: it is a" in fault for fault in told)
    assert any("DATABASE_URL" in fault and "must be a file" in fault for fault in told)


@NO_FILES
def test_an_error_book_that_is_no_file_is_told_and_never_read(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "ours.toml")
    (tmp_path / "nightshift.toml").write_text('[explain]\nfile = "ours.toml"\n')
    (fault,) = faults(ENOUGH, folder=tmp_path)
    assert "names ours.toml, which cannot be read: it is a" in fault


def test_a_database_whose_name_the_system_refuses_is_told(tmp_path: Path) -> None:
    (fault,) = faults({**ENOUGH, "DATABASE_URL": f"sqlite:///{tmp_path / ('x' * 300)}"}, folder=tmp_path)
    assert "DATABASE_URL" in fault
    assert "File name too long" in fault


def test_a_database_may_be_a_link_to_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    (tmp_path / "bot.sqlite3").symlink_to(tmp_path / "real.sqlite3")
    assert database({"DATABASE_URL": f"sqlite:///{tmp_path / 'bot.sqlite3'}"}) == tmp_path / "bot.sqlite3"
