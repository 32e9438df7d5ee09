"""What Slack takes at this moment, and how fast: the limits that a 429 sets, and paces that keep us from meeting one.

Slack limits each method for the whole workspace, and posts for each channel besides (slack-platform.md §4.1). Knows
nothing of posts and their order, and sleeps nowhere: who is refused here comes again.
"""

import time
from collections.abc import Callable

EDITS_A_MINUTE = 45.0
EDIT_BURST = 5.0
"""Together they stay within 50 a minute, whichever minute is counted: tier 3, that of `chat.update`."""
POSTS_A_MINUTE = 240.0
POST_BURST = 20.0
"""Slack takes "several hundred a minute" in a workspace, in all channels together."""
KEPT_FOR_WORDS = 2.0
"""Edits that change no words leave so many for those that do."""
LONGEST_UNREACHED = 5.0
"""Seconds: an unreachable Slack is tried again after this, however often it was tried."""

_ALL = "all"
_POSTS = "posts"
_EDITS = "edits"


class Pace:
    """A bucket of permits: `burst` at once, `a_minute` after that."""

    def __init__(self, a_minute: float, burst: float) -> None:
        self._rate = a_minute / 60
        self._burst = burst
        self._level = burst
        self._at: float | None = None

    def level(self, now: float) -> float:
        """How many are left. `now` is in seconds of any clock that never goes back."""
        passed = 0.0 if self._at is None else max(now - self._at, 0.0)
        self._at = now
        self._level = min(self._burst, self._level + passed * self._rate)
        return self._level

    def take(self, now: float) -> bool:
        """Takes one, if there is one."""
        if self.level(now) < 1.0 - 1e-9:
            return False
        self._level -= 1.0
        return True

    def give_back(self) -> None:
        self._level = min(self._burst, self._level + 1.0)


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
        self._limited_until: dict[str, float] = {}
        """By channel, and by `_ALL`, `_POSTS` and `_EDITS`."""

    def may_post(self, channel: str) -> bool:
        """Takes a permit for one post there; give it back with `unused` where none was made."""
        return not self._is_limited(_ALL, _POSTS, channel) and self._posts.take(self._seconds())

    def may_edit(self) -> bool:
        """Takes a permit for one edit; give it back with `unused` where none was made."""
        return not self._is_limited(_ALL, _EDITS) and self._edits.take(self._seconds())

    def spares_cosmetics(self) -> bool:
        """Whether enough is left for edits that change words, after the permit that was taken last."""
        return self._edits.level(self._seconds()) >= KEPT_FOR_WORDS

    def unused(self, *, post: bool = False, edit: bool = False) -> None:
        if post:
            self._posts.give_back()
        if edit:
            self._edits.give_back()

    def edit_limited(self, seconds: float) -> None:
        """Slack asks to slow down: `chat.update` is limited in all channels together."""
        self._limit(_EDITS, seconds)

    def post_limited(self, channel: str, seconds: float) -> None:
        """Slack asks to slow down, and does not say whether it is about this channel or the whole workspace.

        A second channel that is asked to meanwhile says that it is the workspace: then all of them wait.
        """
        if any(map(self._is_limited, self._limited_until.keys() - {_ALL, _POSTS, _EDITS, channel})):
            self._limit(_POSTS, seconds)
        self._limit(channel, seconds)

    def unreachable(self, seconds: float) -> None:
        """No connection: nothing else would get through either."""
        self._limit(_ALL, min(seconds, LONGEST_UNREACHED))

    def _limit(self, name: str, seconds: float) -> None:
        self._limited_until[name] = max(self._limited_until.get(name, 0.0), self._seconds() + seconds)

    def _is_limited(self, *names: str) -> bool:
        return any(self._seconds() < self._limited_until.get(name, 0.0) for name in names)
