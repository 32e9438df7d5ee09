"""Nouns are made in half the time, and behave as the standard library's dataclasses."""

import copy
import dataclasses
import inspect
import pickle
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

import bot.alerting
import bot.model
from bot.model.values import dataclass


def made() -> Iterator[type]:
    for package in (bot.model, bot.alerting):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for cls in vars(import_module(module.name)).values():
                if isinstance(cls, type) and cls.__module__ == module.name and dataclasses.is_dataclass(cls):
                    yield cls


CLASSES = sorted(made(), key=lambda cls: (cls.__module__, cls.__qualname__))


def twin(cls: Any) -> Any:
    """The standard library's class of the same fields."""
    given = [
        dataclasses.field(
            default=each.default, default_factory=each.default_factory, repr=each.repr, compare=each.compare
        )
        for each in dataclasses.fields(cls)
    ]
    named = [(each.name, each.type, field) for each, field in zip(dataclasses.fields(cls), given, strict=True)]
    return dataclasses.make_dataclass(cls.__qualname__, named, frozen=True, slots=True)


def arguments(cls: Any) -> list[tuple[str, object, bool]]:
    given = inspect.signature(cls).parameters.values()
    return [(each.name, each.kind, each.default is inspect.Parameter.empty) for each in given]


def filled(cls: Any, mark: str = "") -> Any:
    return cls(*(f"{each.name}{mark}" for each in dataclasses.fields(cls)))


def own(cls: Any, method: str) -> bool:
    """Whether the class states the method itself."""
    return f"def {method}(" in inspect.getsource(cls)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__qualname__)
def test_a_noun_behaves_as_the_standard_librarys_dataclass(cls: Any) -> None:
    usual = twin(cls)
    one, same, other = filled(cls), filled(cls), filled(cls, "2")
    assert arguments(cls) == arguments(usual)
    assert cls.__match_args__ == usual.__match_args__
    assert repr(one) == repr(filled(usual)) or own(cls, "__repr__")
    assert one == same
    assert (one != other) is (filled(usual) != filled(usual, "2"))
    assert one != filled(usual)
    assert hash(one) == hash(same) == hash(filled(usual))
    assert copy.deepcopy(one) == copy.copy(one) == pickle.loads(pickle.dumps(one)) == dataclasses.replace(one) == one
    assert dataclasses.asdict(one) == dataclasses.asdict(filled(usual))
    for each in dataclasses.fields(cls):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, each.name, "")
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(one, each.name)
    assert not hasattr(one, "__dict__")


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Whole(Part):
    parts: list[Part] = dataclasses.field(default_factory=list)
    secret: str = dataclasses.field(default="s", repr=False)
    seen: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Empty:
    pass


def test_defaults_and_factories_stand_in_and_inherited_fields_come_first() -> None:
    whole = Whole("a")
    assert (whole.name, whole.size, whole.parts, whole.secret) == ("a", 0.0, [], "s")
    assert whole.parts is not Whole("a").parts
    assert repr(whole) == "Whole(name='a', size=0.0, parts=[], seen=0)"
    assert Whole("a", seen=1) == whole != Part("a")
    assert Empty() == Empty()
    assert hash(Empty()) == hash(())


def test_a_value_that_equals_nothing_equals_itself_as_in_a_tuple() -> None:
    nan = float("nan")
    assert Part("a", nan) == Part("a", nan)
    assert Part("a", nan) != Part("a", float("nan"))


def test_what_lacks_an_argument_is_refused() -> None:
    with pytest.raises(TypeError, match="name"):
        Part()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="frozen"):
        dataclass(frozen=True, slots=False)
