"""Runs the code under test and answers the checker: docs/code.md#protocol.

This program is at the mercy of that code: nothing it says is believed beyond the values of its
answers. Descriptor 3 reads requests, 4 writes answers; solution.py lies beside this file.
"""

from __future__ import annotations

import collections.abc
import os
import sys
import types
from time import monotonic as now

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path = [each for each in sys.path if each not in ("", FOLDER)]
sys.path.insert(0, FOLDER)
import tally_decoder as decoder  # noqa: E402
import tally_shared as shared  # noqa: E402
import tally_values as values  # noqa: E402
sys.path.remove(FOLDER)

REQUESTS = 3
ANSWERS = 4
DEEP = 50_000  # recursion that solutions of contests are used to
# What an iterator may have that the checker's would not ask for.
MORE = ("__len__", "__bool__", "__contains__", "__getitem__", "__call__")
MANY = 64
ATOMS = (bool, bytes, complex, float, int, str, type(None))

# What solutions in the style of contests take for granted.
PRELUDE = """
import bisect, collections, copy, functools, heapq, itertools, math, operator, random, re, string, sys
from bisect import *
from collections import *
from copy import copy, deepcopy
from functools import *
from heapq import *
from itertools import *
from math import *
from operator import itemgetter, attrgetter
from typing import *
from builtins import pow
"""


class Objects(values.Side):
    """Objects that stay here; the checker knows their numbers."""

    subclasses = True

    def __init__(self) -> None:
        self.all: list = []
        self.numbers: dict[int, int] = {}
        self.raised: dict[int, BaseException] = {}  # by iterators, after what was taken from them

    def number(self, value) -> int:
        key = id(value)
        if key not in self.numbers:
            self.numbers[key] = len(self.all)
            self.all.append(value)
        return self.numbers[key]

    def held(self, value):
        kind = type(value)
        plain = kind.__eq__ is object.__eq__ and kind.__ne__ is object.__ne__ and kind.__hash__ is not None
        if not plain:
            return {"handle": self.number(value)}
        mere = issubclass(kind, collections.abc.Iterator) and not any(
            each in vars(base) for base in kind.__mro__ for each in MORE)
        return {"iterator" if mere else "plain": self.number(value)}

    def opened(self, tag: str, number: int):
        return self.all[number]


OBJECTS = Objects()
MODULE = types.ModuleType("solution")


def load(prelude: bool, sharing: bool):
    if sharing:
        OBJECTS.shared = shared.Shared()
    if prelude:
        sys.setrecursionlimit(DEEP)
        exec(PRELUDE, MODULE.__dict__)  # pylint: disable=exec-used
    path = os.path.join(FOLDER, "solution.py")
    with open(path, "rb") as file:
        source = file.read()
    sys.modules["solution"] = MODULE
    MODULE.__file__ = path
    exec(compile(source, path, "exec", dont_inherit=True), MODULE.__dict__)  # pylint: disable=exec-used


def function(name: str):
    """A function of the module, or a method of its class Solution."""
    solution = MODULE.__dict__.get("Solution")
    if isinstance(solution, type) and hasattr(solution, name):
        return getattr(solution(), name)
    if name in MODULE.__dict__:
        return MODULE.__dict__[name]
    raise NameError(f"name '{name}' is not defined")


def target_of(request):
    node = request["target"]
    return function(node["function"]) if "function" in node else decoder.decode(node, OBJECTS)


def call(request, *arguments):
    named = dict(zip(request["names"], arguments[len(arguments) - len(request["names"]):]))
    return target_of(request)(*arguments[:len(arguments) - len(named)], **named)


def take(request):
    """The next values of an iterator, and whether it has ended. More than one only of a kind that
    the next one cannot change."""
    number = request["target"]["handle"]
    if number in OBJECTS.raised:
        raise OBJECTS.raised.pop(number)
    taken: list = []
    end = now() + 0.01
    try:
        while len(taken) < request["count"] and (
                not taken or type(taken[-1]) in ATOMS and now() < end):
            taken.append(next(OBJECTS.all[number]))
    except StopIteration:
        return tuple(taken), True
    except BaseException as error:  # pylint: disable=broad-except
        if not taken:
            raise
        OBJECTS.raised[number] = error
    return tuple(taken), False


OPERATIONS = {
    "load": lambda request: load(request["prelude"], request["sharing"]),
    "call": call,
    "global": lambda request: MODULE.__dict__[request["name"]],
    "get": lambda request: getattr(target_of(request), request["name"]),
    "set": lambda request, value: setattr(target_of(request), request["name"], value),
    "len": lambda request: len(target_of(request)),
    "iter": lambda request: iter(target_of(request)),
    "next": take,
    "item": lambda request, key: target_of(request)[key],
    "str": lambda request: str(target_of(request)),
    "repr": lambda request: repr(target_of(request)),
    "format": lambda request, how: format(target_of(request), how),
}


def follow(request) -> list:
    """The arguments; values that both have are as they are with the checker."""
    arguments = [decoder.decode(each, OBJECTS) for each in request.get("args", ())]
    if OBJECTS.shared is not None:
        decoder.apply_changes(request.get("changed", []), OBJECTS)
        for number in request.get("unused", ()):
            OBJECTS.shared.drop(number)
    return arguments


def message_of(error: BaseException) -> str:
    try:
        return str.__getitem__(str(error), slice(500))
    except BaseException:  # pylint: disable=broad-except
        return ""


def error_of(error: BaseException):
    """Its name, the built-in types that it is of, nearest first, its text and its arguments."""
    kinds = [each.__name__ for each in type(error).__mro__ if each.__module__ == "builtins"]
    text = message_of(error)
    known = OBJECTS.shared.next if OBJECTS.shared is not None else 0
    try:
        arguments = values.encode(tuple(error.args), OBJECTS)
    except BaseException:  # pylint: disable=broad-except
        if OBJECTS.shared is not None:
            OBJECTS.shared.roll_back(known)
        arguments = values.encode((text,))
    return [type(error).__name__, kinds, values.encode(text), arguments]


def outcome(request):
    arguments = follow(request)
    if request["op"] == "global" and request["name"] not in MODULE.__dict__:
        return {"missing": True}
    try:
        value = OPERATIONS[request["op"]](request, *arguments)
    except BaseException as error:  # pylint: disable=broad-except
        return {"error": error_of(error)}
    return {"value": values.encode(value, OBJECTS)}


def answer(request) -> bytes:
    reply = {"id": request["id"]}
    try:
        reply.update(outcome(request))
        if OBJECTS.shared is not None:
            changed = values.encode_changes(OBJECTS)
            reply.update({"changed": changed} if changed else {})
            # Each costs both sides something in every message; a few are cheaper kept than sent anew.
            unused = OBJECTS.shared.drop_unused() if len(OBJECTS.shared.objects) > MANY else []
            reply.update({"unused": unused} if unused else {})
        return values.to_frame(reply)
    except values.Unencodable as error:
        return values.to_frame({"id": request["id"], "refused": str(error)})
    except BaseException as error:  # pylint: disable=broad-except
        return values.to_frame({"id": request["id"], "refused": f"what cannot be told: {type(error).__name__}"})


def main() -> None:
    for descriptor in (REQUESTS, ANSWERS):
        os.set_inheritable(descriptor, False)
    values.write_all(ANSWERS, values.to_frame({"hello": 1}))  # before any code of the program
    while (request := values.read_frame(REQUESTS)) is not None:
        values.write_all(ANSWERS, answer(request))


main()
os._exit(0)  # threads of the code under test are not waited for
