"""Names, objects and answers as the checker takes them, without any process: see checker*.py."""

from __future__ import annotations

import builtins
import importlib.util
import math
import os
import pathlib
import sys
import unittest
from collections import Counter, OrderedDict, defaultdict
from unittest import mock

FOLDER = pathlib.Path(__file__).resolve().parents[4] / "worker" / "scorers" / "code"
sys.path.insert(0, str(FOLDER))
import checker_session  # noqa: E402
import tally_decoder as decoder  # noqa: E402
import tally_values as values  # noqa: E402

SPEC = importlib.util.spec_from_file_location("checker", FOLDER / "checker.py")
checker = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(checker)


class Scripted(checker.Session):
    """A session whose answers are written beforehand."""

    def __init__(self, *answers) -> None:
        super().__init__()
        self.answers = list(answers)
        self.requests: list = []

    def exchange(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0)
        return {"id": request["id"], **answer} if isinstance(answer, dict) else answer


def call(session, *arguments):
    return session.ask("call", *arguments, names=[], target={"function": "f"})


def error(name: str, *kinds: str, text: str = "m") -> dict:
    return {"error": [name, [*kinds, "BaseException", "object"], text, {"tuple": [text]}]}


class SessionTest(unittest.TestCase):
    def test_a_fault_outlives_every_except(self):
        session = Scripted({"value": {"eval": "3"}}, {"value": 3})
        for _ in range(2):
            with self.assertRaises(checker.Fault):
                call(session)
        with self.assertRaises(checker.Fault):
            session.fail("unsupported", "something later")
        self.assertEqual(session.fault[0], "forged")
        self.assertNotIsInstance(checker.Fault("x"), Exception)

    def test_answers_are_one_thing_with_the_right_id(self):
        for answer in ({"id": "x", "value": 3}, {"value": 3, "verdict": 1}, {}, [3], "3", {"error": ["KeyError"]},
                       {"error": [1, 2]}, {"error": "x"}, {"refused": 3}, {"passed": True}, {"changed": []},
                       {"error": ["KeyError", "KeyError", "m", {"tuple": []}]}, {"error": ["E", [1], "m", {"tuple": []}]},
                       {"error": ["E", [], 3, {"tuple": []}]}, {"error": ["E", [], "m", []]}):
            session = Scripted(answer)
            with self.subTest(answer=answer), self.assertRaises(checker.Fault):
                call(session)
            self.assertEqual(session.fault[0], "forged")

    def test_changes_are_of_values_that_both_have(self):
        for changed in (3, [3], [[0]], [[1, [2]]], [[True, [2]]], [[0, {"set": []}]], [[0, 3]], [["0", [2]]]):
            session, row = Scripted({"value": 3, "changed": changed}), [1]
            with self.subTest(changed=changed), self.assertRaises(checker.Fault):
                call(session, row)
            self.assertEqual((session.fault[0], row), ("forged", [1]))
        session = checker.Session(sharing=False)
        with self.assertRaises(values.Malformed):
            decoder.apply_changes([], session)

    def test_a_value_is_sent_once_and_then_by_its_number(self):
        session, row = Scripted({"value": {"ref": 0}, "changed": [[0, [1, 2]]]}, {"value": 3}, {"value": 3}), [1]
        self.assertIs(call(session, row), row)
        self.assertEqual(row, [1, 2])
        row.append([3])
        call(session, row, row)
        del row
        call(session)
        self.assertEqual([(r["args"], r["changed"], r["unused"]) for r in session.requests],
                         [([[1]], [], []), ([{"ref": 0}, {"ref": 0}], [[0, [1, 2, [3]]]], []), ([], [], [0])])

    def test_exceptions_that_tests_may_expect_are_raised_anew(self):
        for name in ("ValueError", "KeyError", "ZeroDivisionError", "OSError", "NotImplementedError", "Exception"):
            with self.assertRaises(getattr(builtins, name)) as found:
                call(Scripted(error(name, name, "Exception")))
            self.assertIs(type(found.exception), getattr(builtins, name))
            self.assertEqual(found.exception.args, ("m",))

    def test_exceptions_of_the_program_are_of_the_nearest_built_in_one(self):
        with self.assertRaises(ValueError) as found:
            call(Scripted(error("StatisticsError", "ValueError", "Exception", text="none")))
        self.assertEqual((type(found.exception).__name__, str(found.exception)), ("StatisticsError", "none"))
        with self.assertRaises(RuntimeError):
            call(Scripted(error("RecursionError", "RecursionError", "RuntimeError", "Exception")))

    def test_exceptions_that_steer_are_of_a_base(self):
        for name in ("StopIteration", "StopAsyncIteration", "AssertionError", "MemoryError", "SystemError", "Fault",
                     "print", "Warning", "UnicodeDecodeError", "ExceptionGroup", "__import__"):
            with self.subTest(name=name), self.assertRaisesRegex(Exception, "^m$") as found:
                call(Scripted(error(name, name, "Exception")))
            self.assertEqual((type(found.exception).__name__, type(found.exception).__mro__[1]), (name, Exception))
        for name in ("GeneratorExit", "SystemExit", "KeyboardInterrupt"):
            with self.subTest(name=name), self.assertRaisesRegex(BaseException, "^m$") as found:
                call(Scripted(error(name, name)))
            self.assertIs(type(found.exception).__mro__[1], BaseException)
        for name in ("", "a b", "\0", "\ud800"):
            with self.subTest(name=name), self.assertRaisesRegex(Exception, "^m$"):
                call(Scripted(error(name, "Exception")))

    def test_objects_without_an_own_equality_equal_themselves_only(self):
        session = Scripted(*({"value": {"plain": number}} for number in (1, 1, 2)))
        first, again, other = (call(session) for _ in range(3))
        self.assertTrue(first == again and first is again)
        self.assertTrue(first != other and first != 3 and first is not None and first in {first})
        with self.assertRaises(checker.Fault):
            bool(first)
        self.assertEqual(session.fault, ("unsupported", "the truth of an object of the program"))

    def test_what_only_an_object_itself_could_answer_is_unsupported(self):
        for question in (lambda x: x == 3, lambda x: 3 != x, lambda x: 3 in [x], lambda x: {x}, lambda x: x < 3,
                         lambda x: 3 + x, lambda x: abs(x), lambda x: int(x), lambda x: 3 not in x, lambda x: [x] != [1],
                         lambda x: isinstance(3, x), lambda x: x == None, math.floor, bool):  # noqa: E711
            session = Scripted({"value": {"handle": 1}})
            value = call(session)
            with self.assertRaises(checker.Fault):
                question(value)
            self.assertEqual(session.fault[0], "unsupported")

    def test_a_length_is_a_whole_number(self):
        for found in (True, -1, 1.0, "3", {"int": "0xffffffff"}):
            session = Scripted({"value": {"plain": 0}}, {"value": found})
            handle = call(session)
            with self.subTest(found=found), self.assertRaises(checker.Fault):
                len(handle)

    def test_values_of_an_iterator_are_values_and_an_end(self):
        for found in (3, {"tuple": [1]}, {"tuple": [[1], True]}, {"tuple": [{"tuple": []}, True, 1]}):
            session = Scripted({"value": {"iterator": 0}}, {"value": found})
            with self.subTest(found=found), self.assertRaises(checker.Fault):
                next(call(session))
            self.assertEqual(session.fault[0], "forged")

    def test_an_object_is_asked_for_no_text_once_the_test_is_over(self):
        session = Scripted({"value": {"handle": 7}})
        value = call(session)
        session.over = True
        self.assertEqual(checker.shown([value]), "[<object 7 of the program>]")

    def test_a_candidate_that_says_nothing_was_never_there(self):
        for data in (b"", b"\0\0", values.to_frame({"hello": 2}), values.to_frame([]), b"\xff" * 9):
            read, write = os.pipe()
            os.write(write, data)
            os.close(write)
            session = checker.Session()
            with mock.patch.object(checker_session, "ANSWERS", read), self.assertRaises(checker.Fault):
                session.greet()
            os.close(read)
            self.assertEqual(session.fault, ("unstarted", "it ended before it could start"))


class NamesTest(unittest.TestCase):
    def test_what_decides_a_test_is_never_the_candidates(self):
        session = Scripted({"value": 1})
        names = checker.Names(session, checker.Canonical("import math\nfrom os import path as p\n\ndef f(): pass\n"))
        self.assertEqual(eval("f", names), 1)
        self.assertIs(names["math"], math)
        self.assertIs(names["p"], os.path)
        for name in ("isinstance_", "g", "cmath", "__nobody__"):
            with self.subTest(name=name), self.assertRaises(NameError):
                eval(name, names)
        self.assertIs(eval("isinstance", names), isinstance)
        self.assertEqual(session.answers, [])

    def test_a_built_in_name_that_the_solution_defines_is_its_own(self):
        session = Scripted({"value": 7})
        names = checker.Names(session, checker.Canonical("def sum(a, b): pass\n"))
        self.assertEqual(eval("sum", names), 7)
        self.assertIs(eval("len", names), len)

    def test_a_built_in_name_that_only_the_solution_defines_is_an_error(self):
        for name in ("sorted", "f"):
            names = checker.Names(Scripted({"missing": True}), checker.Canonical(f"def {name}(): pass\n"))
            with self.assertRaisesRegex(NameError, f"^name '{name}' is not defined$"):
                eval(name, names)

    def test_without_a_canonical_solution_modules_are_still_real(self):
        session = Scripted({"value": 7})
        names = checker.Names(session, checker.Canonical(""))
        self.assertIs(eval("math", names), math)
        self.assertIs(eval("isinstance", names), isinstance)
        self.assertEqual(eval("f", names), 7)

    def test_json_knows_no_tuples_and_no_keys_that_are_numbers(self):
        self.assertEqual(checker.as_json((1, [(2,), {3: (4,)}])), [1, [[2], {"3": [4]}]])
        self.assertEqual(checker.as_json({True: 1}), {True: 1})
        for value in (Counter({3: 4}), defaultdict(int, {3: 4}), OrderedDict({3: 4})):
            self.assertEqual(checker.as_json([value]), [{"3": 4}])
        node = {"value": {"sub": [1, {"tuple": [1, {"sub": [2, {"dict": [[2, 3]]}]}]}]}}
        self.assertEqual(checker.as_json(call(Scripted(node))), [1, {"2": 3}])

    def test_a_note_stays_short_and_printable(self):
        self.assertEqual(checker.shown({2, 1}), "{1, 2}")
        self.assertLessEqual(len(checker.shown(["x" * 1000] * 100)), 200)
        self.assertEqual(checker.shown(10**5000), "a value of type int")


if __name__ == "__main__":
    unittest.main()
