"""Roles, steps of climbing and the acting client: what they become, and every fault of them."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.language import parse_role_match
from bot.model import ClimbStep, Grant, Role, Severity, TaskQuery
from bot.settings import climb_lines, role_lines
from tests.unit.test_settings import DOCUMENT
from tests.unit.test_settings_routes import Faults, Load, faults, loaded  # noqa: F401  fixtures

ACCOUNT = '[[accounts]]\nname = "us"\nurl = "https://us5-cloud.acronis.com"\nclient_id = "i"\nclient_secret = "s"\n'


def documented(word: str) -> str:
    examples: list[str] = re.findall(r"^```toml\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    return next(text for text in examples if word in text)


def test_the_documented_roles_are_what_they_say(loaded: Load) -> None:  # noqa: F811
    settings = loaded(documented("[[roles]]"))
    assert settings.grants == (
        Grant(Role.VIEWER, frozenset({"everyone"})),
        Grant(Role.RESPONDER, frozenset({"S0ONCALL", "C0BACKUPS"})),
        Grant(Role.MANAGER, frozenset({"U0123456789"}), parse_role_match('tenant "Acme Corp"')),
    )
    assert list(role_lines(settings.grants, settings.zone))[1:] == [
        "Role responder: C0BACKUPS, S0ONCALL.",
        "Role manager: U0123456789, only for: Alerts, tenant “Acme Corp”.",
    ]
    assert "nobody may run" in next(role_lines((), settings.zone))


def test_the_documented_steps_are_what_they_say_and_their_hook_is_a_secret(loaded: Load) -> None:  # noqa: F811
    settings = loaded(documented("[[climb]]"))
    hook = "https://pager.example/nightshift/3f9c"
    match = parse_role_match('tenant "Acme Corp"')
    assert settings.routing.climb == (
        ClimbStep(1, timedelta(minutes=30), mention="<!subteam^S0ONCALL>"),
        ClimbStep(2, timedelta(minutes=60), person="U0123456789", hook=hook, match=match),
    )
    lines = " ".join(climb_lines(settings.routing.climb, settings.zone))
    assert "After 30 min critical alerts climb to mention S0ONCALL." in lines
    assert hook not in f"{lines} {settings!r}"
    assert hook in settings.secrets


def test_steps_stand_in_the_order_of_their_minutes_and_know_their_place(loaded: Load) -> None:  # noqa: F811
    steps = "".join(
        f'[[climb]]\nafter_minutes = {minutes}\nchannel = "C1"\nseverities = ["warning"]\n' for minutes in (60, 5, 60)
    )
    climb = loaded(steps).routing.climb
    assert [(step.after.total_seconds() / 60, step.place) for step in climb] == [(5, 2), (60, 1), (60, 3)]
    assert climb[0].severities == {Severity.WARNING}


def test_a_role_is_for_alerts_of_every_result_and_kind_unless_it_names_some() -> None:
    assert parse_role_match("tenant Acme").results == parse_role_match("tenant Acme").kinds == frozenset()
    assert parse_role_match("restores tenant Acme").kinds
    assert parse_role_match("all") == TaskQuery()


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('[[roles]]\nrole = "admin"\nwho = ["U1A"]', 2, "`role` must be viewer, responder or manager, not “admin”."),
        ('[[roles]]\nrole = "managr"\nwho = ["U1A"]', 2, "Did you mean `manager`?"),
        ('[[roles]]\nrole = "viewer"', 1, "`who` is missing."),
        ('[[roles]]\nrole = "viewer"\nwho = []', 3, "`who` must not be empty."),
        ('[[roles]]\nrole = "viewer"\nwho = "everyone"', 3, "`who` must be a list"),
        ('[[roles]]\nrole = "viewer"\nwho = ["@mia"]', 3, "`who` must be the id of a person (U0123456789)"),
        ('[[roles]]\nrole = "viewer"\nwho = ["Everyone"]', 3, "Did you mean “everyone”?"),
        ('[[roles]]\nrole = "viewer"\nwho = ["D0DIRECT"]', 3, "must be the id of a person"),
        ('[[roles]]\nrole = "viewer"\nwho = ["U1A"]\nmatch = ""', 4, "It names nothing"),
        ('[[roles]]\nrole = "viewer"\nwho = ["U1A"]\nmatch = "tenant Acme today"', 4, "a role has none"),
        ('[[roles]]\nrole = "viewer"\nwho = ["U1A"]\nmatch = "running"', 4, "is about a state"),
        ('[[roles]]\nrole = "viewer"\nwho = ["U1A"]\nmtach = "all"', 4, "Did you mean `match`?"),
        ("[[climb]]\nafter_minutes = 30", 1, "tells nobody"),
        ('[[climb]]\nafter_minutes = 0\nchannel = "C1"', 2, "must be more than 0, not 0"),
        ('[[climb]]\nafter_minutes = 1.5\nchannel = "C1"', 2, "must be a whole number, not 1.5"),
        ('[[climb]]\nafter_minutes = 5\nchannel = "none"', 3, "must be a channel's id"),
        ('[[climb]]\nafter_minutes = 5\nperson = "S0ONCALL"', 3, "must be a person's id"),
        ('[[climb]]\nafter_minutes = 5\nmention = "@all"', 3, "must be @here or @channel"),
        ('[[climb]]\nafter_minutes = 5\nhook = "http://pager.example/x"', 3, "plain http is for loopback only"),
        ('[[climb]]\nafter_minutes = 5\nhook = "https:///x"', 3, "must be an address"),
        ('[[climb]]\nafter_minutes = 5\nhook = "https://[::1/x"', 3, "must be an address"),
        ('[[climb]]\nafter_minutes = 5\nhook = "https://a.example:99999/x"', 3, "must be an address"),
        (f'{ACCOUNT}acting_client_id = "a"', 6, "`acting_client_id` needs `acting_client_secret` beside it"),
        (f'{ACCOUNT}acting_client_secret = "a"', 6, "`acting_client_secret` needs `acting_client_id` beside it"),
    ],
)
def test_a_fault_is_told_once_with_its_line(faults: Faults, text: str, line: int, told: str) -> None:  # noqa: F811
    (fault,) = faults(text)
    assert fault.startswith(f"line {line}: ")
    assert told in fault


def test_a_hook_that_is_wrong_is_not_repeated(faults: Faults) -> None:  # noqa: F811
    (fault,) = faults('[[climb]]\nafter_minutes = 5\nhook = "http://pager.example/topsecret"')
    assert "topsecret" not in fault


@pytest.mark.parametrize("hook", ["http://127.0.0.1:8080/x", "http://localhost/x", "https://pager.example/a?b=c"])
def test_a_hook_is_https_or_on_loopback(loaded: Load, hook: str) -> None:  # noqa: F811
    assert loaded(f'[[climb]]\nafter_minutes = 5\nhook = "{hook}"').routing.climb[0].hook == hook


def test_the_acting_client_belongs_to_its_account(loaded: Load) -> None:  # noqa: F811
    settings = loaded(
        f'{ACCOUNT}acting_client_id = "a"\nacting_client_secret = "hidden-2"',
        ACRONIS_ACTING_CLIENT_ID="runner",
        ACRONIS_ACTING_CLIENT_SECRET="hidden-1",
    )
    assert [(each.acting_id, each.acting_secret) for each in settings.accounts] == [
        ("runner", "hidden-1"),
        ("a", "hidden-2"),
    ]
    assert {"hidden-1", "hidden-2"} <= set(settings.secrets)
    assert "hidden" not in repr(settings)
    assert [(each.acting_id, each.acting_secret) for each in loaded("").accounts] == [("", "")]


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("ACRONIS_ACTING_CLIENT_ID", "ACRONIS_ACTING_CLIENT_SECRET"),
        ("ACRONIS_ACTING_CLIENT_SECRET", "ACRONIS_ACTING_CLIENT_ID"),
    ],
)
def test_half_an_acting_client_is_told(faults: Faults, tmp_path: Path, name: str, missing: str) -> None:  # noqa: F811
    (fault,) = faults("", **{name: "half"})
    assert fault.startswith(f"{missing} is missing.")
    assert "half" not in fault
    none = dict.fromkeys(("ACRONIS_URL", "ACRONIS_CLIENT_ID", "ACRONIS_CLIENT_SECRET"), "")
    (fault,) = faults(ACCOUNT, **none, **{name: "half"})
    assert fault.startswith(f"{name} is for the account that ACRONIS_URL names, and there is none.")
