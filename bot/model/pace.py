"""How often something may be done."""


class Pace:
    """A bucket of permits: `burst` at once, `a_minute` after that."""

    def __init__(self, a_minute: float, burst: float) -> None:
        self._rate = a_minute / 60
        self._burst = burst
        self._level = burst
        self._at: float | None = None
        self._all = self._rate, burst

    def share(self, among: int, least: float) -> None:
        """So many processes keep it together. Each has `least` permits at once, however many they are."""
        rate, burst = self._all
        self._rate, self._burst = rate / max(among, 1), min(burst, max(burst / max(among, 1), least))

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
