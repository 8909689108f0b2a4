"""The values of what the other side sent: docs/code.md#values.

Nothing here trusts what it decodes: only types of Python's own library are built, and size, depth and
count have caps.
"""

from __future__ import annotations

import collections

import tally_shared as shared
from tally_values import (DECIMAL, MAX_BITS, MAX_COUNT, MAX_DEPTH, MAX_DIGITS, NOBODY, TYPES, Malformed)


def decode(node, side=NOBODY):
    """The value of a JSON. Raises Malformed."""
    return _Decoder(side).decode(node, 0)


def apply_changes(node, side) -> None:
    """Changes values that both sides have: see encode_changes(). Raises Malformed."""
    if type(node) is not list or side.shared is None:
        raise Malformed("changes: expected an array")
    decoder = _Decoder(side)
    for each in node:
        number, body = each if type(each) is list and len(each) == 2 else (None, None)
        value = decoder.ref(number, 1)
        new = decoder.contents(body, 1)
        if type(new) is not shared.base_of(type(value)):
            raise Malformed("changes: a value of another type")
        shared.replace(value, new)
        side.shared.seen[number] = shared.parts(value)


class _Decoder:
    def __init__(self, side):
        self.side = side
        self.count = 0

    def decode(self, node, depth):
        value = self.contents(node, depth)
        known = self.side.shared
        if known is not None and type(node) in (list, dict) and shared.is_built(type(value)) and known.number(value) is None:
            known.add(value)
        return value

    def contents(self, node, depth):
        self.count += 1
        if self.count > MAX_COUNT:
            raise Malformed(f"more than {MAX_COUNT} values")
        if depth > MAX_DEPTH:
            raise Malformed(f"nested deeper than {MAX_DEPTH}")
        kind = type(node)
        if kind is list:
            return [self.decode(each, depth + 1) for each in node]
        if kind is not dict:
            return node
        if len(node) != 1:
            raise Malformed(f"an object of {len(node)} keys")
        (tag, body), = node.items()
        read = self.TAGS.get(tag)
        if read is None:
            raise Malformed(f"tag {tag[:20]!r}")
        try:
            return read(self, body, depth + 1)
        except (TypeError, ValueError, KeyError, OverflowError) as error:
            raise Malformed(f"{tag}: {type(error).__name__}") from None

    def items(self, body, depth):
        if type(body) is not list:
            raise Malformed("expected an array")
        return [self.decode(each, depth) for each in body]

    def integer(self, body, _depth):
        if type(body) is not str:
            raise Malformed("int: expected text")
        return int(body, 16)

    def real(self, body, _depth):
        if body not in ("nan", "inf", "-inf"):
            raise Malformed("float: expected nan, inf or -inf")
        return float(body)

    def text(self, body, _depth):
        return bytes.fromhex(body).decode("utf-32-be", "surrogatepass")

    def blob(self, body, _depth):
        return bytes.fromhex(body)

    def bytearrays(self, body, _depth):
        return bytearray.fromhex(body)

    def pair(self, body, depth):
        real, imaginary = self.items(body, depth)
        if type(real) is not float or type(imaginary) is not float:
            raise Malformed("complex: expected two floats")
        return complex(real, imaginary)

    def tuples(self, body, depth):
        return tuple(self.items(body, depth))

    def sets(self, body, depth):
        return set(self.items(body, depth))

    def frozensets(self, body, depth):
        return frozenset(self.items(body, depth))

    def deques(self, body, depth):
        bound, members = body
        return collections.deque(self.items(members, depth), None if bound is None else int.__index__(bound))

    def fill(self, body, depth, out):
        if type(body) is not list:
            raise Malformed("dict: expected an array")
        for item in body:
            key, value = self.items(item, depth)
            out[key] = value
        return out

    def mapping(self, body, depth):
        return self.fill(body, depth, {})

    def counter(self, body, depth):
        return self.fill(body, depth, collections.Counter())

    def ordered(self, body, depth):
        return self.fill(body, depth, collections.OrderedDict())

    def defaults(self, body, depth):
        factory, members = body
        return self.fill(members, depth, collections.defaultdict(self.decode(factory, depth)))

    def known_type(self, body, _depth):
        return TYPES[body]

    def view(self, body, depth, name):
        owner = self.decode(body, depth)
        base = shared.base_of(type(owner))
        if base not in shared.MAPPINGS:
            raise Malformed(f"{name}: expected a dict")
        return getattr(base, name)(owner)

    def fraction(self, body, depth):
        top, bottom = self.items(body, depth)
        if type(top) is not int or type(bottom) is not int or bottom <= 0:
            raise Malformed("fraction: expected two integers")
        if max(top.bit_length(), bottom.bit_length()) > MAX_BITS:
            raise Malformed("fraction: too large")
        from fractions import Fraction  # pylint: disable=import-outside-toplevel
        return Fraction(top, bottom)

    def decimal(self, body, _depth):
        if len(body) > MAX_DIGITS or not DECIMAL.fullmatch(body):
            raise Malformed("decimal: expected a number")
        from decimal import Decimal  # pylint: disable=import-outside-toplevel
        return Decimal(body)

    def ranges(self, body, depth):
        bounds = self.items(body, depth)
        if len(bounds) != 3 or any(type(each) is not int for each in bounds):
            raise Malformed("range: expected three integers")
        return range(*bounds)

    def iterator(self, body, depth):
        return iter(self.items(body, depth))

    def ref(self, body, _depth):
        if self.side.shared is None or type(body) is not int or body not in self.side.shared.objects:
            raise Malformed("ref: expected the number of one")
        return self.side.shared.objects[body]

    def held(self, body, _depth, tag):
        if type(body) is not int or not 0 <= body < MAX_COUNT:
            raise Malformed(f"{tag}: expected the number of one")
        return self.side.opened(tag, body)

    def subclass(self, body, depth):
        number, node = body
        if type(number) is not int or not 0 <= number < MAX_COUNT:
            raise Malformed("sub: expected the number of one")
        return self.side.subclass(self.contents(node, depth), number)

    TAGS = {
        "int": integer, "float": real, "str": text, "bytes": blob, "bytearray": bytearrays,
        "complex": pair, "tuple": tuples, "set": sets, "frozenset": frozensets, "dict": mapping,
        "deque": deques, "counter": counter, "ordered": ordered, "default": defaults, "range": ranges,
        "fraction": fraction, "decimal": decimal, "iter": iterator, "ref": ref, "sub": subclass,
        "type": known_type,
        **{name: lambda self, body, depth, name=name: self.view(body, depth, name)
           for name in ("keys", "values", "items")},
        **{tag: lambda self, body, depth, tag=tag: self.held(body, depth, tag)
           for tag in ("handle", "plain", "iterator")},
    }
