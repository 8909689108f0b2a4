"""What the checker says of a test against what plain Python does with test and program together."""

from __future__ import annotations

import random
import unittest

from pair import run_pair, verdicts

# Programs and tests: the verdict has to be that of plain Python, or, after a `?`, `unsupported`.
CASES = [
    ("numbers of the library", r"""
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
def third(): return Fraction(1, 3)
def zero(): return Fraction(0)
def three(text='3'): return Decimal(text)
def huge(): return Decimal('1e999999999')
def giant(): return Fraction(7 ** 9999, 2)
def same(x): return x
def counts(): return Counter(a=1, b=0)
def ordered(): return OrderedDict([('b', 2), ('a', 1)])
def waiting(): return defaultdict(list, {1: [2]})
def lazy(): return defaultdict(lambda: 5, {1: 2})
def ring(): return deque([1, 2], 3)
def raw(): return bytearray(b'ab')
def views(): return {1: 2}.keys(), {1: 2}.items(), {1: 2}.values()
def old(): return OrderedDict([(1, 2)]).keys()
""", r"""
assert zero() == 0
assert zero() != 0
assert 0 not in [zero()]
assert [Fraction(1, 3)] == [third()] != [1]; from fractions import Fraction
from fractions import Fraction; assert [Fraction(1, 3)] == [third()] != [1]
from fractions import Fraction; assert third() + Fraction(2, 3) == 1 and str(third()) == '1/3' and hash(same(Fraction(3))) == 3
from fractions import Fraction; assert {third(): 1} == {Fraction(1, 3): 1} and same(Fraction(3, 6)).denominator == 2
from decimal import Decimal; assert three() == 3 == Decimal('3.0') and str(three('3.10')) == '3.10'
assert abs(three() - 3) < 1e-6
assert three('-0').is_signed() and three('NaN').is_nan() and three('-Infinity') < 0
? assert huge() == 3
? assert huge() != 3
? assert giant() != 3
from collections import Counter; assert counts() == Counter(a=1)
from collections import Counter; assert counts() + Counter(a=1) == {'a': 2} and counts()['z'] == 0 and counts().most_common(1) == [('a', 1)]
assert counts() == {'a': 1}
from collections import OrderedDict; assert ordered() == OrderedDict([('a', 1), ('b', 2)])
from collections import OrderedDict; assert ordered() == OrderedDict([('b', 2), ('a', 1)]) == {'a': 1, 'b': 2} and list(ordered()) == ['b', 'a']
assert waiting() == {1: [2]} and waiting()[3] == [] and repr(waiting()) == "defaultdict(<class 'list'>, {1: [2]})"
assert lazy()[3] == 5
assert lazy()[3] == 4
from collections import deque; assert ring() == deque([1, 2]) and ring().maxlen == 3 and list(ring()) == [1, 2]
assert raw() == b'ab' and raw() != b'a'
assert raw() != b'ab'
assert type(raw()) is bytearray
assert views()[0] == {1} and list(views()[0]) == [1] and views()[1] == {(1, 2)} and list(views()[2]) == [2]
assert repr(views()) == "(dict_keys([1]), dict_items([(1, 2)]), dict_values([2]))"
assert views()[0] != {1}
assert old() == {1} and list(old()) == [1]
""".strip().splitlines()),
    ("subclasses", r"""
import enum, collections, typing
class Loud(float):
    def __repr__(self): return 'loud'
    __str__ = __repr__
class Any(int):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = int.__hash__
class Level(enum.IntEnum):
    low = 1
class Word(str, enum.Enum):
    yes = 'y'
class Colour(enum.Enum):
    red = 1
    blue = 2
Point = collections.namedtuple('Point', 'x index')
class Newer(Point):
    __replace__ = Point._replace
class Letter(str, enum.Enum):
    __new_member__ = str.__new__
    a = 'a'
class Stack(list):
    def push(self, x): self.append(x); return self
    def top(self): return self[-1]
class Odd(list):
    def __contains__(self, x): return True
class Table(dict):
    def __missing__(self, key): return key
def loud(): return Loud(1)
def any_(): return Any(7)
def level(): return Level.low
def word(): return Word.yes
def red(): return Colour.red
def point(): return Point(1, [2])
def newer(): return Newer(1, 2)
def letter(): return Letter.a
def stack(): return Stack([1, 2])
def odd(): return Odd([1])
def table(): return Table(a=1)
def x_of(p): return p.x
""", r"""
assert str(loud()) == '1.0'
assert str(loud()) == 'loud' and f'{loud()}' == '1.0' and repr([loud()]) == '[loud]' and loud() + 1 == 2.0
assert type(loud()) is float
assert isinstance(loud(), float) and type(loud()) is not float
? assert any_() == 3
? assert any_() != 3
? assert 3 in [any_()]
? assert 3 not in [any_()]
assert level() == 1 and {1: 2}[level()] == 2 and level().name == 'low' and level() in (1,)
assert repr(level()) == '<Level.low: 1>'
assert str(level()) == '7'
assert word() == 'y' and word().value == 'y' and word().upper() == 'Y' and 'x' + word() == 'xy'
assert red() is red() and red() == Colour.red and red() != Colour.blue and str(red()) == 'Colour.red'
assert red() == 1
assert red() == Colour.blue
assert point() == (1, [2]) and point().x == 1 and point().index == [2] and point()[1] == [2]
assert repr(point()) == 'Point(x=1, index=[2])' and x_of(point()) == 1
assert repr(point()) == '(1, [2])'
assert type(point()) is tuple
assert newer() == (1, 2) and letter() == 'a'
assert x_of(point()._replace(x=3)) == 3
s = stack(); s.push(5); assert s == [1, 2, 5] and s.top() == 5 and len(s) == 3
s = stack(); s.append(5); s += [6]; s[0] = 0; assert s == [0, 2, 5, 6] and s.top() == 6
s = stack(); assert s.push(1) is s
? assert odd() == [1]
? assert 5 in odd()
? assert 5 not in odd()
? assert table()['b'] == 'b' and table() == {'a': 1}
? assert table() != {'a': 1}
""".strip().splitlines()),
    ("objects of the program", r"""
class P:
    def __init__(self, a): self.a = a
    def __eq__(self, other): return True
    def __hash__(self): return 1
    def __repr__(self): return f'P({self.a})'
    def __lt__(self, other): return True
class Q:
    def __init__(self, a=0): self.a = a
    def method(self, x): return x + self.a
class Odd:
    def __contains__(self, x): return True
    def __iter__(self): return iter([1])
class Never:
    def __eq__(self, other): return False
    __hash__ = None
def boxed(x): return [Q(x)]
def kinds(): return int, str, ValueError, len, ..., type(None)
def f(): return P(0)
""", r"""
? assert P(1) == P(2)
? assert P(1) != P(2)
? assert P(1) != None
? assert 3 not in [P(1)]
? assert [P(1)] != [3]
? assert {P(1)} != {3}
? assert 3 not in {P(1)}
? assert not P(1) < 3
? x = Never(); assert x == x
? assert 5 not in Odd()
? import copy; assert copy.copy(P(1)).a == 1
? import copy; assert copy.deepcopy([P(1)])[0].a == 1
? assert kinds()[2] != ValueError
? assert len not in [kinds()[3]]
? assert kinds()[4] != ...
assert kinds()[0] is int and kinds()[0] == int and {int: 1}[kinds()[0]] == 1 and kinds()[5] is type(None)
assert kinds()[1] != str
assert isinstance(3, kinds()[0]) and kinds()[1](3) == '3' and kinds()[2] != 3 and kinds()[2] != None
assert repr(P(1)) == 'P(1)' and str([P(2)]) == '[P(2)]' and f'{P(3)}' == 'P(3)'
assert repr(P(1)) == 'P(2)'
assert Q() != None and Q() != Q() and Q() != 0 and Q() not in [0, Q()] and not Q() == 0
assert Q() == Q()
x = Q(); assert x == x and x in [x] and {x: 1}[x] == 1 and len({x, Q()}) == 2
x = Q(); x.a = 5; assert x.method(1) == 6 and x.a == 5
assert boxed(1) != boxed(1) and boxed(2)[0].a == 2
assert Q(1).method(b=3)
assert Q.method(Q(1), x=2) == 3
""".strip().splitlines()),
    ("values that change", r"""
KEPT = [1]
def kept(): return KEPT
def other(kept=[1]): return kept
def grow(xs): xs.append(len(xs)); return xs
def sort(xs): xs.sort()
def sorts(xs): return sorted(xs)
def first(xs): return xs[0]
def swap(d): d['b'] = d.pop('a')
def fill(s): s.add(3); s.discard(1)
def blank(b): b[0] = 0
def raises(xs): xs.append(9); raise ValueError('no')
def default(a=[]): a.append(1); return a
def rows(xs): xs[0][0] = 1; return xs
def two(a, b): a.append(1); return len(b)
def deep(t): t[1]['x'].append(5)
def nothing(xs): pass
def knot(xs): xs.append(xs)
def wrap(xs): return {'in': xs}
def again(xs):
    for i in range(len(xs)): xs[i] = xs[i] == 1
def stepped():
    row = []
    for i in range(40):
        row.append(i)
        yield row
class Box:
    def __init__(self): self.items = []
    def count(self): return len(self.items)
""", r"""
a = [3, 1]; sort(a); assert a == [3, 1]
a = [3, 1]; sort(a); assert a == [1, 3]
a = [3, 1]; assert sorts(a) == [1, 3] and a == [3, 1] and sorts(a) is not a
a = [3, 1]; assert grow(a) is a and a == [3, 1, 2]
a = [3, 1]; assert grow(a) is not a
a = [[1], 2]; assert first(a) is a[0]
r = kept(); r.append(2); assert kept() == [1]
r = other(); r.append(2); assert other() == [1, 2] and other() is r
assert default() == [1] and default() == [1]
r = [0, 0]; assert rows([r, r]) == [[1, 0], [1, 0]] and r == [1, 0]
r = [0, 0]; assert rows([r, list(r)]) == [[1, 0], [1, 0]]
a = []; assert two(a, a) == 1
a = []; assert two(a, []) == 0 and a == [1]
d = {'a': [1]}; swap(d); assert d == {'b': [1]}
d = {'a': [1]}; e = d['a']; swap(d); assert d['b'] is e
s = {1, 2}; fill(s); assert s == {2, 3}
b = bytearray(b'ab'); blank(b); assert b == b'\0b'
a = []\ntry:\n    raises(a)\nexcept ValueError:\n    pass\nassert a == [9]
a = []\ntry:\n    raises(a)\nexcept ValueError:\n    pass\nassert a == []
t = (1, {'x': []}); deep(t); assert t == (1, {'x': [5]})
a = [1]; nothing(a); a.append(2); assert grow(a) == [1, 2, 2]
a = [1]; knot(a); assert a[1] is a
a = [1]; w = wrap(a); w['in'].append(2); assert grow(a) == [1, 2, 2] and w['in'] is a
a = [1, 2]; again(a); assert repr(a) == '[True, False]'
b = Box(); b.items.append(1); assert b.count() == 1 and b.items is b.items and b.items == [1]
a = [1]; b = Box(); b.items = a; a.append(2); assert b.count() == 2
assert [len(row) for row in stepped()] == list(range(1, 41))
from collections import deque, Counter; d = deque([1], 2); d2 = grow(d); grow(d); assert d == deque([1, 2]) and d is d2
from collections import Counter; c = Counter(a=2); swap(c); assert c == Counter(b=2) and type(c) is Counter
a = [0] * 3; n = [nothing(a) for i in range(50)]; assert a == [0] * 3 and n == [None] * 50
""".strip().splitlines()),
    ("iterators", r"""
def count():
    i = 0
    while True:
        yield i
        i += 1
def fails():
    yield 1
    raise ValueError('later')
def late():
    for i in range(30): yield i
    raise KeyError('late')
def short(): return iter([1, 2])
def same(x): return x
def echo():
    got = yield 1
    yield got
def total(xs): return sum(xs)
def noted(log):
    for i in range(100):
        log.append(i)
        yield i
class Counted:
    def __init__(self): self.i = 0
    def __iter__(self): return self
    def __next__(self):
        self.i += 1
        return self.i
    def __len__(self): return 3
def counted(): return Counted()
""", r"""
from itertools import islice; assert list(islice(count(), 40)) == list(range(40))
g = fails(); assert next(g) == 1
assert list(fails()) == [1]
g = fails(); next(g)\ntry:\n    next(g)\nexcept ValueError as e:\n    assert str(e) == 'later'\nassert list(g) == []
assert list(late()) == [1]
seen = []\ntry:\n    for x in late(): seen.append(x)\nexcept KeyError:\n    pass\nassert seen == list(range(30))
assert list(short()) == [1, 2] and tuple(map(str, short())) == ('1', '2') and iter(short()) != [1, 2]
g = short(); assert next(g) == 1 and same(g) is g and total(g) == 2 and list(g) == []
g = echo(); assert next(g) == 1 and g.send(5) == 5
assert short() == [1, 2]
log = []; g = noted(log); taken = [next(g) for i in range(20)]; assert log == list(range(20)) == taken
assert len(counted()) == 3
? assert next(iter(counted())) == 1
assert short() != [1, 2] and short() != short()
? assert sum(count()) == 3
x = count(); assert zip and [next(x) for _ in range(100)] == list(range(100))
""".strip().splitlines()),
    ("exceptions", r"""
import json, statistics
class E(ValueError): pass
class Told(Exception):
    def __str__(self): return 'told'
class ValueErrorToo(KeyError, ValueError): pass
def raises(name, *args): raise {**globals(), **vars(__import__('builtins'))}[name](*args)
def mean(x): return statistics.mean(x)
def parse(x): return json.loads(x)
def key(): return {}['x']
def deep(): return deep()
def leave(): raise SystemExit(0)
def open_(): return open('/none')
def grow(xs): xs.append(1); return xs
def far():
    held = []
    for _ in range(200): held = [held]
    raise ValueError([1], held)
def text(): return '\xff'.encode('latin1').decode('utf-8')
""", r"""
try: mean([])\nexcept ValueError: pass\nelse: assert False
try: mean([])\nexcept KeyError: pass
try: parse('{')\nexcept ValueError as e: assert type(e).__name__ == 'JSONDecodeError' and 'line 1' in str(e)
try: raises('E', 1, 2)\nexcept ValueError as e: assert e.args == (1, 2) and type(e) is not ValueError
try: raises('E', 1)\nexcept Exception as e: assert type(e) is ValueError
try: raises('Told')\nexcept ValueError: pass\nexcept Exception as e: assert str(e) == 'told'
try: raises('ValueErrorToo')\nexcept KeyError: pass
try: key()\nexcept KeyError as e: assert str(e) == "'x'" and e.args == ('x',)
try: key()\nexcept KeyError as e: assert str(e) == 'x'
try: deep()\nexcept RuntimeError: pass\nelse: assert False
try: leave()\nexcept Exception: pass
try: leave()\nexcept ValueError: pass\nexcept BaseException: pass
try: raises('GeneratorExit')\nexcept Exception: pass
try: raises('KeyboardInterrupt')\nexcept Exception: pass
try: open_()\nexcept OSError as e: assert e.errno == 2 and type(e) is FileNotFoundError
try: text()\nexcept UnicodeDecodeError as e: assert e.start == 0
try: text()\nexcept KeyError: pass
a = [0]\ntry: far()\nexcept ValueError: assert grow(a) is a and grow(a) == [0, 1, 1]
try: raises('ValueError', [1], E)\nexcept ValueError as e: assert e.args == ([1], E) and grow(e.args[0]) == [1, 1]
mean([])
raises('E')
raises('ValueError', [1])
""".strip().splitlines()),
]


def plain(program: str, test: str) -> str:
    names: dict = {"__name__": "solution"}
    try:
        exec(program, names)  # pylint: disable=exec-used
        exec(test, names)  # pylint: disable=exec-used
    except AssertionError:
        return "wrong"
    except BaseException:  # pylint: disable=broad-except
        return "error"
    return "passed"


class PlainTest(unittest.TestCase):
    def test_verdicts_are_those_of_plain_python(self):
        for name, program, lines in CASES:
            tests = [line.lstrip("? ").replace("\\n", "\n") for line in lines]
            found = verdicts({"style": "asserts", "tests": tests}, program)
            for line, test, (verdict, note) in zip(lines, tests, found):
                with self.subTest(name, test=test, note=note):
                    expected = "unsupported" if line.startswith("? ") else plain(program, test)
                    self.assertEqual(verdict, expected)

    def test_values_that_both_sides_change_stay_the_same(self):
        """Random changes on both sides: what a test sees, and which values are one, is what it sees
        where nothing lies between."""
        dice = random.Random(7)
        tests = [walk(dice) for _ in range(30)]
        names: dict = {}
        exec(WALKS, names)  # pylint: disable=exec-used
        for test in tests:
            exec(test, names)  # pylint: disable=exec-used
            names["seen"].append(names["log"])
        expected = [f"{test}\nassert log == {log!r}" for test, log in zip(tests, names["seen"])]
        found = verdicts({"style": "asserts", "tests": expected}, WALKS)
        self.assertEqual([verdict for verdict, _ in found], ["passed"] * len(tests))

    def test_a_test_may_hold_thousands_of_values_that_the_program_has_had(self):
        """In processor time that does not grow with their square: the limit would be met."""
        test = ("inputs = [[[i, j] for j in range(5)] for i in range(3000)]\n"
                "results = [5] * 3000\n"
                "for each, result in zip(inputs, results):\n    assert f(each) == result")
        report = run_pair({"style": "asserts", "tests": [test]}, "def f(x): return len(x)", cpu=10)
        self.assertEqual([line.get("verdict") for line in report], ["passed", None])

    def test_a_name_of_the_solution_is_never_a_built_in_one_instead(self):
        doc = {"style": "asserts", "tests": ["assert sorted([3, 1]) == [1, 3]"]}
        solution = "def sorted(xs):\n    xs = list(xs)\n    xs.sort()\n    return xs\n"
        self.assertEqual(verdicts(doc, solution, solution), [("passed", "")])
        self.assertEqual(verdicts(doc, "pass", solution),
                         [("error", "NameError: name 'sorted' is not defined at assert sorted([3, 1]) == [1, 3]")])

    def test_a_start_that_failed_is_no_program_that_ended(self):
        doc = {"style": "asserts", "tests": ["assert f() == 1"]}
        for program, candidate, word, note in (
                ("def f(): return 1", "empty.py", "unstarted", "it ended before it could start"),
                ("import os; os._exit(0)", "candidate.py", "ended", "it ended before it answered"),
                ("import os; os.close(4)", "candidate.py", "ended", "it ended before it answered")):
            with self.subTest(program=program, candidate=candidate):
                self.assertEqual(run_pair(doc, program, candidate=candidate),
                                 [{"load": word, "note": note}, {"end": True}])


WALKS = """
kept = [[1], {'k': [2]}]
seen = []
def swap(a, b): a.append(b[:1]); b.append(len(a)); return a
def keep(a): kept.append(a); return kept[len(a) % len(kept)]
def take(i): return kept[i % len(kept)]
def turn(a): a.reverse(); a.extend([[len(a)], {len(a)}]); return [a, a]
def shrink(a): del a[1::2]; return a[0] if a else a
def table(a): return {'a': a, 'b': a[:2], 'n': len(kept)}
def forget(): del kept[3:]
"""
STEPS = ["x = swap(x, y)", "y = swap(y, x)", "z = keep(x)", "z = take({n})", "x = turn(y)[{n} % 2]", "z = shrink(x)",
         "t = table(y); z = t['b']", "forget()", "x.append({n})", "y.insert(0, [{n}])", "x, y = y, x",
         "x = [{n}, y[:3]]", "y = [[{n}]]", "z.append(z) if False else None", "t['a'].append({n})", "t['b'] = x",
         "del x[{n} % 3:{n} % 3 + 2]", "y[:0] = t['b'][:2]", "t = dict(sorted(t.items(), reverse=True))"]
LOOK = """
for v in (x, y, z, t):
    text = repr(v)
    log.append((len(text), text[-60:]))
log.append([a is b for a in (x, y, z, *t.values()) for b in (x, y, z, *x, *y) if type(a) is list])
for v in (x, y):
    del v[6:]
"""


def walk(dice: random.Random) -> str:
    """A test that does random steps and keeps in `log` what it saw after each."""
    steps = "".join(dice.choice(STEPS).format(n=dice.randrange(9)) + LOOK for _ in range(25))
    return f"log = []\nx, y, z, t = [1], [2], [], {{'a': [], 'b': []}}\n{steps}"


if __name__ == "__main__":
    unittest.main()
