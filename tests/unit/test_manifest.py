"""manifest.yml is valid, asks for the least, and says the same as the code and the README."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.__main__ import main
from bot.errors import SettingsError
from bot.manifest import manifest as printed
from bot.slack.dispatch import COMMANDS
from bot.slack.presses import SHORTCUTS

ROOT = Path(__file__).parents[2]
SCOPES_AND_WHY = {
    "app_mentions:read": "threads",
    "commands": "/tasks",
    "chat:write": "alerts",
    "users:read": "time zone",
    "channels:read": "channels",
    "groups:read": "private",
    "usergroups:read": "mention",
}
SCOPE_OF_EVENT = {"app_mention": "app_mentions:read", "app_home_opened": "chat:write"}
"""The events this project knows, and the scope each needs (slack-platform.md §5.3)."""


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text())
    return read


def test_the_manifest_is_valid_by_slacks_schema(manifest: dict[str, Any]) -> None:
    schema = json.loads((ROOT / "tests/samples/slack-manifest.schema.json").read_text())
    jsonschema.validate(manifest, schema)
    assert manifest["_metadata"]["major_version"] == 2


def test_it_asks_for_the_least_scopes(manifest: dict[str, Any]) -> None:
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set(SCOPES_AND_WHY)
    assert "user" not in manifest["oauth_config"]["scopes"]


def test_every_event_is_known_and_has_its_scope(manifest: dict[str, Any]) -> None:
    """The schema checks neither."""
    events = manifest["settings"].get("event_subscriptions", {}).get("bot_events", [])
    scopes = set(manifest["oauth_config"]["scopes"]["bot"])
    assert events == ["app_home_opened", "app_mention"]
    assert all(SCOPE_OF_EVENT[event] in scopes for event in events)


def test_the_home_tab_is_on_and_direct_messages_are_taken(manifest: dict[str, Any]) -> None:
    """Without the Messages tab Slack refuses direct messages as `messages_tab_disabled` (slack-platform.md §11)."""
    assert manifest["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


def test_the_scope_that_is_optional_says_so() -> None:
    assert re.search(r"usergroups:read # optional: ", (ROOT / "manifest.yml").read_text())


def test_it_is_for_socket_mode_with_interactivity(manifest: dict[str, Any]) -> None:
    settings = manifest["settings"]
    assert (settings["socket_mode_enabled"], settings["interactivity"]["is_enabled"]) == (True, True)
    assert not any("url" in command for command in manifest["features"]["slash_commands"])


def test_its_commands_are_those_the_listener_answers(manifest: dict[str, Any]) -> None:
    assert {command["command"] for command in manifest["features"]["slash_commands"]} == set(COMMANDS)


def test_its_shortcuts_are_those_the_listener_serves(manifest: dict[str, Any]) -> None:
    """They need the scope `commands` (docs, "Implementing shortcuts")."""
    shortcuts = manifest["features"]["shortcuts"]
    assert {shortcut["callback_id"] for shortcut in shortcuts} == set(SHORTCUTS)
    assert {shortcut["type"] for shortcut in shortcuts} == {"message"}
    assert all(len(shortcut["name"]) <= 24 for shortcut in shortcuts)
    assert "commands" in manifest["oauth_config"]["scopes"]["bot"]


def test_the_mention_that_is_documented_names_the_bot(manifest: dict[str, Any]) -> None:
    assert f"`@{manifest['features']['bot_user']['display_name']} failed" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("scope", sorted(SCOPES_AND_WHY))
def test_the_manifest_says_why_each_scope_is_asked_for(scope: str) -> None:
    assert re.search(rf"^ +- {scope} # \S.+$", (ROOT / "manifest.yml").read_text(), re.MULTILINE)


@pytest.mark.parametrize("scope", sorted(SCOPES_AND_WHY))
def test_the_readme_says_why_each_scope_is_asked_for(scope: str) -> None:
    line = next(line for line in (ROOT / "README.md").read_text().splitlines() if f"`{scope}`" in line)
    assert SCOPES_AND_WHY[scope] in line


def test_the_procfile_starts_what_exists() -> None:
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert lines == {
        "release": "python -m bot migrate",
        "worker": "python -m bot run",
        "web": "python -m bot serve",
    }


# ── the one that is printed ──


def test_without_an_address_the_file_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest"]) == 0
    assert capsys.readouterr().out == (ROOT / "manifest.yml").read_text()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://bot.example.com", "https://bot.example.com/slack/events"),
        ("https://bot.example.com/", "https://bot.example.com/slack/events"),
        ("https://bot.example.com/slack/events", "https://bot.example.com/slack/events"),
        ("https://bot.example.com:8443/night/", "https://bot.example.com:8443/night/slack/events"),
    ],
)
def test_with_an_address_it_is_for_signed_http(url: str, address: str, manifest: dict[str, Any]) -> None:
    """It differs from the file in nothing but the addresses and the mode, and Slack's schema takes it."""
    served = yaml.safe_load(printed(url))
    jsonschema.validate(served, json.loads((ROOT / "tests/samples/slack-manifest.schema.json").read_text()))
    assert served["settings"]["socket_mode_enabled"] is False
    assert {command.pop("url") for command in served["features"]["slash_commands"]} == {address}
    for section in ("event_subscriptions", "interactivity"):
        assert served["settings"][section].pop("request_url") == address
    served["settings"]["socket_mode_enabled"] = True
    assert served == manifest


@pytest.mark.parametrize(
    "url",
    [
        "",
        "bot.example.com",
        "http://bot.example.com",
        "https://",
        "https:///slack/events",
        "https://bot.example.com:x",
        "https://bot.example.com:99999",
        "https://user:word@bot.example.com",
        "https://bot.example.com/?a=b",
        "https://bot.example.com/#a",
        'https://bot.example.com/"\nx: y',
        "https://bot example.com",
        "https://bot.example.com/" + "a" * 3000,
    ],
)
def test_an_address_that_slack_would_not_take_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        printed(url)
    assert caught.value.faults[0].startswith("--url must be the address that Slack reaches the bot by")
    assert main(["manifest", "--url", url]) == 2
    assert capsys.readouterr().out == ""
