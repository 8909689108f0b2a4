"""Values and frames between the checker and the candidate: docs/code.md#values.

Shared by both programs, each of which runs in a sandbox of its own. A frame is a length of four
bytes, big-endian, and that much JSON. In it a value is itself where JSON has it (null, true, an
integer below 2**53, a finite number, text, an array for a list), else an object of one key, the tag.

Encoding is here, decoding in tally_decoder.py. What has no encoding is known by its number: see Side.
"""

from __future__ import annotations

import collections
import collections.abc
import gc
import json
import math
import os
import re
import struct
import sys

import tally_shared as shared

MAX_FRAME = 16 << 20  # bytes
MAX_DEPTH = 100
MAX_COUNT = 1_000_000  # values in one frame
MAX_ITERATOR = 100_000  # values taken from an iterator
MAX_BITS = 10_000  # of each number of a fraction
MAX_DIGITS = 5_000  # of a decimal number
_SMALL = 1 << 53
# Exponents are short: no decimal number is large when written out.
DECIMAL = re.compile(r"-?(\d+(\.\d+)?(E[+-]\d{1,4})?|Infinity|s?NaN)", re.ASCII)
# Types that are the same on both sides.
TYPES = {each.__name__: each for each in (
    bool, bytearray, bytes, complex, dict, float, frozenset, int, list, object, range, set, str, tuple, type(None))}
_VIEWS = [each() for owner in ({}, collections.OrderedDict()) for each in (owner.keys, owner.values, owner.items)]


class Unencodable(Exception):
    """A value that cannot go to the other side."""


class Malformed(Exception):
    """What the other side sent is no value."""


class Side:
    """What a side knows of objects that have no encoding. This one knows none."""

    shared: shared.Shared | None = None  # where both sides follow what changes
    subclasses = False  # whether it numbers values of subclasses

    def number(self, value) -> int:
        """The number of an object. Raises Unencodable."""
        raise Unencodable(f"a value of type {type(value).__name__}")

    def held(self, value):
        """The node of an object that has no encoding. Raises Unencodable."""
        raise Unencodable(f"a value of type {type(value).__name__}")

    def opened(self, tag: str, number: int):
        """The object of that number. Raises Malformed."""
        raise Malformed(f"{tag}: there is none")

    def subclass(self, value, number: int):
        """The object of that number, with a value of the type that its own is made from."""
        raise Malformed("sub: there is none")


NOBODY = Side()


def encode(value, side=NOBODY):
    """The JSON of a value. Raises Unencodable."""
    return _Encoder(side).encode(value, 0)


def encode_changes(side):
    """What the other side has to change in the values that both have."""
    encoder = _Encoder(side)
    return [[number, encoder.contents(side.shared.objects[number], 1)] for number in side.shared.changed()]


def library_type(module: str, name: str):
    """A type of a module that is loaded already; None otherwise."""
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, type) else None


class _Encoder:
    def __init__(self, side):
        self.side = side
        self.count = 0
        self.open: set[int] = set()  # ids of what is being encoded

    def encode(self, value, depth):
        self.count += 1
        if self.count > MAX_COUNT:
            raise Unencodable(f"more than {MAX_COUNT} values")
        if depth > MAX_DEPTH:
            raise Unencodable(f"nested deeper than {MAX_DEPTH}")
        kind = type(value)
        if value is None or kind is bool or kind is int and -_SMALL < value < _SMALL:
            return value
        if kind in shared.MUTABLE:
            return self.mutable(value, depth, self.contents)
        if kind in self.KINDS:
            return self.KINDS[kind](self, value, depth + 1)
        return self.other(value, kind, depth)

    def mutable(self, value, depth, contents):
        """A value that can change: once, and then by its number."""
        known = self.side.shared
        if known is not None and known.number(value) is not None:
            return {"ref": known.number(value)}
        if id(value) in self.open:
            raise Unencodable("a value within itself")
        self.open.add(id(value))
        node = contents(value, depth)
        self.open.discard(id(value))
        if known is not None:
            known.add(value)
        return node

    def contents(self, value, depth):
        """What is in a value, as one of the type that its own is made from."""
        return self.KINDS[shared.base_of(type(value))](self, value, depth + 1)

    def part(self, value, depth):
        """A value of a subclass: its object, and what is in it."""
        return {"sub": [self.side.number(value), self.contents(value, depth)]}

    def other(self, value, kind, depth):
        if issubclass(kind, shared.Handle):
            return self.side.held(value)
        if kind is type and TYPES.get(value.__name__) is value:
            return {"type": value.__name__}
        node = self.number_like(value, kind, depth)
        if node is not None:
            return node
        if self.side.subclasses and (base := shared.base_of(kind)) is not None:
            return self.mutable(value, depth, self.part) if base in shared.MUTABLE else self.part(value, depth)
        if not self.side.subclasses and issubclass(kind, collections.abc.Iterator):
            return {"iter": self.all(value, depth + 1, MAX_ITERATOR)}
        return self.side.held(value)

    def number_like(self, value, kind, depth):
        """Numbers of modules that the program may have loaded; None for all else."""
        if kind is library_type("fractions", "Fraction"):
            pair = value.numerator, value.denominator
            if max(each.bit_length() for each in pair) <= MAX_BITS:
                return {"fraction": self.all(pair, depth + 1)}
        elif kind is library_type("decimal", "Decimal"):
            text = str(value)
            if len(text) <= MAX_DIGITS and DECIMAL.fullmatch(text):
                return {"decimal": text}
        elif (generic := library_type("numpy", "generic")) is not None and issubclass(kind, generic):
            item = value.item()
            if type(item) in (bool, int, float, complex, str, bytes):
                return self.encode(item, depth)
        return None

    def all(self, values, depth, limit=MAX_COUNT):
        out = []
        for value in values:
            if len(out) >= limit:
                raise Unencodable(f"more than {limit} values")
            out.append(self.encode(value, depth))
        return out

    def integer(self, value, _depth):
        value = int.__index__(value)
        return value if -_SMALL < value < _SMALL else {"int": hex(value)}

    def real(self, value, _depth):
        value = float.__float__(value)
        return value if math.isfinite(value) else {"float": repr(value)}

    def text(self, value, _depth):
        value = str.__str__(value)
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:  # lone surrogates
            return {"str": value.encode("utf-32-be", "surrogatepass").hex()}
        return value

    def blob(self, value, _depth):
        return {"bytes": bytes.hex(value)}

    def bytearrays(self, value, _depth):
        return {"bytearray": bytearray.hex(value)}

    def pair(self, value, depth):
        return {"complex": self.all([complex.real.__get__(value), complex.imag.__get__(value)], depth)}

    def sequence(self, value, depth):
        return self.all(list.__iter__(value), depth)

    def tuples(self, value, depth):
        return {"tuple": self.all(tuple.__iter__(value), depth)}

    def sets(self, value, depth):
        return {"set": self.all(set.__iter__(value), depth)}

    def frozensets(self, value, depth):
        return {"frozenset": self.all(frozenset.__iter__(value), depth)}

    def deques(self, value, depth):
        bound = collections.deque.maxlen.__get__(value)
        return {"deque": [bound, self.all(collections.deque.__iter__(value), depth)]}

    def items(self, value, depth):
        base = shared.base_of(type(value))
        return [self.all(item, depth) for item in base.items(value)]

    def mapping(self, value, depth):
        return {"dict": self.items(value, depth)}

    def counter(self, value, depth):
        return {"counter": self.items(value, depth)}

    def ordered(self, value, depth):
        return {"ordered": self.items(value, depth)}

    def defaults(self, value, depth):
        factory = collections.defaultdict.default_factory.__get__(value)
        return {"default": [self.encode(factory, depth), self.items(value, depth)]}

    def view(self, value, depth):
        """A view of a dict: the dict, and which view."""
        (owner,) = gc.get_referents(value)
        if shared.base_of(type(owner)) is None:
            return self.side.held(value)
        return {type(value).__name__.split("_")[1]: self.encode(owner, depth)}

    def ranges(self, value, depth):
        return {"range": self.all([value.start, value.stop, value.step], depth)}

    KINDS = {
        int: integer, float: real, str: text, list: sequence, tuple: tuples, dict: mapping, set: sets,
        frozenset: frozensets, bytes: blob, bytearray: bytearrays, complex: pair, range: ranges,
        collections.deque: deques, collections.Counter: counter, collections.OrderedDict: ordered,
        collections.defaultdict: defaults, **dict.fromkeys(map(type, _VIEWS), view),
    }


def to_frame(message) -> bytes:
    """Raises Unencodable for one that is too large."""
    body = json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii")
    if len(body) > MAX_FRAME:
        raise Unencodable(f"more than {MAX_FRAME} bytes")
    return struct.pack(">I", len(body)) + body


def _integer(digits: str) -> int:
    if len(digits) > 20:
        raise Malformed("a number of more than 20 digits")
    return int(digits)


def _constant(word: str):
    raise Malformed(f"the word {word}")


def parse(body: bytes):
    """The message of a frame's bytes. Raises Malformed."""
    try:
        return json.loads(body.decode("ascii"), parse_int=_integer, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"no JSON: {type(error).__name__}") from None


def read_exactly(descriptor: int, count: int) -> bytes:
    """Fewer bytes only at the end of the stream."""
    parts = []
    while count > 0:
        part = os.read(descriptor, min(count, 1 << 20))
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def read_frame(descriptor: int):
    """The next message; None at the end of the stream. Raises Malformed."""
    head = read_exactly(descriptor, 4)
    if len(head) < 4:
        return None
    (size,) = struct.unpack(">I", head)
    if size > MAX_FRAME:
        raise Malformed(f"a frame of {size} bytes")
    body = read_exactly(descriptor, size)
    return None if len(body) < size else parse(body)


def write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view):]
