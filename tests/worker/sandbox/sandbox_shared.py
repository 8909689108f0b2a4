"""What the tests of the sandbox share: driving the real class, and a world for attacks to miss."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

Path = pathlib.Path
SOURCE = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tests" / "crash"))

from harness import Context, Failure, Skipped, check, main  # noqa: E402,F401
from isolation import machine_isolates  # noqa: E402

PYTHON = "/usr/bin/python3"
TOKEN = "tally-secret-9f27c1"
CANONICAL = {"argv": [PYTHON, "-I", "-c", "print(sum(int(n) for n in input().split()))"],
             "input": b"19 23\n".hex()}
ANSWER_SECONDS = 300.0
USER = 65533  # nobody's: somebody who is not root and not the sandbox's own uid


class Driver:
    """A worker of one sandbox: `sandbox-driver` beside tally-sandbox, both readable by every user."""

    def __init__(self, folder: Path, mode: str = "bubblewrap", prefix: tuple[str, ...] = (),
                 env: dict[str, str] | None = None) -> None:
        self.said = b""
        self.process = subprocess.Popen(
            [*prefix, str(folder / "sandbox-driver"), mode, str(folder / "tally-sandbox")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/",
            env=env or {"PATH": os.environ["PATH"], "TOKEN": TOKEN})

    def send(self, request: dict) -> None:
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()

    def receive(self) -> dict:
        pipe = self.process.stdout.fileno()
        while b"\n" not in self.said:
            check(select.select([pipe], [], [], ANSWER_SECONDS)[0] != [], "the driver does not answer")
            part = os.read(pipe, 1 << 20)
            check(part != b"", "the driver died")
            self.said += part
        line, _, self.said = self.said.partition(b"\n")
        return decoded(json.loads(line))

    def ask(self, request: dict) -> dict:
        self.send(request)
        return self.receive()

    def canonical(self) -> None:
        result = self.ask(CANONICAL)
        check((result["ending"], result["status"], result["output"]) == ("exited", 0, b"42\n"),
              f"the canonical program: {result}")

    def supervisors(self) -> list[int]:
        return [pid for pid, line in command_lines().items()
                if b"--serve" in line and parent_of(pid) == self.process.pid]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=30)


@contextlib.contextmanager
def driver(folder: Path, *arguments, **options):
    it = Driver(folder, *arguments, **options)
    try:
        yield it
    finally:
        it.close()


def decoded(answer: dict) -> dict:
    for part in (answer, answer.get("checker", {}), answer.get("candidate", {})):
        for key in ("output", "errors", "report"):
            if key in part:
                part[key] = bytes.fromhex(part[key])
    return answer


def python(text: str, *arguments: str, **options) -> dict:
    """A request to run these lines."""
    return {"argv": [PYTHON, "-I", "/tally/program.py", *arguments],
            "files": {"program.py": text.encode().hex()}, **options}


def programs(context: Context) -> Path:
    """Copies where every user can start them: a build folder may be its owner's alone."""
    folder = context.folder("bin")
    for name in ("sandbox-driver", "tally-sandbox"):
        shutil.copy(Path(context.programs.worker).parent / name, folder / name)
        (folder / name).chmod(0o755)
    folder.chmod(0o755)
    return folder


def needs_sandbox(folder: Path) -> None:
    with driver(folder) as it:
        answer = it.ask({"probe": True})
    if answer["probe"] != "good" and not machine_isolates():
        raise Skipped(answer["probe"])
    check(answer["probe"] == "good", answer["probe"])


def as_user() -> tuple[str, ...]:
    return ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups")


def command_lines() -> dict[int, bytes]:
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                found[int(name)] = Path("/proc", name, "cmdline").read_bytes()
    return found


def parent_of(pid: int) -> int:
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        return int(stat[stat.rindex(")") + 2:].split()[1])
    return 0


def state_of(pid: int) -> str:
    """Empty when there is no such process."""
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        return stat[stat.rindex(")") + 2]
    return ""


def running(mark: str) -> list[int]:
    """Processes with `mark` in their command line, the test's own worker aside."""
    return [pid for pid, line in command_lines().items() if mark.encode() in line]


def mark_of(name: str) -> str:
    """For a command line: no other process has it."""
    return f"{name}-{os.getpid()}-{time.monotonic_ns()}"


def wait_until_running(mark: str, count: int) -> None:
    """Until so many processes with the mark are there, guards aside."""
    end = time.monotonic() + 30
    while (found := sum(mark.encode() in line and b"--guard" not in line for line in command_lines().values())) < count:
        check(time.monotonic() < end, f"{mark}: {found} processes, expected {count}")
        time.sleep(0.02)


def program_of(mark: str) -> int:
    """The Python with the mark; 0 while there is none: what is about to become one is still its guard's copy."""
    return next((pid for pid, line in command_lines().items()
                 if line.startswith(PYTHON.encode()) and mark.encode() in line), 0)


def watching_guard(mark: str) -> int:
    """The guard of a program that runs, once it has said so and sleeps between two looks."""
    end = time.monotonic() + 30
    while not (program := program_of(mark)) or state_of(parent_of(program)) != "S":
        check(time.monotonic() < end, f"{mark}: no program under a guard that watches it")
        time.sleep(0.01)
    return parent_of(program)


# What a program waits for: a signal that nobody else sends, and that does nothing to who does not block it.
TAKES_WORD = "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG])\n"
AWAITS_WORD = "while signal.SIGURG not in signal.sigpending(): time.sleep(0.01)\n"


def let_go(mark: str) -> None:
    """Tells a program that it may go on, once it can hear that."""
    end = time.monotonic() + 30
    while not blocks(pid := program_of(mark), signal.SIGURG):
        check(time.monotonic() < end, f"{mark}: no program that waits")
        time.sleep(0.01)
    os.kill(pid, signal.SIGURG)


def blocks(pid: int, number: int) -> bool:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/status").read_text().split("SigBlk:")[1].split()[0], 16) >> (number - 1) & 1 == 1
    return False


def tree_below(pid: int) -> set[int]:
    """All that comes of a process, without itself."""
    parents = {each: parent_of(each) for each in command_lines()}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def nothing_left(mark: str, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while running(mark) and time.monotonic() < end:
        time.sleep(0.02)
    left = running(mark)
    check(not left, f"still running: {[command_lines().get(pid) for pid in left]}")


class MemoryWatch(threading.Thread):
    """The largest sum of anonymous memory that processes with a mark had, seen from outside."""

    def __init__(self, mark: str) -> None:
        super().__init__(daemon=True)
        self.mark, self.peak, self.ending = mark.encode(), 0, threading.Event()

    def run(self) -> None:
        while not self.ending.wait(0.01):
            self.peak = max(self.peak, sum(resident(pid) for pid, line in command_lines().items()
                                           if self.mark in line))

    def stop(self) -> int:
        self.ending.set()
        self.join()
        return self.peak


def resident(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0


class World:
    """What is outside: files, sockets, a token. check() says whether anything was reached."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o777)
        self.secret, self.writable = folder / "secret.txt", folder / "writable.txt"
        self.secret.write_text("secret")
        self.writable.write_text("untouched")
        self.secret.chmod(0o644)
        self.writable.chmod(0o666)
        self.tcp = socket.create_server(("0.0.0.0", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("0.0.0.0", 0))
        self.path = socket.socket(socket.AF_UNIX)
        self.path.bind(str(folder / "socket"))
        (folder / "socket").chmod(0o777)
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(f"\0{folder}")
        for listener in (self.path, self.abstract):
            listener.listen()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.inner = free.getsockname()[1]
        self.before = self.listing()

    def facts(self, worker: int) -> dict:
        return {"tcp": self.tcp.getsockname()[1], "udp": self.udp.getsockname()[1],
                "socket": str(self.folder / "socket"), "abstract": str(self.folder), "token": "tally-" + TOKEN[6:],
                "secrets": [str(self.secret), str(self.folder), str(SOURCE)], "writable": [str(self.writable)],
                "pids": [pid for pid in (worker, os.getpid(), os.getppid()) if pid > 100],
                "address": address(), "inner": self.inner}

    def listing(self) -> dict[str, str]:
        return {path.name: path.read_text() if path.is_file() else "" for path in self.folder.iterdir()}

    def check(self) -> None:
        check(self.listing() == self.before, f"the host's files: {self.listing()}")
        for listener in (self.tcp, self.udp, self.path, self.abstract):
            listener.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                came = listener.recv(64) if listener is self.udp else listener.accept()
                check(False, f"a socket was reached: {came}")


def address() -> str:
    """One of this machine's addresses that is not the loopback, where there is one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        with contextlib.suppress(OSError):
            udp.connect(("192.0.2.1", 9))
            return udp.getsockname()[0]
    return "127.0.0.1"
