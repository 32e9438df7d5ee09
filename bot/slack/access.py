"""Who may use the bot, and the exact words for those who may not. Pure; how a profile is fetched is not known here.

Members of the workspace the bot is installed in may. Guests, people of other workspaces, strangers, bots and
deactivated accounts may not (experience §2, slack-platform.md §6). Nor may whoever is not known: a guest looks like a
member in the payload.
"""

from bot.errors import AccessDenied
from bot.model import Profile
from bot.slack.requests import Sender
from bot.slack.sign_in import Identity

OTHER_WORKSPACE = (
    "Nightshift answers only members of the workspace it is installed in; your account belongs to another."
)
GUEST = "Nightshift answers full members of this workspace only; you are a guest. Ask a full member."
STRANGER = "Nightshift answers only members of this workspace; Slack does not count you among them."
BOT = "Nightshift answers people only, not bots."
DEACTIVATED = "Nightshift answers active accounts only; yours is switched off."
UNKNOWN = "Slack did not say who you are, so Nightshift cannot tell whether you may ask. Ask again in a minute."
"""One line each, 120 characters at most: the whole of it is on the lock screen."""


def check_sender(sender: Sender, home: Identity) -> None:
    """Judges by the payload alone. Raises `AccessDenied` with the words for the asker.

    Another workspace of our own organisation is let through: its people may be members of ours too, as only the profile
    says.
    """
    is_same_enterprise = bool(home.enterprise_id) and sender.enterprise_id == home.enterprise_id
    for team_id in (sender.team_id, sender.user_team_id or home.team_id):
        if team_id != home.team_id and not (team_id and is_same_enterprise):
            raise AccessDenied(OTHER_WORKSPACE)


def check_profile(sender: Sender, home: Identity, profile: Profile | None) -> None:
    """Judges by what Slack says of the person, None where it never said. Raises as `check_sender` does."""
    by_payload = {sender.team_id, sender.user_team_id} - {""}
    if profile is None:
        raise AccessDenied(UNKNOWN if by_payload == {home.team_id} else OTHER_WORKSPACE)
    refusals = (
        (not profile.is_found or profile.is_stranger, STRANGER),
        (home.team_id not in profile.team_ids and (profile.team_ids or by_payload != {home.team_id}), OTHER_WORKSPACE),
        (profile.is_deleted, DEACTIVATED),
        (profile.is_bot, BOT),
        (profile.is_guest, GUEST),
    )
    for applies, words in refusals:
        if applies:
            raise AccessDenied(words)


def check_colleague(home: Identity, profile: Profile | None, name: str) -> None:
    """Whether somebody may be handed an alert. Raises `AccessDenied` with the words for who hands it over."""
    if profile is None:
        raise AccessDenied(f"Slack did not say who {name} is, so nothing was handed over. Try again in a minute.")
    refusals = (
        (not profile.is_found or profile.is_stranger, "is not known to Slack as a member of this workspace"),
        (home.team_id not in profile.team_ids and bool(profile.team_ids), "belongs to another workspace"),
        (profile.is_deleted, "has an account that is switched off"),
        (profile.is_bot, "is a bot"),
        (profile.is_guest, "is a guest"),
    )
    for applies, words in refusals:
        if applies:
            raise AccessDenied(f"{name} {words}: only full members can have an alert. Nothing was handed over.")
