"""The checker's side of the conversation with one candidate: docs/code.md#protocol.

What the candidate does can make a test fail and nothing else: a fault of the protocol sticks, and
no `except` of a test gets rid of it.
"""

from __future__ import annotations

import builtins
import secrets

import checker_handles as handles
import tally_decoder as decoder
import tally_shared as shared
import tally_values as values

ANSWERS = 3
REQUESTS = 4

# Exceptions that would steer the checker and not the test it runs: those of a base are raised.
STEERING = (StopIteration, StopAsyncIteration, AssertionError, MemoryError, RecursionError, SystemError,
            Warning, SystemExit, KeyboardInterrupt, GeneratorExit)


class Fault(BaseException):
    """The candidate cannot be asked any more, or said something that cannot be judged."""


def nearest(kinds: list) -> type:
    """The first of these built-in types that may be raised here."""
    for name in kinds:
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, BaseException) and not issubclass(kind, STEERING):
            return kind
    return Exception


def raise_like(name: str, kinds: list, text: str, arguments: tuple):
    """Raises an exception of the candidate where tests may expect it: the built-in one, or one of
    that name which is made from it."""
    kind = nearest(kinds)
    try:
        raised = kind(*arguments) if kind.__name__ == name == kinds[0] else made(name, kind, text)(*arguments)
    except Exception:  # pylint: disable=broad-except
        raised = made(name, Exception, text)()
    raise raised


def made(name: str, kind: type, text: str) -> type:
    return type(name if name.isidentifier() else "Unnamed", (kind,), {"__str__": lambda _: text})


class Session(values.Side):
    """The conversation with one candidate process."""

    def __init__(self, sharing: bool = True) -> None:
        self.fault: tuple[str, str] | None = None  # verdict and note; once set it stays
        self.asked = 0  # questions but `load`
        self.over = False  # a test has been judged and nothing more is asked for it
        self.handles: dict[int, shared.Handle] = {}
        self.shared = shared.Shared() if sharing else None

    def fail(self, verdict: str, note: str):
        if self.fault is None:
            self.fault = (verdict, note)
        raise Fault(note)

    def opened(self, tag: str, number: int):
        if number not in self.handles:
            self.handles[number] = handles.KINDS[tag](self, number)
        return self.handles[number]

    def subclass(self, value, number: int):
        if type(value) not in shared.BASES:
            raise values.Malformed("sub: expected a value of a built-in type")
        return handles.subclass_value(self, value, number)

    def held(self, value):
        if not isinstance(value, handles.Asked):
            return super().held(value)
        handles.settle(value)
        return handles.node_of(value)

    def greet(self) -> None:
        """Waits for the candidate to be there; no code of the program has run before that."""
        try:
            hello = values.read_frame(ANSWERS)
        except values.Malformed:
            hello = None
        if hello != {"hello": 1}:
            self.fail("unstarted", "it ended before it could start")

    def load(self, prelude: bool) -> None:
        self.ask("load", prelude=prelude, sharing=self.shared is not None)

    def ask(self, op: str, *arguments, **more):
        """The decoded value of the answer. Raises what the candidate raised."""
        if self.fault is not None:
            raise Fault(self.fault[1])
        if op != "load":
            self.asked += 1
        request = self.request(op, arguments, more)
        answer = self.exchange(request)
        if type(answer) is not dict or answer.pop("id", None) != request["id"]:
            self.fail("forged", "an answer that nobody asked for")
        try:
            return self.open(answer)
        except values.Malformed as error:
            return self.fail("forged", f"an answer that is no value: {error}")

    def request(self, op: str, arguments, more):
        request = {"id": secrets.token_hex(16), "op": op, **more}
        try:
            request["args"] = [values.encode(each, self) for each in arguments]
            if self.shared is not None:
                request["changed"] = values.encode_changes(self)
                request["unused"] = self.shared.drop_unused()
        except values.Unencodable as error:
            self.fail("unsupported", f"argument: {error}")
        return request

    def exchange(self, request):
        try:
            values.write_all(REQUESTS, values.to_frame(request))
            answer = values.read_frame(ANSWERS)
        except BrokenPipeError:
            answer = None
        except values.Unencodable as error:
            return self.fail("unsupported", f"arguments: {error}")
        except values.Malformed as error:
            return self.fail("forged", f"an answer that is no message: {error}")
        return self.fail("ended", "it ended before it answered") if answer is None else answer

    def open(self, answer):
        changed = answer.pop("changed", None)
        unused = answer.pop("unused", [])
        if len(answer) != 1:
            raise values.Malformed("expected one of value, missing, error, refused")
        (kind, body), = answer.items()
        if kind == "refused" and type(body) is str:
            return self.fail("unsupported", f"it gave back {body[:200]}")
        if kind not in ("value", "missing", "error"):
            raise values.Malformed("none of value, missing, error, refused")
        found = self.error(body) if kind == "error" else decoder.decode(body, self)
        if changed is not None:
            decoder.apply_changes(changed, self)
        self.drop(unused)
        if kind == "missing":
            raise KeyError("no such name")
        return raise_like(*found) if kind == "error" else found

    def drop(self, unused) -> None:
        """What the candidate does not hold any more cannot change there, nor come back."""
        if type(unused) is not list or unused and self.shared is None:
            raise values.Malformed("unused: expected an array")
        for number in unused:
            if type(number) is not int or number not in self.shared.objects:
                raise values.Malformed("unused: expected the number of one")
            self.shared.drop(number)

    def error(self, body):
        """Name, built-in types, text and arguments of an exception."""
        if type(body) is not list or len(body) != 4:
            raise values.Malformed("error: expected a name, types, a text and arguments")
        name, kinds, text, arguments = (
            each if type(each) is list else decoder.decode(each, self) for each in body)
        names = [name, text, *kinds] if type(kinds) is list else [None]
        if any(type(each) is not str for each in names) or type(arguments) is not tuple:
            raise values.Malformed("error: expected a name, types, a text and arguments")
        return name, kinds, text, arguments


class Proxy:
    """A function under test."""

    def __init__(self, session: Session, name: str) -> None:
        self.__session = session
        self.__name__ = name

    def __call__(self, *arguments, **named):
        return self.__session.ask("call", *arguments, *named.values(), names=list(named),
                                  target={"function": self.__name__})
