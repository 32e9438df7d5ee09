"""What Slack takes at this moment, and how fast: the limits that a 429 sets, and paces that keep us from meeting one.

Slack limits each method for the whole workspace, and posts for each channel besides (slack-platform.md §4.1). Knows
nothing of posts and their order, and sleeps nowhere: who is refused here comes again.
"""

import time
from collections.abc import Callable

from bot.model.pace import Pace

EDITS_A_MINUTE = 45.0
EDIT_BURST = 5.0
"""Together they stay within 50 a minute, whichever minute is counted: tier 3, that of `chat.update`."""
POSTS_A_MINUTE = 240.0
POST_BURST = 20.0
"""Slack takes "several hundred a minute" in a workspace, in all channels together."""
KEPT_FOR_WORDS = 2.0
"""Edits that change no words leave so many for those that do."""
LEAST_BURST = KEPT_FOR_WORDS + 1
LONGEST_UNREACHED = 5.0
"""Seconds: an unreachable Slack is tried again after this, however often it was tried."""
LONGEST_SHARED = 60.0
"""Seconds: what two channels were told closes all of them for so long at most."""

_ALL = "all"
_POSTS = "posts"
_EDITS = "edits"
_EVERYWHERE = ""


class RateLimits:
    """For one workspace. `seconds` is a clock that never goes back."""

    def __init__(
        self,
        posts: Pace | None = None,
        edits: Pace | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._posts = posts or Pace(POSTS_A_MINUTE, POST_BURST)
        self._edits = edits or Pace(EDITS_A_MINUTE, EDIT_BURST)
        self._seconds = seconds
        self._limited_until: dict[tuple[str, str], float] = {}
        """By what is limited (`_ALL`, `_POSTS`, `_EDITS`), and the channel."""

    def share(self, among: int) -> None:
        """So many processes post and edit in this workspace: each keeps its part of the pace."""
        self._posts.share(among, LEAST_BURST)
        self._edits.share(among, LEAST_BURST)

    def may_post(self, channel: str) -> bool:
        """Takes a permit for one post there; give it back with `unused` where none was made."""
        return not self._is_closed(_POSTS, channel) and self._posts.take(self._seconds())

    def may_edit(self, channel: str) -> bool:
        """Takes a permit for one edit there; give it back with `unused` where none was made."""
        return not self._is_closed(_EDITS, channel) and self._edits.take(self._seconds())

    def spares_cosmetics(self) -> bool:
        """Whether enough is left for edits that change words, after the permit that was taken last."""
        return self._edits.level(self._seconds()) >= KEPT_FOR_WORDS

    def unused(self, *, post: bool = False, edit: bool = False) -> None:
        if post:
            self._posts.give_back()
        if edit:
            self._edits.give_back()

    def edit_limited(self, channel: str, seconds: float) -> None:
        """As `post_limited`, for edits."""
        self._close(_EDITS, channel, seconds)

    def post_limited(self, channel: str, seconds: float) -> None:
        """Slack asks to slow down, and does not say whether it is about this channel or the whole workspace.

        A second channel that is asked to meanwhile says that it is the workspace: then all of them wait.
        """
        self._close(_POSTS, channel, seconds)

    def unreachable(self, seconds: float) -> None:
        """No connection: nothing else would get through either."""
        self._limit((_ALL, _EVERYWHERE), min(seconds, LONGEST_UNREACHED))

    def _close(self, what: str, channel: str, seconds: float) -> None:
        others = {key for key in self._limited_until if key[0] == what} - {(what, _EVERYWHERE), (what, channel)}
        if any(map(self._is_limited, others)):
            self._limit((what, _EVERYWHERE), min(seconds, LONGEST_SHARED))
        self._limit((what, channel), seconds)

    def _limit(self, key: tuple[str, str], seconds: float) -> None:
        self._limited_until[key] = max(self._limited_until.get(key, 0.0), self._seconds() + seconds)

    def _is_closed(self, what: str, channel: str) -> bool:
        return any(map(self._is_limited, ((_ALL, _EVERYWHERE), (what, _EVERYWHERE), (what, channel))))

    def _is_limited(self, key: tuple[str, str]) -> bool:
        return self._seconds() < self._limited_until.get(key, 0.0)
