"""Modals and Home tabs as people have them open (docs of surfaces/modals): stacks, hashes, submissions."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.block_kit import view_faults
from bot.sandbox.slack.calls import ControlError, Json, RefusalError
from bot.sandbox.slack.elements import chosen, named, start_values, unfit_entry
from bot.sandbox.slack.limits import Now
from bot.sandbox.templates import Templates

_FILE = Templates(__file__)
DEEPEST = 3
LARGEST = 250_000
TROUBLE = "We had some trouble connecting. Try again?"  # what Slack writes into a modal whose answer it cannot use


@dataclass(slots=True)
class View:
    """`content` is what the bot sent; `errors` what it said of the last submission, by block_id."""

    id: str
    user: str
    content: Json
    hash: str
    root: str
    previous: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    values: Json = field(default_factory=dict)
    versions: list[Json] = field(default_factory=list)
    open: bool = True

    def as_json(self) -> Json:
        unsaid = _FILE.fill("unsaid") | dict.fromkeys(("title", "submit", "close"))
        return unsaid | self.content | _FILE.fill("view", view=self)

    def fill(self, typed: Json) -> None:
        """Puts in what a person typed, by block_id or action_id.

        Raises ControlError where a needed one is missing, or where Slack's client would not let it be typed or sent.
        """
        if self.content["type"] != "modal" or "submit" not in self.content:
            raise ControlError("this view has no submit button")
        values = start_values(self.content["blocks"])
        unknown = set(typed)
        for block in self.content["blocks"]:
            element = block.get("element")
            if element is None:
                continue
            action = element["action_id"]
            key = next((key for key in (block["block_id"], action) if key in typed), None)
            unknown.discard(str(key))
            state = chosen(element, typed[key] if key else None)
            if not block.get("optional") and not any(state.values()):
                raise ControlError(f"{block['block_id']} must be filled in")
            if unfit := unfit_entry(element, state):
                raise ControlError(f"{block['block_id']} {unfit}")
            values.setdefault(block["block_id"], {})[action] = {"type": element["type"], **state}
        if unknown:
            raise ControlError(f"no such input: {sorted(unknown)}")
        self.values = values


class Views:
    """All views ever opened, by id; per user the stack of open modals and the Home tab."""

    def __init__(self, now: Now, note: Callable[..., None]) -> None:
        self.all: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self._now = now
        self._note = note

    def top(self, user: str) -> View | None:
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    def open(self, user: str, sent: Any) -> View:
        """A new modal takes the place of whatever the user had open."""
        content = self._checked(sent, "modal")
        self.clear(user)
        return self._new(user, content)

    def push(self, user: str, sent: Any, onto: str) -> View:
        """Raises RefusalError push_limit_reached above three views."""
        content = self._checked(sent, "modal")
        stack = self.stacks.get(user, [])
        if not stack or (onto and onto not in {view.id for view in stack}):
            raise RefusalError("not_found")
        if len(stack) >= DEEPEST:
            raise RefusalError("push_limit_reached")
        return self._new(user, content)

    def publish(self, user: str, sent: Any, expected: str) -> View:
        content = self._checked(sent, "home")
        home = self.homes.get(user)
        if home is None:
            return self._new(user, content)
        self._match(home, expected)
        self._write(home, content)
        return home

    def find(self, view_id: str, external_id: str) -> View:
        """An open view by its id or the bot's own. Raises RefusalError not_found."""
        for view in self.all.values():
            meant = view.id == view_id if view_id else external_id and view.content.get("external_id") == external_id
            if meant and view.open:
                return view
        raise RefusalError("not_found")

    def update(self, view: View, sent: Any, expected: str = "") -> None:
        """Raises RefusalError hash_conflict where `expected` is given and the view has changed since."""
        self._match(view, expected)
        self._write(view, self._checked(sent, str(view.content["type"]), view))

    def close(self, view: View) -> None:
        """Takes the view, and what lies on it, off its stack."""
        stack = self.stacks.get(view.user, [])
        while view in stack:
            stack.pop().open = False
        self._note("view closed", user=view.user, view=view.id)

    def clear(self, user: str) -> None:
        for view in self.stacks.pop(user, []):
            view.open = False
            self._note("view closed", user=user, view=view.id)

    def settle(self, view: View, answer: Any) -> str:
        """Does what the bot's ack of a submission says (`response_action`). Returns the error that the person sees."""
        if not isinstance(answer, dict) or "response_action" not in answer:
            self.close(view)
            return ""
        try:
            match answer["response_action"]:
                case "clear":
                    self.clear(view.user)
                case "update":
                    self.update(view, answer.get("view"))
                case "push":
                    self.push(view.user, answer.get("view"), view.id)
                case "errors" if _names_inputs(view, answer.get("errors")):
                    view.errors = answer["errors"]
                    self._note("view errors", user=view.user, view=view.id, errors=view.errors)
                case _:
                    return TROUBLE
        except RefusalError:
            return TROUBLE
        return ""

    def _new(self, user: str, content: Json) -> View:
        below = self.top(user) if content["type"] == "modal" else None
        new = "V0" + secrets.token_hex(5).upper()
        view = View(new, user, content, "", below.root if below else new, below.id if below else None)
        self.all[new] = view
        if content["type"] == "modal":
            self.stacks.setdefault(user, []).append(view)
        else:
            self.homes[user] = view
        self._write(view, content, "view")
        return view

    def _write(self, view: View, content: Json, what: str = "view updated") -> None:
        view.content = content
        view.hash = f"{int(self._now())}.{secrets.token_urlsafe(6)}"
        view.errors = {}
        view.versions.append(content)
        self._note(what, user=view.user, view=view.id, surface=content["type"], content=content)

    def _checked(self, sent: Any, kind: str, itself: View | None = None) -> Json:
        view = json.loads(sent) if isinstance(sent, str) else sent
        faults = view_faults(view)
        if not faults and view["type"] != kind:
            faults = [f"[ERROR] must be a {kind} [json-pointer:/view/type]"]
        if faults:
            raise RefusalError("invalid_arguments", response_metadata={"messages": faults})
        if len(json.dumps(view)) > LARGEST:
            raise RefusalError("view_too_large")
        others = (each.content for each in self.all.values() if each.open and each is not itself)
        external_id = view.get("external_id")
        if external_id and any(each.get("external_id") == external_id for each in others):
            raise RefusalError("duplicate_external_id")
        return {**view, "blocks": named(view["blocks"])}

    def _match(self, view: View, expected: str) -> None:
        if expected and expected != view.hash:
            raise RefusalError("hash_conflict")


def _names_inputs(view: View, errors: Any) -> bool:
    """Whether there are errors, and each names an input block."""
    inputs = {block["block_id"] for block in view.content["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        return False
    return all(isinstance(words, str) and words for words in errors.values())
