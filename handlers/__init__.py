"""What people can ask, press and send, one file each: `load` finds its VERBS, ACTIONS, FORMS and HOME.

No module here imports another.
"""

import pkgutil
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TypeVar

from bot.services import ActionHandler, FormHandler, Handlers, HomeHandler, VerbHandler
from handlers import answers

H = TypeVar("H")


def load() -> Handlers:
    """All handlers of this package, in the order of their files. Raises ValueError where two claim one name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return _handlers_of([import_module(f"{__name__}.{name}") for name in names])


def _handlers_of(modules: Sequence[object]) -> Handlers:
    verbs: list[VerbHandler] = [handler for module in modules for handler in getattr(module, "VERBS", ())]
    actions: list[ActionHandler] = [handler for module in modules for handler in getattr(module, "ACTIONS", ())]
    forms: list[FormHandler] = [handler for module in modules for handler in getattr(module, "FORMS", ())]
    homes: list[HomeHandler] = [home for module in modules if (home := getattr(module, "HOME", None))]
    by_verb = _once((handler.verb.name, handler) for handler in verbs)
    return Handlers(
        by_verb,
        _once(
            (handler.action, handler) for handler in (*actions, *answers.actions(by_verb), *answers.questions(by_verb))
        ),
        _once((handler.action, handler) for handler in forms),
        _once(("HOME", handler) for handler in homes).get("HOME"),
    )


def _once(named: Iterable[tuple[str, H]]) -> dict[str, H]:
    known: dict[str, H] = {}
    for name, handler in named:
        if name in known:
            raise ValueError(f"two handlers claim {name!r}")
        known[name] = handler
    return known
