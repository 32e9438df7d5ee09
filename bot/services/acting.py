"""Acts of people on alerts: found, checked against roles, done, and written down, allowed or refused."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from bot.alerting.triage import Deed, Result, snoozed_until
from bot.model import Act, Aim, Alert, Attempt, Clock, Person, SnoozeEnd, Whence
from bot.store.alerts.acts import Acts
from bot.store.audit import Audit

_ROLES: Final = "Who may is set under [[roles]] in nightshift.toml."


class May(Protocol):
    """Whether a person may do something: "", or why not, a sentence."""

    async def check(self, act: Act, person: Person, whence: Whence, alerts: Sequence[Alert] = ()) -> str: ...


class Acting:
    """`wake` is called when cards are to be drawn anew."""

    def __init__(self, acts: Acts, audit: Audit, may: May, clock: Clock, wake: Callable[[], None]) -> None:
        self._acts = acts
        self._audit = audit
        self._may = may
        self._clock = clock
        self._wake = wake

    async def aimed_at(self, aim: Aim) -> Sequence[Alert]:
        return await self._acts.aimed_at(aim)

    async def named(self, name: str) -> Sequence[Alert]:
        """The open alerts that a name fits."""
        return await self._acts.named(name)

    async def names(self) -> Sequence[str]:
        """All names that open alerts bear: of machines, plans and tenants."""
        return await self._acts.names()

    async def shown_by(self, channel: str, ts: str) -> Aim:
        """What a card of ours is about: its alert, or all that a storm's card counts; nothing where it is no card."""
        return await self._acts.shown_by(channel, ts)

    async def may(self, act: Act, aim: Aim, person: Person, whence: Whence) -> str:
        """Before a window opens for an act: why it is not allowed, "" where it is. A refusal is written down."""
        alerts = await self._acts.aimed_at(aim)
        refused = await self._may.check(act, person, whence, alerts)
        if refused:
            await self._refuse(_attempt(Deed(act, person.id, self._clock.now()), aim, person, whence), alerts, refused)
        return refused

    async def not_done(self, act: Act, aim: Aim, person: Person, whence: Whence, why: str) -> None:
        """Writes down an attempt that was allowed, and why nothing was done."""
        alerts = await self._acts.aimed_at(aim)
        await self._refuse(_attempt(Deed(act, person.id, self._clock.now()), aim, person, whence), alerts, why)

    async def act(
        self,
        act: Act,
        aim: Aim,
        person: Person,
        whence: Whence,
        *,
        to: Person | None = None,
        over: bool = False,
        until: datetime | None = None,
        end: SnoozeEnd = SnoozeEnd.TIME,
        text: str = "",
    ) -> Result:
        """Does it, where it is allowed. `to` is whom an alert is handed to; `over`: although another has it."""
        now = self._clock.now()
        if act is Act.SNOOZE:
            until = snoozed_until(until, now)
        deed = Deed(act, person.id, now, person.name, over=over, until=until, end=end, text=text)
        if to is not None:
            deed = replace(deed, to=to.id, to_name=to.name)
        alerts = await self._acts.aimed_at(aim)
        if not alerts:
            return Result(now)
        attempt = _attempt(deed, aim, person, whence)
        if refused := await self._refusal(act, person, to, whence, alerts):
            await self._refuse(attempt, alerts, refused)
            return Result(now, refused=refused)
        acted = await self._acts.act([alert.id for alert in alerts], deed, attempt, aim.card_id or None)
        self._wake()
        return Result(now, acted.done, is_repeated=acted.is_repeated)

    async def retirable(self, name: str, number: int = 0) -> Sequence[Alert]:
        """What is called so and may be retired, one for each plan; those that have no open alert have ids of 0."""
        return await self._acts.retirable(name, number)

    async def may_retire(self, found: Sequence[Alert], person: Person, whence: Whence) -> str:
        """Why it is not allowed, "" where it is. A refusal is written down."""
        if refused := await self._may.check(Act.RETIRE, person, whence, found):
            stored = [alert for alert in found if alert.id]
            deed = Deed(Act.RETIRE, person.id, self._clock.now(), person.name)
            aim = Aim(stored[0].id) if len(stored) == 1 else Aim()
            await self._refuse(_attempt(deed, aim, person, whence), stored, refused)
        return refused

    async def retire(self, found: Sequence[Alert], reason: str, person: Person, whence: Whence) -> Result:
        """Closes what is open of it, and expects nothing of it until it runs again. Who may was asked before."""
        now = self._clock.now()
        deed = Deed(Act.RETIRE, person.id, now, person.name, text=reason)
        open_ = [alert.id for alert in found if alert.id]
        aim = Aim(open_[0]) if len(open_) == 1 else Aim()
        attempt = replace(_attempt(deed, aim, person, whence), target=str(aim) if open_ else found[0].latest.name)
        acted = await self._acts.act(open_, deed, attempt, retires={alert.latest.subject for alert in found})
        self._wake()
        return Result(now, acted.done, is_repeated=acted.is_repeated)

    async def _refusal(
        self, act: Act, person: Person, to: Person | None, whence: Whence, alerts: Sequence[Alert]
    ) -> str:
        """Why it is not allowed. Whom an alert is handed to must be allowed to act on it, too."""
        if refused := await self._may.check(act, person, whence, alerts):
            return refused
        if to is None or to.id == person.id or not await self._may.check(act, to, whence, alerts):
            return ""
        return f"{to.name or to.id} may not act on this alert, so it was not handed over. {_ROLES}"

    async def _refuse(self, attempt: Attempt, alerts: Sequence[Alert], refused: str) -> None:
        """Without a key: what was refused may be tried again by the same delivery."""
        alert_id = alerts[0].id if len(alerts) == 1 else None
        await self._audit.write(replace(attempt, refused=refused, alert_id=alert_id, size=len(alerts), key=""))


def _attempt(deed: Deed, aim: Aim, person: Person, whence: Whence) -> Attempt:
    is_snooze = deed.act is Act.SNOOZE
    return Attempt(
        at=deed.at,
        user_id=person.id,
        team_id=person.team_id,
        act=deed.act,
        user_name=person.name,
        channel=whence.channel,
        via=whence.via,
        target=str(aim),
        text=deed.text,
        to_id=deed.to,
        to_name=deed.to_name,
        until=deed.until if is_snooze else None,
        end=deed.end.value if is_snooze else "",
        key=whence.key,
    )
