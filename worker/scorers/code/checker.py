"""Runs the tests of a doc and asks the candidate by proxy: docs/code.md#protocol.

A trusted program that never sees the code under test: that one runs in another process, in another
sandbox, and says nothing but values. Descriptor 3 reads answers, 4 writes requests, 5 takes the
report, a JSON line per test. doc.json (Doc::data) and job.json lie beside this file.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import json
import os
import reprlib
import sys
import traceback

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path = [each for each in sys.path if each not in ("", FOLDER)]
sys.path.insert(0, FOLDER)
import tally_values as values  # noqa: E402
from checker_session import Fault, Proxy, Session  # noqa: E402
sys.path.remove(FOLDER)

REPORT = 5
sys.setrecursionlimit(5000)


class Canonical:
    """What tests may expect of a solution: names that the canonical one defines or imports."""

    def __init__(self, source: str) -> None:
        self.known = True
        self.imports: list[str] = []  # statements
        self.imported: set[str] = set()
        self.defined: set[str] = set()
        try:
            body = ast.parse(source).body
        except (SyntaxError, ValueError):
            body = []
        self.known = bool(body)
        for node in body:
            self.add(node)

    def add(self, node: ast.stmt) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self.imports.append(ast.unparse(node))
            self.imported |= {(each.asname or each.name).split(".")[0] for each in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            self.defined.add(node.name)
        elif isinstance(node, ast.Assign):
            self.defined |= {each.id for each in node.targets if isinstance(each, ast.Name)}


class Names(dict):
    """Names of the tests; those that are missing are the candidate's.

    What decides a test is never the candidate's: neither a built-in name, but for one that the
    canonical solution defines itself, nor a module, whoever imports it.
    """

    def __init__(self, session: Session, canonical: Canonical) -> None:
        super().__init__(__name__="tests", __builtins__=builtins)
        self.session = session
        self.canonical = canonical
        for statement in canonical.imports:
            try:
                run_text(statement, self, "<imports>")
            except ImportError:
                continue

    def __missing__(self, name: str):
        if name in self.canonical.defined:
            return self.of_the_program(name)
        if name.startswith("__") or hasattr(builtins, name) or self.canonical.known:
            raise KeyError(name)
        if name in getattr(sys, "stdlib_module_names", ()):  # since 3.10
            return importlib.import_module(name)
        return self.of_the_program(name)

    def of_the_program(self, name: str):
        try:
            return self.session.ask("global", name=name)
        except KeyError:  # not for the built-in name of the same kind, which would be found next
            raise NameError(f"name '{name}' is not defined") from None


def shown(value) -> str:
    try:
        shower = reprlib.Repr()
        shower.maxstring = shower.maxother = 80
        return shower.repr(value)[:200]
    except Exception:  # pylint: disable=broad-except
        return f"a value of type {type(value).__name__}"


def run_text(text: str, names: dict, file: str) -> None:
    exec(compile(text, file, "exec", dont_inherit=True), names)  # pylint: disable=exec-used


class Humaneval:
    """The function `check` of the doc, called once."""

    def __init__(self, doc: dict, _job: dict) -> None:
        self.doc = doc
        self.tests = 1

    def source(self) -> str:
        return self.doc["test"]

    def names(self) -> dict:
        """What the prompt defines: helpers that tests use."""
        for end in ("", "\n    pass\n"):
            names = {"__name__": "tests"}
            try:
                run_text(self.doc["prompt"] + end, names, "<prompt>")
                return names
            except SyntaxError:
                continue
        return {"__name__": "tests"}

    def run(self, session: Session, _index: int) -> None:
        names = self.names()
        proxy = Proxy(session, self.doc["entry_point"])
        names[self.doc["entry_point"]] = proxy
        run_text(self.doc["test"], names, "<test>")
        names["check"](proxy)


class Asserts:
    """Each assertion is a test; the names it does not know are asked for."""

    def __init__(self, doc: dict, job: dict) -> None:
        self.doc = doc
        self.tests = len(doc["tests"])
        self.canonical = Canonical(job.get("canonical", ""))
        self.index = 0

    def source(self) -> str:
        return self.doc["tests"][self.index]

    def run(self, session: Session, index: int) -> None:
        self.index = index
        names = Names(session, self.canonical)
        run_text(self.doc.get("setup", ""), names, "<setup>")
        run_text(self.doc["tests"][index], names, "<test>")


class Functional:
    """Arguments and the value that is expected for them."""

    def __init__(self, doc: dict, _job: dict) -> None:
        self.doc = doc
        self.tests = len(doc["tests"])

    def source(self) -> str:
        return ""

    def run(self, session: Session, index: int) -> None:
        test = self.doc["tests"][index]
        found = as_json(Proxy(session, self.doc["entry_point"])(*test["args"]))
        expected = as_json(test["expected"])
        if not found == expected:
            session.over = True
            raise AssertionError(f"found {shown(found)}, expected {shown(expected)}")


def as_json(value):
    """A tuple is an array, and a whole number that is a key is text, as in a file of tests."""
    if isinstance(value, (list, tuple)):
        return [as_json(each) for each in value]
    if isinstance(value, dict):
        return {str(key) if type(key) is int else key: as_json(each) for key, each in dict.items(value)}
    return value


STYLES = {"humaneval": Humaneval, "asserts": Asserts, "functional": Functional}


def place_of(error: BaseException, source: str) -> str:
    """The line of the test that failed."""
    lines = source.splitlines()
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == "<test>"]
    if not frames or not 0 < (frames[-1].lineno or 0) <= len(lines):
        return ""
    return lines[frames[-1].lineno - 1].strip()[:200]


def said_by(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException:  # pylint: disable=broad-except
        text = "no text"
    return text if isinstance(error, AssertionError) else f"{type(error).__name__}: {text}"


def judged(session: Session, style, index: int) -> tuple[str, str]:
    """Verdict and note of one test."""
    asked = session.asked
    session.over = False
    try:
        style.run(session, index)
    except BaseException as error:  # pylint: disable=broad-except
        session.over = True
        if session.fault is not None:
            return session.fault
        where = place_of(error, style.source())
        if isinstance(error, AssertionError):
            return "wrong", where or said_by(error)[:500]
        return "error", f"{said_by(error)[:300]}{' at ' + where if where else ''}"
    if session.fault is not None:
        return session.fault
    return ("passed", "") if session.asked > asked else ("vacuous", "it asks the program nothing")


def report(**line) -> None:
    if "note" in line:  # lone surrogates are no text for others
        line["note"] = line["note"].encode("utf-8", "backslashreplace").decode("utf-8")
    values.write_all(REPORT, json.dumps(line).encode("ascii") + b"\n")


def loaded(session: Session, style_name: str) -> bool:
    try:
        session.greet()
        session.load(prelude=style_name == "functional")
        return True
    except Fault:
        report(load=session.fault[0], note=session.fault[1])
    except BaseException as error:  # pylint: disable=broad-except
        report(load="error", note=said_by(error)[:500])
    return False


def read_json(name: str):
    limit = sys.get_int_max_str_digits() if hasattr(sys, "get_int_max_str_digits") else None
    if limit is not None:
        sys.set_int_max_str_digits(0)  # the doc is trusted; answers are not
    try:
        with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
            return json.load(file)
    finally:
        if limit is not None:
            sys.set_int_max_str_digits(limit)


def main() -> None:
    job = read_json("job.json")
    doc = read_json("doc.json")
    style = STYLES[doc["style"]](doc, job)
    session = Session(sharing=doc["style"] != "functional")  # where nobody looks at arguments again
    if loaded(session, doc["style"]):
        for index in range(job["first"], min(job["end"], style.tests)):
            verdict, note = judged(session, style, index)
            report(test=index, verdict=verdict, note=note)
            if session.fault is not None:
                break  # this process cannot be asked again; the next one can
    report(end=True)


if __name__ == "__main__":
    main()
    os._exit(0)
