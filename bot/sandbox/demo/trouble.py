"""Makes backups of the pretend Acronis fail and recover, and remembers which. Knows nothing of Slack or of words."""

from collections.abc import Iterable

from bot.sandbox.acronis import Begun
from bot.sandbox.acronis.control import Control

CALM = (
    "SRV-FILE01",
    "lena@acme.example",
    "WS-006",
    "BER-SRV01",
    "DENT-PC1",
    "it@dental.example",
    "WS-007",
    "beta-srv-6",
)
"""Machines and mailboxes that mostly do well."""
SOON = 1.0
"""Seconds a run takes that is made to fail or recover."""


class Trouble:
    """What was made to fail here and has not been made well again."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._failing: dict[tuple[str, str], Begun] = {}

    @property
    def names(self) -> list[str]:
        """The names that are failing by us, in order."""
        return [begun.resource for begun in self._failing.values()]

    def fail(self, name: str = "", *, known: str = "") -> Begun:
        """The next backup of `name` fails. Without one, that of the first calm name that `known` does not mention.

        Raises LookupError for a name that is not there.
        """
        calm = (each for each in CALM if each not in known and each not in self.names)
        begun = self._control.fail(name or next(calm, CALM[0]), seconds=SOON)
        self._remember((begun,))
        return begun

    def storm(self, count: int) -> list[Begun]:
        """So many backups fail by one cause."""
        begun = self._control.storm(count, seconds=SOON)
        self._remember(begun)
        return begun

    def recover(self, name: str = "") -> list[str]:
        """The next backup of `name`, or of all that failed by us, is ok; the names. Raises LookupError."""
        failed = [one for one in self._failing.values() if not name or one.resource.casefold() == name.casefold()]
        for begun in failed:
            self._control.recover(begun.resource_id, begun.plan, seconds=SOON)
            del self._failing[begun.resource_id, begun.plan]
        if name and not failed:
            return [self._control.recover(name, seconds=SOON).resource]
        return list(dict.fromkeys(begun.resource for begun in failed))

    def outage(self, *, on: bool) -> None:
        """The whole pretend Acronis goes away, or comes back."""
        self._control.outage(on)

    def _remember(self, started: Iterable[Begun]) -> None:
        self._failing |= {(begun.resource_id, begun.plan): begun for begun in started}
