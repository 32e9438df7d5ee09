"""Who may use the bot, and the exact words for those who may not. Pure; how a profile is fetched is not known here.

Members of the workspace the bot is installed in may. Guests, people of other workspaces, strangers, bots and
deactivated accounts may not (experience §2, slack-platform.md §6). Where Slack does not say who somebody is, the
payload decides: those on call are answered while Slack has trouble.
"""

from dataclasses import dataclass

from bot.errors import AccessDenied
from bot.slack.requests import Sender
from bot.slack.sign_in import Identity

OTHER_WORKSPACE = (
    "Nightshift answers only members of the workspace it is installed in; your account belongs to another."
)
GUEST = "Nightshift answers full members of this workspace only; you are a guest. Ask a full member."
STRANGER = "Nightshift answers only members of this workspace; Slack does not count you among them."
BOT = "Nightshift answers people only, not bots."
DEACTIVATED = "Nightshift answers active accounts only; yours is switched off."
"""One line each, 120 characters at most: the whole of it is on the lock screen."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What users.info says. `team_ids` are all workspaces the person belongs to; `zone` is an IANA name or "".

    `is_found` is false where Slack knows no such user, or does not show that user to us.
    """

    user_id: str
    team_ids: frozenset[str] = frozenset()
    zone: str = ""
    is_guest: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    is_deleted: bool = False
    is_found: bool = True


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
    """Judges by what Slack says of the person, None where it said nothing. Raises as `check_sender` does."""
    by_payload = {sender.team_id, sender.user_team_id} - {""}
    if profile is None:
        if by_payload != {home.team_id}:
            raise AccessDenied(OTHER_WORKSPACE)
        return
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
