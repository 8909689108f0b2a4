"""What the crash tests share: the programs, small runs to damage, and killing by pid.

Nothing here imports product code: the oracles read files only, so a bug in the product cannot hide
itself from its own test.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import dataclasses
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

Path = pathlib.Path
CommandLine = list[str]

KILLED = -signal.SIGKILL
SKIPPED = 77  # ctest: SKIP_RETURN_CODE
PR_SET_CHILD_SUBREAPER = 36
RUN_ID = "crash"
MEMORY_NEEDED = 2 << 30


class Failure(AssertionError):
    """A promise was broken."""


class Skipped(Exception):
    """The test cannot run here: said aloud, never counted as passed."""


def check(holds: bool, message: str) -> None:
    """Unlike `assert` this stays under `python3 -O`."""
    if not holds:
        raise Failure(message)


@dataclasses.dataclass(frozen=True)
class Finished:
    """A program that ended."""

    command: CommandLine
    code: int
    stdout: str
    stderr: str

    def expect(self, *codes: int) -> "Finished":
        tail = self.stderr[-3000:]
        check(self.code in codes, f"{self.command}: exit {self.code}, expected {codes}\n{tail}")
        return self


@dataclasses.dataclass(frozen=True)
class Geometry:
    """How a run is spread: never allowed to show in the results."""

    elements: int
    ranks: int


class Programs:
    """The three programs under test, run with a clean environment in a scratch folder."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.tally, self.worker, self.aggregate_bin = (
            str(folder / name) for name in ("tally", "tally-worker", "aggregate"))
        self.scratch = scratch
        sockets = scratch / "tmp"  # Open MPI's session folders: removed with the scratch folder
        sockets.mkdir(mode=0o777, exist_ok=True)
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH",
                                                    "ASAN_OPTIONS", "UBSAN_OPTIONS")
                if name in os.environ}
        self.env = keep | {
            "TMPDIR": str(sockets), "SOURCE_DATE_EPOCH": "1700000000",
            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OMPI_MCA_rmaps_base_oversubscribe": "1",
            "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
            # Killed ranks leave their shared memory files: not in /dev/shm, please.
            "OMPI_MCA_btl_vader_backing_directory": str(sockets),
        }

    def start(self, command: CommandLine, folder: Path) -> subprocess.Popen:
        """Starts a program in a process group of its own; its output is added to talk.txt."""
        with open(self.scratch / "talk.txt", "ab") as talk:
            return subprocess.Popen(command, cwd=folder, env=self.env, stdout=talk,
                                    stdin=subprocess.DEVNULL, stderr=talk, start_new_session=True)

    def run(self, command: CommandLine, timeout: float = 120.0, folder: Path | None = None,
            **options) -> Finished:
        with subprocess.Popen(command, cwd=folder or self.scratch, env=self.env, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, errors="replace", start_new_session=True,
                              **options) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired as late:
                kill_tree(process.pid)
                out, err = process.communicate()
                raise Failure(f"{command}: no end after {timeout} s\n{err[-3000:]}") from late
        return Finished(command, process.returncode, out, err)

    def launch_line(self, config: Path, geometry: Geometry) -> CommandLine:
        return [self.tally, "launch", str(config), "--workers", str(geometry.ranks),
                "-O", f"resources.elements={geometry.elements}"]

    def resume_line(self, run: Path, geometry: Geometry) -> CommandLine:
        return [self.tally, "resume", str(run), "--workers", str(geometry.ranks),
                "--elements", str(geometry.elements)]

    def worker_line(self, run: Path, element: int = 0) -> CommandLine:
        return [self.worker, "--run", str(run), "--element", str(element)]

    def aggregate_line(self, run: Path) -> CommandLine:
        return [self.aggregate_bin, str(run)]

    def launch(self, config: Path, geometry: Geometry, folder: Path) -> Finished:
        """Makes the run directory runs/crash below `folder`."""
        return self.run(self.launch_line(config, geometry), folder=folder)

    def resume(self, run: Path, geometry: Geometry = Geometry(1, 1)) -> Finished:
        return self.run(self.resume_line(run, geometry))

    def work(self, run: Path, element: int = 0) -> Finished:
        return self.run(self.worker_line(run, element))

    def aggregate(self, run: Path) -> Finished:
        return self.run(self.aggregate_line(run))


@dataclasses.dataclass(frozen=True)
class Workload:
    """A small run with every kind of answer in it. items = docs * sum(repeats) * temperatures."""

    docs: int = 100
    repeats: tuple[int, ...] = (1, 3)
    temperatures: tuple[float, ...] = (0.0, 0.5)
    interval_ms: int = 20
    records: int = 500_000
    words: int = 20  # length of a completion

    @property
    def items(self) -> int:
        return self.docs * sum(self.repeats) * len(self.temperatures)

    def write(self, folder: Path) -> Path:
        """Writes docs, completions and run.yaml into `folder`; returns the config."""
        folder.mkdir(parents=True, exist_ok=True)
        numbers = random.Random(self.docs)
        with open(folder / "docs.jsonl", "w", encoding="utf-8") as docs:
            for doc in range(self.docs):
                line = {"id": f"d{doc:06}", "question": f"{doc} + 1?", "answer": str(doc + 1)}
                docs.write(json.dumps(line) + "\n")
        with open(folder / "completions.jsonl", "w", encoding="utf-8") as completions:
            for doc in range(self.docs):
                for repeat in range(max(self.repeats)):
                    line = {"doc_id": f"d{doc:06}", "sample_idx": repeat,
                            "completion": self.completion(doc, repeat, numbers)}
                    completions.write(json.dumps(line) + "\n")
        config = folder / "run.yaml"
        config.write_text(self.config(), encoding="utf-8")
        return config

    def completion(self, doc: int, repeat: int, numbers: random.Random) -> str:
        words = " ".join(f"w{numbers.randrange(10_000)}" for _ in range(self.words))
        if (doc + repeat) % 7 == 0:
            return f"{words} I don't know"  # no number at the end: nothing to extract
        return f"{words}\n#### {doc + 1 + (doc * repeat) % 2}"

    def config(self) -> str:
        repeats = ", ".join(map(str, self.repeats))
        temperatures = ", ".join(map(str, self.temperatures))
        return f"""version: 1
run: {{id: {RUN_ID}, seed: 7}}
models:
  - {{name: replayed, backend: replay, completions: completions.jsonl}}
datasets:
  - {{slug: sums, source: docs.jsonl, format: jsonl, id: id, input: question, target: answer}}
tasks:
  - evaluator: free_response
    extractor: "openai:gsm8k"
    comparator: numeric
    models: [replayed]
    datasets: [sums]
    sampling: {{repeats: [{repeats}]}}
    params: {{temperature: [{temperatures}]}}
metrics: [accuracy]
resources: {{ranks: 3}}
commit: {{interval: {self.interval_ms}ms, records: {self.records}}}
"""


def become_subreaper() -> None:
    """Orphans become our children: nothing a killed launcher leaves behind can escape the test."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


@dataclasses.dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    name: str
    state: str


def processes() -> list[Process]:
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError):
            stat = Path("/proc", entry, "stat").read_text(errors="replace")
            name = stat[stat.index("(") + 1:stat.rindex(")")]
            rest = stat[stat.rindex(")") + 2:].split()
            found.append(Process(int(entry), int(rest[1]), name, rest[0]))
    return found


def descendants(root: int) -> list[Process]:
    """Living processes below `root`, nearest first; `root` itself is not among them."""
    children: dict[int, list[Process]] = {}
    for process in processes():
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    front = list(children.get(root, []))
    while front:
        process = front.pop(0)
        front += children.get(process.pid, [])
        if process.state != "Z":
            found.append(process)
    return found


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def standing_still(root: int, name: str) -> Iterator[None]:
    """The process of this name below `root` does nothing meanwhile, however slow we are."""
    found = [process.pid for process in descendants(root) if process.name == name]
    check(len(found) == 1, f"{len(found)} processes named {name}, expected one")
    os.kill(found[0], signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(found[0], signal.SIGCONT)


def kill_tree(root: int) -> int:
    """SIGKILL to `root` and all below it, at once. Returns how many there were."""
    below = descendants(root)
    kill(root)
    for process in below:
        kill(process.pid)
    return 1 + len(below)


def sweep_orphans(timeout: float = 20.0) -> int:
    """Kills and reaps what is still below us. Call only when no child is wanted any more."""
    end = time.monotonic() + timeout
    swept = 0
    while left := descendants(os.getpid()):
        check(time.monotonic() < end, f"processes that do not die: {left}")
        for process in left:
            kill(process.pid)
        swept += len(left)
        reap()
        time.sleep(0.002)
    reap()
    return swept


def reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def listing(root: Path) -> dict[str, str]:
    """Every path below `root` with what is there: digest of a file, target of a link."""
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        elif path.is_dir():
            found[name] = "folder"
        else:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def index_bytes(run: Path) -> bytes:
    return (run / "results" / "current" / "score_index.jsonl").read_bytes()


def copy_run(template: Path, to: Path) -> Path:
    if to.exists():
        shutil.rmtree(to)
    shutil.copytree(template, to, symlinks=True)
    return to


def emptied(run: Path, keep_results: bool = False) -> Path:
    """Turns a finished run into one that was planned and submitted but did nothing yet."""
    for name in ("shards", "temp", "progress", "logs", "quarantine"):
        folder = run / name
        if folder.exists():
            shutil.rmtree(folder)
            folder.mkdir()
    if not keep_results and (run / "results").exists():
        shutil.rmtree(run / "results")
        (run / "results").mkdir()
    return run


@dataclasses.dataclass
class Context:
    """What a test gets."""

    programs: Programs
    scratch: Path
    random: random.Random
    quick: bool

    def say(self, text: str) -> None:
        print(text, flush=True)

    def folder(self, name: str) -> Path:
        path = self.scratch / name
        path.mkdir()
        return path

    def finished_run(self, load: Workload, name: str, geometry: Geometry = Geometry(1, 1)) -> Path:
        """An uninterrupted, complete run of `load`. The inputs lie in the folder `name`, too."""
        folder = self.folder(name)
        self.programs.launch(load.write(folder), geometry, folder).expect(0)
        return run_in(folder)


def run_in(folder: Path) -> Path:
    """Where `tally launch` puts the run: runs/<id> below the working directory."""
    return folder / "runs" / RUN_ID


def parse_options(description: str | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--bin", type=Path, required=True, help="folder of the built programs")
    parser.add_argument("--seed", type=int, help="default: from the clock, printed")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work")
    parser.add_argument("--keep", action="store_true", help="keep the scratch folder")
    return parser.parse_args()


def place_of_scratch(many_syncs: bool) -> str | None:
    """Memory where a test makes thousands of fsyncs and SIGKILL is the worst that happens."""
    memory = "/dev/shm"
    roomy = os.path.isdir(memory) and shutil.disk_usage(memory).free > MEMORY_NEEDED
    return memory if many_syncs and roomy else None


@contextlib.contextmanager
def scratch_folder(keep: bool, place: str | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tally-crash-", dir=place))  # short: sockets lie below it
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        sweep_orphans()
        if keep:
            print(f"kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def main(test: Callable[[Context], None], many_syncs: bool = False) -> None:
    """Runs `test` and exits: 0 passed, 1 failed, 77 skipped."""
    options = parse_options(sys.modules[test.__module__].__doc__)
    seed = options.seed if options.seed is not None else time.time_ns() % 2**32
    print(f"{Path(sys.argv[0]).name} --seed {seed}", flush=True)
    become_subreaper()
    began = time.monotonic()
    with scratch_folder(options.keep, place_of_scratch(many_syncs)) as scratch:
        programs = Programs(options.bin.resolve(), scratch)
        try:
            test(Context(programs, scratch, random.Random(seed), options.quick))
        except Skipped as why:
            print(f"SKIPPED: {why}")
            sys.exit(SKIPPED)
        except Failure as broken:
            print(f"FAILED after {time.monotonic() - began:.0f} s (--seed {seed}): {broken}")
            sys.exit(1)
    print(f"passed in {time.monotonic() - began:.0f} s")
