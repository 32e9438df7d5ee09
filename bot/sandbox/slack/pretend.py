"""The pretend Slack as a test, a demo or the control API holds it: what people do, and what they see."""

from typing import Any

from bot.sandbox.slack import payloads, web_api
from bot.sandbox.slack.calls import Arguments, ControlError, Json, RefusalError
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.elements import Found, elements_of, find, names, options_of
from bot.sandbox.slack.messages import Content, Message, compose
from bot.sandbox.slack.operations import Operations
from bot.sandbox.slack.payloads import Act
from bot.sandbox.slack.people import BOT_USER, Channel, Person
from bot.sandbox.slack.state import Answer
from bot.sandbox.slack.views import View

LATEST = "latest"


class PretendSlack(Operations):
    """People's side of it; what whoever runs the sandbox may order is inherited from `Operations`."""

    @property
    def deliveries(self) -> list[Delivery]:
        return self.dispatcher.deliveries

    @property
    def requests(self) -> list[Json]:
        return self.state.requests

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────────────

    async def command(
        self,
        user: str,
        channel: str,
        text: str = "",
        *,
        command: str = "/tasks",
        team: str = "",
        enterprise: str = "",
        twice: bool = False,
    ) -> Delivery:
        """Types a command. `team` and `enterprise` stand in the payload in place of the user's own."""
        person, place = self.person(user), self.place(channel)
        typed = compose(text, self.workspace.people.values(), self.workspace.channels.values())
        payload = payloads.command(self._act(person, place, team=team, enterprise=enterprise), place, command, typed)
        self.journal.add("command", user=user, channel=place.id, text=f"{command} {text}".strip())
        delivery = await self.dispatcher.deliver("slash_commands", payload, twice=twice)
        if isinstance(delivery.body, dict) and delivery.body:  # what the bot said in its ack is an answer like others
            try:
                web_api.speak(self.state, Answer(place.id, person.id, self.state.now()), Arguments(delivery.body))
            except RefusalError as refusal:
                delivery.shown = refusal.error
        return delivery

    async def tap(
        self,
        user: str,
        *,
        action: str = "",
        label: str = "",
        value: Any = None,
        channel: str = "",
        ts: str = LATEST,
        view: str = "",
        block: str = "",
        old: bool = False,
        team: str = "",
        enterprise: str = "",
        twice: bool = False,
    ) -> Delivery:
        """Taps the button with this action_id or `label`, or picks `value` in a menu. Raises ControlError without one.

        Looks in `view`, else at the message `ts` of the channel, ephemeral ones too, else at the newest that has it.
        `block` is its block's id, where several have such a one.
        `old` also taps what an earlier version of the message showed.
        """
        person, wanted = self.person(user), (action, label, value, block)
        if view:
            shown = self.view(view)
            found = find([shown.content["blocks"]], *wanted)
            if found is None:
                raise ControlError(f"no such button; there are {names(shown.content['blocks'])}")
            acted = payloads.action(found, value, self.workspace.stamp())
            payload = payloads.tap_on_view(self._act(person, view=view, team=team, enterprise=enterprise), shown, acted)
        else:
            place = self.place(channel)
            message, found = self._tapped(person, place, ts, wanted, old=old)
            acted = payloads.action(found, value, self.workspace.stamp())
            act = self._act(person, place, message, team=team, enterprise=enterprise)
            payload = payloads.tap_on_message(act, place, message, acted)
        return await self.dispatcher.deliver("interactive", payload, twice=twice)

    async def pick(
        self,
        user: str,
        option: str,
        *,
        action: str = "",
        channel: str = "",
        ts: str = LATEST,
        view: str = "",
        old: bool = False,
        twice: bool = False,
    ) -> Delivery:
        """Picks an option, by its value or label, in the menu with this action_id, or in any menu that has it.

        Where several menus of a message have it, the first is meant. Raises ControlError where none has it.
        """
        place = {"channel": channel, "ts": ts} if not view else {"view": view}
        name = action or self._menu(user, option, view, channel, ts, old=old)
        return await self.tap(user, action=name, value=option, old=old, twice=twice, **place)

    async def redeliver(self, delivery: int) -> Delivery:
        """Slack sends the payload of an earlier delivery again, by its number; a form's answer is done again, too."""
        found = next((each for each in self.deliveries if each.id == delivery), None)
        if found is None:
            raise ControlError(f"no delivery {delivery}; there are {len(self.deliveries)}")
        again = await self.dispatcher.deliver(found.kind, found.payload)
        view = self.views.all.get(str(found.payload.get("view", {}).get("id")))
        if found.payload.get("type") == "view_submission" and view is not None and view.open and again.acked:
            again.shown = self.views.settle(view, again.body)
        return again

    async def shortcut(
        self,
        user: str,
        channel: str,
        ts: str,
        callback_id: str,
        *,
        team: str = "",
        enterprise: str = "",
        twice: bool = False,
    ) -> Delivery:
        """Chooses the app's shortcut in the menu of a message. Ephemeral ones have no such menu, as in Slack."""
        person, place = self.person(user), self.place(channel)
        message = self._known(self.workspace.message, place.id, ts)
        act = self._act(person, place, team=team, enterprise=enterprise)
        payload = payloads.shortcut(act, place, message, callback_id, self.workspace.stamp())
        return await self.dispatcher.deliver("interactive", payload, twice=twice)

    async def submit(
        self,
        user: str,
        values: Json | None = None,
        *,
        view: str = "",
        team: str = "",
        enterprise: str = "",
        twice: bool = False,
    ) -> Delivery:
        """Fills in the topmost modal, by block_id or action_id, and submits it. Raises ControlError where it cannot."""
        person = self.person(user)
        shown = self.view(view) if view else self._top(user)
        if not shown.open:
            raise ControlError(f"view {shown.id} is closed")
        shown.fill(values or {})
        payload = payloads.submission(self._act(person, view=shown.id, team=team, enterprise=enterprise), shown)
        delivery = await self.dispatcher.deliver("interactive", payload, twice=twice)
        if delivery.acked:
            delivery.shown = self.views.settle(shown, delivery.body)
        return delivery

    async def close_view(self, user: str, *, everything: bool = False) -> Delivery | None:
        """Closes the topmost modal, or all of them; the bot hears of it only if it asked for that."""
        shown = self._top(user)
        payload = payloads.closed(Act(self.person(user)), shown, cleared=everything)
        if everything:
            self.views.clear(user)
        else:
            self.views.close(shown)
        if not shown.content.get("notify_on_close"):
            return None
        return await self.dispatcher.deliver("interactive", payload)

    async def event(self, event: Json, *, team: str = "", enterprise: str = "", twice: bool = False) -> Delivery:
        """Sends an event of the Events API; the outer part is made here."""
        payload = payloads.event(event, self.state.now(), team)
        payload |= {"enterprise_id": enterprise} if enterprise else {}
        return await self.dispatcher.deliver("events_api", payload, twice=twice)

    async def open_home(
        self, user: str, *, tab: str = "home", team: str = "", enterprise: str = "", twice: bool = False
    ) -> Delivery:
        """Opens a tab of the app's Home: `home` or `messages`. The event has the Home that they see."""
        direct = self.workspace.direct(self.person(user).id)
        home = self.views.homes.get(user) if tab == "home" else None
        shown = {"view": home.as_json()} if home else {}
        opened = {"type": "app_home_opened", "user": user, "channel": direct.id, "tab": tab, **shown}
        return await self.event(opened, team=team or self.person(user).team, enterprise=enterprise, twice=twice)

    async def mention(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread_ts: str = "",
        team: str = "",
        late: float = 0.0,
        twice: bool = False,
    ) -> Delivery | None:
        """A person names @nightshift, `late` seconds ago; Slack's client makes mentions and links of the words.

        None where the bot does not hear of it: it is no member, or may not read mentions.
        """
        person, place = self.person(user), self.place(channel)
        words = compose(text, self.workspace.people.values(), self.workspace.channels.values())
        message = self.say(user, channel, words, thread_ts=thread_ts)
        may_read = place.member and not place.direct_with and "app_mentions:read" in self.access.scopes
        if not may_read or f"<@{BOT_USER}>" not in words:
            return None
        inner = payloads.mention(person, message)
        payload = payloads.event(inner, self.state.now() - late, team, shared=place.shared)
        return await self.dispatcher.deliver("events_api", payload, twice=twice)

    def say(self, user: str, channel: str, text: str, *, thread_ts: str = "") -> Message:
        """A person's message as Slack keeps it. The bot hears nothing: order `mention`, or send an event for that."""
        place = self.place(channel).id
        return self.workspace.post(place, Content(text), user=self.person(user).id, thread_ts=thread_ts)

    def delete(self, channel: str, ts: str) -> None:
        """A person deletes a message."""
        self.workspace.delete(self._known(self.workspace.message, self.place(channel).id, ts))

    # ── what people see ──────────────────────────────────────────────────────────────────────────────────────────

    def shown(self, channel: str) -> list[Message]:
        """What the channel shows now, oldest first; replies only where they were broadcast."""
        return self.workspace.shown(self.place(channel).id)

    def posts(self, channel: str) -> list[Message]:
        """Every message ever posted there, replies and deleted ones too; each keeps its versions."""
        return list(self.workspace.messages[self.place(channel).id].values())

    def replies(self, channel: str, ts: str) -> list[Message]:
        return self.workspace.replies(self.place(channel).id, ts)

    def whispers(self, user: str, channel: str = "") -> list[Message]:
        """The ephemeral messages the user sees now, oldest first."""
        return self.workspace.whispered(user, channel)

    def direct(self, user: str) -> list[Message]:
        """What the app's direct message with the user shows now."""
        return self.workspace.shown(self.workspace.direct(self.person(user).id).id)

    # ── finding things, with words for who asks for what is not there ────────────────────────────────────────────

    def person(self, user: str) -> Person:
        return self._known(self.workspace.person, user)

    def view(self, view: str) -> View:
        if view not in self.views.all:
            raise ControlError(f"no view {view!r}; there are {list(self.views.all)}")
        return self.views.all[view]

    def _top(self, user: str) -> View:
        shown = self.views.top(user)
        if shown is None:
            raise ControlError(f"{user} has no modal open")
        return shown

    def _act(
        self, person: Person, place: Channel | None = None, original: Message | None = None, view: str = "", **home: str
    ) -> Act:
        """What a person does in a place or in a view: it has a trigger, and in a place a `response_url`."""
        key = self.state.answers.issue(place.id, person.id, original) if place else ""
        url = f"{self.state.url}/response/{key}" if place else ""
        return Act(person, trigger_id=self.state.triggers.issue(person.id, view), response_url=url, **home)

    def _menu(self, user: str, option: str, view: str, channel: str, ts: str, *, old: bool) -> str:
        """The action_id of the first menu that has the option, the newest message first."""
        if view:
            surfaces = [self.view(view).content["blocks"]]
        else:
            surfaces = [
                blocks for _, all_ in self._seen(self.person(user), self.place(channel), ts, old=old) for blocks in all_
            ]
        for _, element in (each for blocks in surfaces for each in elements_of(blocks)):
            if any(option in (each["value"], each["text"]["text"]) for each in options_of(element)):
                return str(element["action_id"])
        raise ControlError(f"no menu has the option {option!r}")

    def _tapped(self, person: Person, place: Channel, ts: str, wanted: Any, *, old: bool) -> tuple[Message, Found]:
        there = self._seen(person, place, ts, old=old)
        for message, surfaces in there:
            found = find(surfaces, *wanted)
            if found is not None:
                return message, found
        raise ControlError(f"no such button; there are {[names(message.blocks) for message, _ in there]}")

    def _seen(self, person: Person, place: Channel, ts: str, *, old: bool) -> list[tuple[Message, list[Any]]]:
        """The messages a person sees in a place, the newest first, each with its blocks; `old`: earlier ones too."""
        seen = [*self.workspace.messages[place.id].values(), *self.workspace.whispered(person.id, place.id)]
        there = [message for message in seen if ts in {LATEST, message.ts} and (old or not message.deleted)]
        return [
            (message, [message.blocks, *(each.content.blocks for each in reversed(message.versions) if old)])
            for message in sorted(there, key=lambda each: each.ts, reverse=True)
        ]
