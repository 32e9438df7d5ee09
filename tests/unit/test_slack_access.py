"""Who may use the bot: members of its own workspace, and nobody else."""

import pytest

from bot.errors import AccessDenied
from bot.model import Profile
from bot.slack.access import (
    BOT,
    DEACTIVATED,
    GUEST,
    OTHER_WORKSPACE,
    STRANGER,
    UNKNOWN,
    check_profile,
    check_sender,
)
from bot.slack.requests import Sender
from bot.slack.sign_in import Identity

HOME = Identity("T1", "Acme", "B1", "U0BOT", "https://acme.example/", frozenset())
GRID = Identity("T1", "Acme", "B1", "U0BOT", "https://acme.example/", frozenset(), enterprise_id="E1")
MEMBER = Profile("U1", frozenset({"T1"}))
SENDER = Sender("U1", "T1")


def words_for(sender: Sender, profile: Profile | None, home: Identity = HOME) -> str:
    """What the person is told, "" where they may."""
    try:
        check_sender(sender, home)
        check_profile(sender, home, profile)
    except AccessDenied as denied:
        return denied.told
    return ""


def test_a_member_may() -> None:
    assert words_for(SENDER, MEMBER) == ""


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (Profile("U1", frozenset({"T1"}), is_guest=True), GUEST),
        (Profile("U1", frozenset({"T1"}), is_stranger=True), STRANGER),
        (Profile("U1", frozenset({"T1"}), is_bot=True), BOT),
        (Profile("U1", frozenset({"T1"}), is_deleted=True), DEACTIVATED),
        (Profile("U1", frozenset({"T2"})), OTHER_WORKSPACE),
        (Profile("U1", is_found=False), STRANGER),
        (Profile("U1", frozenset({"T2"}), is_stranger=True), STRANGER),
    ],
)
def test_whoever_is_no_plain_member_is_told_why(profile: Profile, words: str) -> None:
    assert words_for(SENDER, profile) == words


@pytest.mark.parametrize(
    "sender",
    [
        Sender("U1", "T2"),
        Sender("U1", ""),
        Sender("U1", "T1", "T2"),
        Sender("U1", "T2", "T1"),
        Sender("U1", "T2", enterprise_id="E1"),
    ],
)
def test_a_payload_of_another_workspace_is_refused_whatever_the_profile_says(sender: Sender) -> None:
    assert words_for(sender, MEMBER) == OTHER_WORKSPACE


@pytest.mark.parametrize("sender", [Sender("U1", "T1"), Sender("U1", "T1", "T1")])
def test_who_is_not_known_is_refused_whatever_the_payload_says(sender: Sender) -> None:
    """A guest's payload names the home workspace too."""
    assert words_for(sender, None) == UNKNOWN


def test_a_profile_that_names_no_workspace_leaves_it_to_the_payload() -> None:
    """Slack names it always; other servers that speak Slack may not."""
    assert words_for(SENDER, Profile("U1", frozenset())) == ""
    assert words_for(SENDER, Profile("U1", frozenset(), is_guest=True)) == GUEST
    assert words_for(Sender("U1", "T1", "T2", "E1"), Profile("U1", frozenset()), GRID) == OTHER_WORKSPACE


def test_within_one_organisation_the_profile_decides() -> None:
    """A person of a Grid has one home workspace and may be a member of ours all the same."""
    cousin = Sender("U1", "T1", "T2", "E1")
    assert words_for(cousin, Profile("U1", frozenset({"T2", "T1"})), GRID) == ""
    assert words_for(cousin, Profile("U1", frozenset({"T2"})), GRID) == OTHER_WORKSPACE
    assert words_for(cousin, None, GRID) == OTHER_WORKSPACE
    assert words_for(Sender("U1", "T1", "T2", "E2"), MEMBER, GRID) == OTHER_WORKSPACE


@pytest.mark.parametrize("words", [BOT, GUEST, OTHER_WORKSPACE, STRANGER, DEACTIVATED, UNKNOWN])
def test_each_refusal_fits_the_lock_screen(words: str) -> None:
    assert len(words) <= 120
