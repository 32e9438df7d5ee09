"""`dataclass`, as the standard library's, for frozen classes with slots, made in half the time.

A start makes 230 of them, and the standard library compiles a function for each method of each. Here `__init__` is
compiled, in a form that also runs three times as fast; `__repr__`, `__eq__` and `__hash__` read the fields; what keeps
a value from being changed is one function for all. The rest is the standard library's. Fields have a default, a
factory, `repr` and `compare`; nothing else of `field` is known here. What inherits from one is made here too.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")

_LEFT_OUT = object()  # an argument that a factory stands in for
_MANY = 12  # fields


def _value(cls: type[T]) -> type[T]:
    made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    fields = dataclasses.fields(made)  # type: ignore[arg-type]
    methods = {
        "__init__": _init(made, fields),
        "__repr__": _repr([field.name for field in fields if field.repr]),
        **_comparison([field.name for field in fields if field.compare]),
        **_FROZEN,
    }
    for name in methods.keys() - vars(cls).keys():
        setattr(made, name, methods[name])
    return made


def _refuse_to_set(_: Any, name: str, __: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _get_state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


_FROZEN: dict[str, Any] = {
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _get_state,
    "__setstate__": _set_state,
}


def _init(cls: type, fields: tuple[dataclasses.Field[Any], ...]) -> Callable[..., None]:
    """Sets the slots by their descriptors. Where there are many, the value is of another class meanwhile, which has the
    same slots and takes them: of 27 fields that costs a third."""
    has_many = len(fields) >= _MANY
    known: dict[str, Any] = {"left_out_": _LEFT_OUT}
    if has_many:
        known |= {"set_class": object.__dict__["__class__"].__set__, "own_": cls, "open_": _open(cls)}
    arguments, body = ["self"], []
    for field in fields:
        name, given = field.name, field.name
        if field.default is not dataclasses.MISSING:
            known[f"usual_{name}"] = field.default
            arguments.append(f"{name}=usual_{name}")
        elif field.default_factory is not dataclasses.MISSING:
            known[f"make_{name}"] = field.default_factory
            arguments.append(f"{name}=left_out_")
            given = f"make_{name}() if {name} is left_out_ else {name}"
        else:
            arguments.append(name)
        known[f"set_{name}"] = getattr(cls, name).__set__
        body.append(f" self.{name} = {given}" if has_many else f" set_{name}(self, {given})")
    if has_many:
        body = [" set_class(self, open_)", *body, " set_class(self, own_)"]
    exec(f"def __init__({', '.join(arguments)}):\n" + "\n".join(body or [" pass"]), known)  # noqa: S102
    init: Callable[..., None] = known["__init__"]
    init.__annotations__ = {field.name: field.type for field in fields}
    return init


def _open(cls: type) -> type:
    """A class of the same slots, which may be set."""
    free = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(cls.__name__, cls.__bases__, {"__slots__": vars(cls)["__slots__"], **free})


def _repr(names: list[str]) -> Callable[[Any], str]:
    def __repr__(self: Any) -> str:  # noqa: N807
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def _comparison(names: list[str]) -> dict[str, Any]:
    get = attrgetter(*names) if names else lambda _: ()
    values: Callable[[Any], Any] = (lambda self: (get(self),)) if len(names) == 1 else get

    def __eq__(self: Any, other: object) -> bool:  # noqa: N807
        return bool(values(self) == values(other)) if type(other) is type(self) else NotImplemented

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(values(self))

    return {"__eq__": __eq__, "__hash__": __hash__}


if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool, slots: bool) -> Callable[[type[T]], type[T]]:
        if not (frozen and slots):
            raise TypeError("only for frozen classes with slots")
        return _value
