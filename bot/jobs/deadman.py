"""Each minute: asks for an address of somebody's who raises the alarm when nobody does. Withheld while the bot is not
able, so that a bot that lives and tells nobody anything is noticed too.
"""

import structlog

from bot.errors import HookFailed
from bot.hooks import host_of, ping
from bot.measures import PINGS
from bot.telemetry import Vitals

log = structlog.get_logger(__name__)


class DeadMan:
    """The job. `address` is a secret."""

    def __init__(self, address: str, vitals: Vitals) -> None:
        self._address = address
        self._vitals = vitals

    async def run(self) -> None:
        if reason := self._vitals.able():
            log.warning("the dead-man ping is withheld", reason=reason)
            self._vitals.measures.count(PINGS, "withheld")
            return
        try:
            await ping(self._address)
        except HookFailed as failure:
            log.warning("the dead-man ping failed", host=host_of(self._address), code=failure.code)
            self._vitals.measures.count(PINGS, "failed")
        else:
            self._vitals.measures.count(PINGS, "sent")
