"""What stands in a test for objects of the candidate: docs/code.md#values.

Each question about such an object is put to the candidate, or makes the test unsupported where its
answer would decide the test in place of a value: `==`, order, membership, truth, arithmetic.
"""

from __future__ import annotations

import collections
import functools

import tally_values as values
from tally_shared import MUTABLE, Handle, replace

# Special methods that an object may have and that only its own code could answer.
REFUSED = (
    "lt le gt ge contains setitem delitem delattr enter exit int float complex index abs neg pos invert "
    "round trunc floor ceil reversed instancecheck subclasscheck reduce_ex copy deepcopy iadd isub imul "
    "ior iand ixor").split() + [
        way + name for way in ("", "r")
        for name in "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and or xor".split()]


def number_of(handle) -> int:
    return object.__getattribute__(handle, "_number")


def session_of(handle):
    return object.__getattribute__(handle, "_session")


def node_of(handle):
    return {"handle": number_of(handle)}


def ask(handle, op: str, *arguments, **more):
    return session_of(handle).ask(op, *arguments, target=node_of(handle), **more)


def text_of(handle, op: str, *arguments) -> str:
    """What it is as text; of no interest once the test is over."""
    session = session_of(handle)
    if session.over:
        return f"<object {number_of(handle)} of the program>"
    text = ask(handle, op, *arguments)
    return text if type(text) is str else session.fail("unsupported", "a text that is none")


class Asked(Handle):
    """What all of them have: attributes and texts that are asked for."""

    __slots__ = ()

    def __init__(self, session, number: int) -> None:
        object.__setattr__(self, "_session", session)
        object.__setattr__(self, "_number", number)

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return ask(self, "get", name=name)

    def __setattr__(self, name: str, value) -> None:
        ask(self, "set", value, name=name)

    def __repr__(self) -> str:
        return text_of(self, "repr")

    def __str__(self) -> str:
        return text_of(self, "str")

    def __format__(self, how: str) -> str:
        return text_of(self, "format", how)


class Object(Asked):
    """An object that stays with the candidate. It has no truth value, and `==` is its own."""

    __slots__ = ("_session", "_number")

    def __eq__(self, other):
        return session_of(self).fail("unsupported", "== of objects of the program")

    __ne__ = __eq__

    def __hash__(self):
        return session_of(self).fail("unsupported", "the hash of an object of the program")

    def __bool__(self) -> bool:
        return session_of(self).fail("unsupported", "the truth of an object of the program")

    def __call__(self, *arguments, **named):
        return ask(self, "call", *arguments, *named.values(), names=list(named))

    def __len__(self) -> int:
        length = ask(self, "len")
        if type(length) is not int or not 0 <= length < 1 << 31:
            session_of(self).fail("unsupported", "a length that is none")
        return length

    def __iter__(self):
        items = ask(self, "iter")
        if not isinstance(items, Iterator):
            session_of(self).fail("unsupported", "an iterator that is none")
        return items

    def __getitem__(self, key):
        return ask(self, "item", key)


def refuse(kind: type, name: str) -> None:
    def method(self, *_):
        return session_of(self).fail("unsupported", f"{name} of an object of the program")
    setattr(kind, name, method)


for each in REFUSED:
    refuse(Object, f"__{each}__")


class Plain(Object):
    """One that equals itself alone: its type says nothing of its own about `==`."""

    __slots__ = ()

    def __eq__(self, other):
        if self is other:
            return True
        if type(other).__eq__ is object.__eq__ and other is not None and not isinstance(other, Handle):
            # It may be of a module that both have: a type, a function.
            return session_of(self).fail("unsupported", f"== with {type(other).__name__} and an object of the program")
        return NotImplemented

    __ne__ = object.__ne__

    def __hash__(self):
        return object.__hash__(self)


class Iterator(Asked):
    """An iterator of the candidate; what it gives is asked for as it is wanted."""

    __slots__ = ("_session", "_number", "_ahead", "_given", "_ended")
    SINGLE = 16  # values that are asked for one by one, before more are at a time
    MANY = 1024

    def __init__(self, session, number: int) -> None:
        super().__init__(session, number)
        for name, value in (("_ahead", []), ("_given", 0), ("_ended", False)):
            object.__setattr__(self, name, value)

    def __iter__(self):
        return self

    def __next__(self):
        ahead = object.__getattribute__(self, "_ahead")
        if not ahead and not object.__getattribute__(self, "_ended"):
            self.__fetch(ahead)
        if not ahead:
            raise StopIteration
        return ahead.pop()

    def __fetch(self, ahead: list) -> None:
        session = session_of(self)
        given = object.__getattribute__(self, "_given")
        if given >= values.MAX_ITERATOR:
            session.fail("unsupported", f"more than {values.MAX_ITERATOR} values of an iterator")
        single = given < Iterator.SINGLE or session.shared is not None and session.shared.objects
        answer = ask(self, "next", count=1 if single else Iterator.MANY)
        if type(answer) is not tuple or len(answer) != 2 or type(answer[0]) is not tuple:
            session.fail("forged", "values of an iterator that are none")
        object.__setattr__(self, "_ended", bool(answer[1]))
        object.__setattr__(self, "_given", given + len(answer[0]))
        ahead.extend(reversed(answer[0]))

    def __getattr__(self, name: str):
        settle(self)
        return super().__getattr__(name)

    def __reduce_ex__(self, _protocol):
        return session_of(self).fail("unsupported", "a copy of an object of the program")


def settle(handle) -> None:
    """Fails where more was taken from an iterator than the test has seen."""
    if type(handle) is Iterator and object.__getattribute__(handle, "_ahead"):
        session_of(handle).fail("unsupported", "an iterator of the program that has begun")


@functools.lru_cache(maxsize=None)
def made_from(base: type) -> type:
    """The type of values of a subclass: what is in them is here, all else with the candidate."""

    class Subclass(Asked, base):
        __tally_base__ = base
        __hash__ = base.__hash__
        __init__ = object.__init__

        def __getattribute__(self, name: str):
            if name.startswith("__"):
                return object.__getattribute__(self, name)
            return ask(self, "get", name=name)

        def __getattr__(self, name: str):  # after what was asked in vain
            raise AttributeError(f"no attribute {name!r}")

        def __reduce_ex__(self, _protocol):
            return session_of(self).fail("unsupported", "a copy of an object of the program")

    return Subclass


KINDS = {"handle": Object, "plain": Plain, "iterator": Iterator}


def subclass_value(session, value, number: int):
    """`value`, which is of one of BASES, as that of an object."""
    base = type(value)
    kind = made_from(base)
    if base not in MUTABLE:
        out = base.__new__(kind, value)
    else:
        out = base.__new__(kind)
        if base is collections.deque:
            base.__init__(out, (), value.maxlen)
        elif base is collections.defaultdict:
            base.__init__(out, value.default_factory)
        replace(out, value)
    Asked.__init__(out, session, number)
    return out
