"""Lists, dicts and other values that can change, which checker and candidate both have.

Each side has an object of its own for the same number, and tells the other what has changed before
that one goes on: docs/code.md#values. A value is compared with what it was member by member, by
identity, so equal members of another type are a change too.
"""

from __future__ import annotations

import collections
import operator
import sys

MAPPINGS = (collections.Counter, collections.defaultdict, collections.OrderedDict, dict)
MUTABLE = frozenset((*MAPPINGS, list, set, bytearray, collections.deque))
BASES = MUTABLE | {int, float, complex, str, bytes, tuple, frozenset}

# What a subclass may define without another value: the checker asks the candidate for these.
HARMLESS = frozenset(f"__{name}__" for name in (
    "module qualname doc dict weakref slots new init init_subclass class_getitem getnewargs getnewargs_ex "
    "reduce reduce_ex getstate setstate copy deepcopy match_args annotations annotate annotate_func "
    "annotations_cache replace new_member orig_bases parameters type_params repr str format dir "
    "sizeof set_name signature "
    "firstlineno static_attributes abstractmethods getattr del").split())


class Handle:
    """Base of what stands for an object of the candidate: see checker_handles.py."""

    __slots__ = ()
    __tally_base__ = None  # the type it is made from, if the value is here


def is_built(kind: type) -> bool:
    """A type that can change and whose values decoding makes."""
    return kind in MUTABLE or issubclass(kind, Handle) and kind.__tally_base__ in MUTABLE


def base_of(kind: type):
    """The built-in type that `kind` is or is made from; None where it acts in another way."""
    if kind in BASES:
        return kind
    if issubclass(kind, Handle):
        return kind.__tally_base__
    for each in kind.__mro__:
        if each in BASES:
            return each
        if any(name.startswith("__") and name not in HARMLESS for name in vars(each)):
            return None
    return None


def parts(value) -> list:
    """What is in a mutable value."""
    if type(value) is list:
        return value.copy()
    base = base_of(type(value))
    if base in MAPPINGS:
        return [*base.__iter__(value), *base.values(value)]
    return list(base.__iter__(value))


def replace(value, new) -> None:
    """Gives `value` what is in `new`, which is of its base."""
    base = type(new)
    if base in MAPPINGS:
        if list(base.__iter__(value)) != list(new):
            base.clear(value)
        for key, item in new.items():
            base.__setitem__(value, key, item)
    elif base in (list, bytearray):
        base.__setitem__(value, slice(None), new)
    else:
        base.clear(value)
        (base.update if base is set else base.extend)(value, new)


def same(old: list, new: list) -> bool:
    return len(old) == len(new) and all(map(operator.is_, old, new))


class Shared:
    """The values of one side. Both count alike, for they speak in turn."""

    def __init__(self) -> None:
        self.objects: dict = {}  # by number
        self.numbers: dict[int, int] = {}  # by id()
        self.seen: dict[int, list] = {}  # parts, by number, of which the other side knows
        self.next = 0

    def add(self, value) -> None:
        self.objects[self.next] = value
        self.numbers[id(value)] = self.next
        self.seen[self.next] = parts(value)
        self.next += 1

    def number(self, value):
        return self.numbers.get(id(value))

    def drop(self, number: int) -> None:
        del self.numbers[id(self.objects.pop(number))]
        del self.seen[number]

    def roll_back(self, count: int) -> None:
        """Forgets what was added after the first `count`."""
        while self.next > count:
            self.next -= 1
            self.drop(self.next)

    def changed(self) -> list[int]:
        """Numbers of those that the other side has to hear of; from now on it has."""
        out = []
        for number, value in self.objects.items():
            now = parts(value)
            if not same(self.seen[number], now):
                self.seen[number] = now
                out.append(number)
        return out

    def drop_unused(self) -> list[int]:
        """Drops what nobody else here holds, and returns the numbers. Those that hold come first."""
        out = []
        for number in sorted(self.objects, reverse=True):
            if sys.getrefcount(self.objects[number]) <= UNUSED:
                self.drop(number)
                out.append(number)
        return out


def _references() -> int:
    held = {0: []}
    return sys.getrefcount(held[0])


UNUSED = _references()
