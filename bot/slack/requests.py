"""What Slack delivers, as we act on it: the nouns of what comes in. Only holds them; `payloads` reads them.

delivery = command | mention | tap | shortcut | other      other: everything that is only acknowledged
"""

from dataclasses import dataclass
from datetime import datetime

from bot.model import Press


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a payload says sent it. `team_id` is where it was sent, `user_team_id` where that person belongs, if said."""

    user_id: str
    team_id: str
    user_team_id: str = ""
    enterprise_id: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """The ways back to the asker, each "" where there is none. `thread_ts` names the thread it came from."""

    user_id: str
    channel_id: str = ""
    response_url: str = ""
    thread_ts: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    key: str
    sender: Sender
    reach: Reach
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A message that names the bot; `text` is the rest of it. `said_at` is None where Slack does not say."""

    key: str
    sender: Sender
    reach: Reach
    text: str
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap on a button. `trigger_id` opens one window within 3 s; `is_link` where the button only opened a link.

    `view_id` is the window it was tapped in, "" where it was none.
    """

    key: str
    sender: Sender
    reach: Reach
    press: Press
    trigger_id: str
    view_id: str = ""
    is_link: bool = False

    @property
    def in_modal(self) -> bool:
        return bool(self.view_id)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One use of a message's shortcut. `words` are all that the message `message_ts` shows, for looking into."""

    key: str
    sender: Sender
    reach: Reach
    callback_id: str
    trigger_id: str
    message_ts: str
    words: str


@dataclass(frozen=True, slots=True)
class Other:
    """`asks_options` where Slack waits for the choices of a menu."""

    key: str
    kind: str
    asks_options: bool = False


Delivery = Command | Mention | Tap | Shortcut | Other
