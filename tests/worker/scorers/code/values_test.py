"""Values and frames, without any process: see tally_*.py."""

from __future__ import annotations

import math
import os
import pathlib
import struct
import sys
import time
import types
import unittest
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from unittest import mock

FOLDER = pathlib.Path(__file__).resolve().parents[4] / "worker" / "scorers" / "code"
sys.path.insert(0, str(FOLDER))
import tally_decoder as decoder  # noqa: E402
import tally_shared as shared  # noqa: E402
import tally_values as values  # noqa: E402
from checker_session import Session  # noqa: E402


def there_and_back(value):
    return decoder.decode(values.parse(values.to_frame(values.encode(value))[4:]))


class Numbering(values.Side):
    """A side that has objects: `number` gives all of them the number 5."""

    subclasses = True

    def number(self, value) -> int:
        return 5

    def held(self, value):
        return {"handle": 5}


class ValuesTest(unittest.TestCase):
    def test_values_keep_type_and_value(self):
        for value in (None, True, False, 0, -1, 2**53 - 1, 2**53, -(2**53), 2**64, -(10**400), 0.1, 5e-324, 1e308,
                      "", "a\0b", "\ud800", "\ud83d\ude00", "\ud83d" + "\ude00", b"", b"\xff\0", 1 + 2j, [], (), {},
                      set(), frozenset(), [1, (2, [3, {4: {5}}])], {(1, 2): None, "x": [b""]}, range(1, 9, 2),
                      bytearray(b"ab"), deque([1], 2), Fraction(-1, 3), Decimal("-1.50E+7"), Counter(a=1, b=0),
                      OrderedDict([(2, 1), (1, 2)]), defaultdict(list, {1: [2]}),
                      int, type(None)):
            with self.subTest(value=ascii(value)):
                back = there_and_back(value)
                self.assertIs(type(back), type(value))
                self.assertEqual(back, value)

    def test_floats_that_json_has_not(self):
        self.assertTrue(math.isnan(there_and_back(math.nan)))
        self.assertEqual(there_and_back(-math.inf), -math.inf)
        self.assertEqual(math.copysign(1, there_and_back(-0.0)), -1)
        self.assertTrue(math.isnan(there_and_back(complex(math.nan, 1)).real))

    def test_subclasses_have_their_value_and_a_number(self):
        class Text(str):
            def __str__(self):
                return "other"

        class Row(list):
            def append(self, value):
                pass

        side = Numbering()
        self.assertEqual(values.encode(Text("x"), side), {"sub": [5, "x"]})
        self.assertEqual(values.encode(Row([1]), side), {"sub": [5, [1]]})
        for value in (Text("x"), Row()):
            with self.assertRaisesRegex(values.Unencodable, "a value of type (Text|Row)"):
                values.encode(value)

    def test_subclasses_that_act_in_another_way_are_objects(self):
        class Liar(int):
            def __eq__(self, other):
                return True

            __hash__ = int.__hash__

        class Endless(list):
            def __contains__(self, value):
                return True

        for value in (Liar(7), Endless()):
            self.assertEqual(values.encode(value, Numbering()), {"handle": 5})

    def test_numbers_of_numpy_are_numbers(self):
        class Generic:
            def __init__(self, value):
                self.value = value

            def item(self):
                return self.value

        class Long(Generic):
            pass

        with mock.patch.dict(sys.modules, numpy=types.SimpleNamespace(generic=Generic)):
            for value in (3, 2.5, True, 1j):
                self.assertEqual(there_and_back(Generic(value)), value)
            with self.assertRaisesRegex(values.Unencodable, "a value of type Long"):
                values.encode(Long(Long(1)))

    def test_views_of_dicts_are_views(self):
        for value in ({1: 2}, OrderedDict([(1, 2)])):
            self.assertEqual(there_and_back(value.keys()), {1})
            self.assertEqual(there_and_back(value.items()), {(1, 2)})
            self.assertEqual(list(there_and_back(value.values())), [2])

    def test_large_numbers_of_the_library_stay_where_they_are(self):
        for value in (Decimal("1e10000"), Decimal("1e999999999"), Decimal("1e-999999"), Decimal("NaN123"),
                      Fraction(1, 1 << 10_001), Fraction(1 << 10_001)):
            with self.subTest(kind=type(value)), self.assertRaises(values.Unencodable):
                values.encode(value)

    def test_no_value_takes_long(self):
        """== and hash of the largest that are let in, and refusing what is larger."""
        wide = hex((1 << values.MAX_BITS) - 1)
        begin = time.process_time()
        for node in ({"decimal": "9" * values.MAX_DIGITS}, {"decimal": "1E+9999"}, {"decimal": "1E-9999"},
                     {"fraction": [{"int": wide}, {"int": hex((1 << values.MAX_BITS) - 3)}]}):
            value = decoder.decode(node)
            for other in (1, 0.5, 10**300, Fraction(1, 3), Decimal(3), value, 1 << 10_000):
                self.assertIn(value == other, (True, False))
            self.assertIsInstance(hash(value), int)
            self.assertLess(abs(int(value)), 10**10_000)
        for node in ({"decimal": "1E+10000"}, {"decimal": "1E+999999999"}, {"decimal": "1e5"}, {"decimal": "1_0"},
                     {"decimal": "9" * (values.MAX_DIGITS + 1)}, {"decimal": "\u0663"}, {"decimal": "1\n"},
                     {"fraction": [1, {"int": "0x1" + "0" * 3000}]}):
            with self.assertRaises(values.Malformed):
                decoder.decode(node)
        self.assertLess(time.process_time() - begin, 5)

    def test_iterators_arrive_as_iterators(self):
        back = there_and_back(i * i for i in range(3))
        self.assertIsNot(type(back), list)
        self.assertEqual(list(back), [0, 1, 4])

    def test_what_is_too_much_is_refused_by_both_sides(self):
        deep = 1
        for _ in range(values.MAX_DEPTH + 1):
            deep = [deep]
        with self.assertRaisesRegex(values.Unencodable, "nested deeper than 100"):
            values.encode(deep)
        with self.assertRaisesRegex(values.Malformed, "nested deeper than 100"):
            decoder.decode(deep)
        with self.assertRaisesRegex(values.Unencodable, "a value within itself"):
            nested = []
            nested.append(nested)
            values.encode(nested)
        many = [1] * values.MAX_COUNT
        with self.assertRaisesRegex(values.Unencodable, "more than 1000000 values"):
            values.encode(many)
        with self.assertRaisesRegex(values.Malformed, "more than 1000000 values"):
            decoder.decode(many)
        with self.assertRaisesRegex(values.Unencodable, "more than 16777216 bytes"):
            values.to_frame("x" * values.MAX_FRAME)
        with self.assertRaisesRegex(values.Unencodable, "more than 100000 values"):
            values.encode(iter(lambda: 1, 0))

    def test_other_objects_need_handles(self):
        with self.assertRaisesRegex(values.Unencodable, "a value of type object"):
            values.encode(object())
        self.assertEqual(values.encode([object()], Numbering()), [{"handle": 5}])

    def test_what_is_no_value_is_malformed(self):
        for node in ({}, {"int": "0x1", "str": ""}, {"eval": "1"}, {"int": 5}, {"int": "five"}, {"int": None},
                     {"float": "1.5"}, {"float": 1}, {"str": "d8"}, {"str": 7}, {"bytes": "0"}, {"bytes": 1},
                     {"complex": [1, 2]}, {"complex": [1.0]}, {"tuple": 1}, {"tuple": {}}, {"set": [[1]]},
                     {"set": [{"dict": []}]}, {"dict": [1]}, {"dict": [[1]]}, {"dict": {"a": 1}},
                     {"dict": [[[1], 2]]}, {"range": [1, 2]}, {"range": [0, 1, 0]}, {"range": [True, 1, 1]},
                     {"iter": 3}, {"handle": 0}, {"plain": 0}, {"iterator": 0}, {"ref": 0}, {"sub": [0, 1]},
                     {"sub": 1}, {"bytearray": 1}, {"bytearray": "0"}, {"deque": [None]}, {"deque": [-1, []]},
                     {"deque": ["1", []]}, {"deque": [None, 3]}, {"counter": [1]}, {"ordered": {}},
                     {"counter": [[[], 1]]}, {"default": [{"type": "eval"}, []]}, {"default": [3, []]}, {"default": []},
                     {"default": [{"tuple": []}, []]}, {"fraction": [1, 0]}, {"fraction": [1, -2]},
                     {"fraction": [1.0, 2]}, {"fraction": [True, 2]}, {"fraction": "1/2"}, {"decimal": 1},
                     {"decimal": "x"}, {"decimal": ["1"]}, {"type": "type"}, {"type": "eval"}, {"type": ["int"]}, {"type": 1}, {"keys": [1]}, {"items": 3}, {"values": {"set": []}}):
            with self.subTest(node=node), self.assertRaises(values.Malformed):
                decoder.decode(node)

    def test_handles_have_numbers(self):
        for number in (-1, 1.0, True, "0", None, values.MAX_COUNT):
            for node in ({"handle": number}, {"sub": [number, 1]}, {"ref": number}):
                with self.subTest(node=node), self.assertRaises(values.Malformed):
                    decoder.decode(node, Session())
        for node in ({"sub": [0, True]}, {"sub": [0, None]}, {"sub": [0, {"handle": 1}]}, {"sub": [0, {"range": [1, 2, 3]}]}):
            with self.subTest(node=node), self.assertRaises(values.Malformed):
                decoder.decode(node, Session())

    def test_text_that_is_no_json_is_malformed(self):
        for body in (b"", b"{", b"[NaN]", b"Infinity", b"\xff", b"[" * 100000, b"9" * 21, b"1 2", b"'a'"):
            with self.subTest(body=body[:20]), self.assertRaises(values.Malformed):
                values.parse(body)

    def test_frames_end_where_they_say(self):
        for data, expected in ((values.to_frame([1]), [1]), (b"", None), (b"\0\0", None), (b"\0\0\0\5[1]", None)):
            read, write = os.pipe()
            os.write(write, data)
            os.close(write)
            self.assertEqual(values.read_frame(read), expected)
            os.close(read)

    def test_a_giant_frame_is_refused_before_it_is_read(self):
        read, write = os.pipe()
        os.write(write, struct.pack(">I", values.MAX_FRAME + 1))
        with self.assertRaisesRegex(values.Malformed, "a frame of 16777217 bytes"):
            values.read_frame(read)
        os.close(read)
        os.close(write)


class SharedTest(unittest.TestCase):
    def test_what_nobody_else_holds_is_dropped_with_what_it_held(self):
        both = shared.Shared()
        inner, kept = [1], {2}
        for value in (inner, kept, {"a": inner}):
            both.add(value)
        del value, inner
        self.assertEqual(both.drop_unused(), [2, 0])
        self.assertEqual((both.number(kept), both.next), (1, 3))

    def test_what_was_added_in_vain_is_forgotten(self):
        both = shared.Shared()
        kept = [1]
        for value in (kept, [2], {3}):
            both.add(value)
        both.roll_back(1)
        self.assertEqual((both.objects, both.numbers, both.next), ({0: kept}, {id(kept): 0}, 1))

    def test_a_change_is_another_member_not_an_equal_one(self):
        both = shared.Shared()
        row, table = [1, 1000], {"a": 1}
        both.add(row)
        both.add(table)
        self.assertEqual(both.changed(), [])
        row[0] = True
        table["a"] = 1.0
        self.assertEqual(both.changed(), [0, 1])
        self.assertEqual(both.changed(), [])

    def test_values_are_replaced_in_place(self):
        for old, new in (([1], [2, 3]), ({1: 2, 3: 4}, {3: 4, 1: 2}), ({1}, {2}), (bytearray(b"a"), bytearray(b"bc")),
                         (deque([1], 3), deque([2], 3)), (Counter(a=1), Counter(b=2)),
                         (OrderedDict(a=1), OrderedDict(b=2)), (defaultdict(int, a=1), defaultdict(int, b=1))):
            with self.subTest(old=old):
                shared.replace(old, new)
                self.assertEqual((old, list(old)), (new, list(new)))


if __name__ == "__main__":
    unittest.main()
