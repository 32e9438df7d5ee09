"""Modals and Home tabs as people have them open. Owns their stacks and hashes; knows nothing of HTTP or tokens.

Rules: docs.slack.dev, surfaces/modals and reference/methods/views.*.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.block_kit import view_faults
from bot.sandbox.slack.elements import named
from bot.sandbox.slack.journal import Journal
from bot.sandbox.slack.people import APP, BOT, TEAM
from bot.sandbox.slack.refusal import Json, RefusalError

DEEPEST = 3
LARGEST = 250_000


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
        blank: Json = {"title": None, "submit": None, "close": None, "clear_on_close": False, "notify_on_close": False}
        return {
            "id": self.id,
            "team_id": TEAM,
            "app_id": APP,
            "app_installed_team_id": TEAM,
            "bot_id": BOT,
            "callback_id": "",
            "private_metadata": "",
            "external_id": "",
            **blank,
            **self.content,
            "hash": self.hash,
            "root_view_id": self.root,
            "previous_view_id": self.previous,
            "state": {"values": self.values},
        }


class Views:
    """All views ever opened, by id; per user the stack of open modals and the Home tab."""

    def __init__(self, now: Callable[[], float], journal: Journal) -> None:
        self.all: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self._now = now
        self._journal = journal

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
        if home is not None:
            self._match(home, expected)
            self.write(home, content)
            return home
        return self._new(user, content)

    def find(self, view_id: str, external_id: str) -> View:
        """An open view by its id or the bot's own. Raises RefusalError not_found."""
        for view in self.all.values():
            wanted = (
                view.id == view_id if view_id else bool(external_id) and view.content.get("external_id") == external_id
            )
            if wanted and view.open:
                return view
        raise RefusalError("not_found")

    def update(self, view: View, sent: Any, expected: str = "") -> None:
        """Raises RefusalError hash_conflict where `expected` is given and the view has changed since."""
        self._match(view, expected)
        self.write(view, self._checked(sent, str(view.content["type"]), view))

    def write(self, view: View, content: Json) -> None:
        view.content = content
        view.hash = self._hash()
        view.errors = {}
        self._shown("view updated", view)

    def close(self, view: View) -> None:
        """Takes the view, and what lies on it, off its stack."""
        stack = self.stacks.get(view.user, [])
        while view in stack:
            stack.pop().open = False
        self._journal.add("view closed", user=view.user, view=view.id)

    def clear(self, user: str) -> None:
        for view in self.stacks.pop(user, []):
            view.open = False
            self._journal.add("view closed", user=user, view=view.id)

    def _new(self, user: str, content: Json) -> View:
        below = self.top(user) if content["type"] == "modal" else None
        new = "V0" + secrets.token_hex(5).upper()
        view = View(new, user, content, self._hash(), below.root if below else new, below.id if below else None)
        self.all[new] = view
        if content["type"] == "modal":
            self.stacks.setdefault(user, []).append(view)
        else:
            self.homes[user] = view
        self._shown("view", view)
        return view

    def _checked(self, sent: Any, kind: str, itself: View | None = None) -> Json:
        view = json.loads(sent) if isinstance(sent, str) else sent
        faults = view_faults(view)
        if not faults and view["type"] != kind:
            faults = [f"[ERROR] must be a {kind} [json-pointer:/view/type]"]
        if faults:
            raise RefusalError("invalid_arguments", response_metadata={"messages": faults})
        if len(json.dumps(view)) > LARGEST:
            raise RefusalError("view_too_large")
        self._unique(view.get("external_id", ""), itself)
        return {**view, "blocks": named(view["blocks"])}

    def _unique(self, external_id: str, itself: View | None) -> None:
        taken = (view for view in self.all.values() if view.open and view is not itself)
        if external_id and any(view.content.get("external_id") == external_id for view in taken):
            raise RefusalError("duplicate_external_id")

    def _match(self, view: View, expected: str) -> None:
        if expected and expected != view.hash:
            raise RefusalError("hash_conflict")

    def _hash(self) -> str:
        return f"{int(self._now())}.{secrets.token_urlsafe(6)}"

    def _shown(self, kind: str, view: View) -> None:
        view.versions.append(view.content)
        self._journal.add(kind, user=view.user, view=view.id, surface=view.content["type"], content=view.content)
