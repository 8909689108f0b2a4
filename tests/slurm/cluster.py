"""A Slurm cluster for tests: `slurm/devcluster` in a temporary folder, taken down for sure."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TypeVar

Path = pathlib.Path
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "crash"))

from harness import CommandLine, Failure, Finished, PR_SET_CHILD_SUBREAPER, Skipped, \
    check  # noqa: E402

DEVCLUSTER = Path(__file__).resolve().parents[2] / "slurm" / "devcluster"
PR_GET_CHILD_SUBREAPER = 37
UNAVAILABLE = 69
PATIENCE = 600.0  # in seconds: no measure of anything, but an end of waits for what never comes
LOOK_AT_SLURM = 1.0  # seconds between two questions to the controller: many ask at once
NO_ANSWER = ("timed out", "Unable to contact")  # as a busy machine's controller, which lives, is said to
Value = TypeVar("Value")


class OrphansLeave:
    """Daemons started meanwhile are not this test's orphans, so its sweeping does not end them.
    Threads share it: being a subreaper is a property of the process."""

    def __init__(self) -> None:
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.lock = threading.Lock()
        self.inside = 0
        self.before = ctypes.c_int()

    def __enter__(self) -> None:
        with self.lock:
            if self.inside == 0:
                self.libc.prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(self.before), 0, 0, 0)
                self.libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
            self.inside += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                self.libc.prctl(PR_SET_CHILD_SUBREAPER, self.before.value, 0, 0, 0)


orphans_leave = OrphansLeave()


class Guard:
    """A process that runs a script should this one die before it says that it needs none."""

    def __init__(self, script: str, *arguments: str) -> None:
        ours, self.end = os.pipe()
        try:
            with orphans_leave:
                subprocess.run(["setsid", "--fork", "bash", "-c", f"read -r _ || {{ {script}; }}",
                                "guard", *arguments], stdin=ours, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, check=True)
        finally:
            os.close(ours)

    def dismiss(self) -> None:
        os.write(self.end, b"done\n")
        os.close(self.end)


class Cluster:
    """A running cluster: `with Cluster(nodes=2) as cluster: job = cluster.sbatch(...)`.

    `shared` is a folder that nodes and the test see alike, for runs and logs. /dev/shm is each
    node's own. Ends with the `with` block, and also when the test is killed: then a process that
    waits for the test's end takes the cluster down. Raises Skipped where no cluster can run.
    """

    def __init__(self, nodes: int = 2, cpus: int = 4, max_array_size: int = 1001,
                 extra: str = "") -> None:
        self.nodes = [f"n{number}" for number in range(1, nodes + 1)]
        self.options = ["--nodes", str(nodes), "--cpus", str(cpus),
                        "--max-array-size", str(max_array_size)]
        self.extra = extra  # lines for slurm.conf
        self.home = Path()
        self.network = ""  # of its bridge: tally1, tally2, ...
        self.guard: Guard | None = None  # takes the cluster down when we cannot

    @property
    def folder(self) -> Path:
        """The cluster's own: slurm.conf, log, run, ..."""
        return self.home / "cluster"

    @property
    def shared(self) -> Path:
        return self.home / "shared"

    @property
    def env(self) -> dict[str, str]:
        """The environment of commands: little of the test's own."""
        keep = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")
        return {name: os.environ[name] for name in keep if name in os.environ} | {
            "SLURM_CONF": str(self.folder / "slurm.conf")}

    def __enter__(self) -> "Cluster":
        self.home = Path(tempfile.mkdtemp(prefix="tally-slurm-", dir="/tmp"))  # sockets: short
        self.home.chmod(0o755)
        self.shared.mkdir()
        self.shared.chmod(0o1777)
        (self.home / "extra").write_text(self.extra, encoding="utf-8")
        try:
            self.guard = Guard('"$1" --dir "$2" down; rm -rf "$3"', str(DEVCLUSTER), str(self.folder),
                               str(self.home))
            with orphans_leave:
                up = self.devcluster("up", *self.options, "--extra", str(self.home / "extra"))
            if up.code == UNAVAILABLE:
                raise Skipped(up.stderr.strip())
            up.expect(0)
            settings = (self.folder / "devcluster.env").read_text(encoding="utf-8").splitlines()
            self.network = "tally" + dict(line.split("=", 1) for line in settings)["subnet"]
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if isinstance(error, Failure):
            print(self.describe(), flush=True)
        self.end()

    def end(self) -> None:
        """Takes the cluster down; harmless when that was done."""
        if self.guard is None:
            return
        self.devcluster("down").expect(0)
        self.guard.dismiss()
        self.guard = None
        shutil.rmtree(self.home, ignore_errors=True)

    def describe(self) -> str:
        """What a failure's reader wants to see."""
        log = self.folder / "log" / "slurmctld.log"
        tail = log.read_text(errors="replace").splitlines()[-30:] if log.exists() else []
        parts = [self.devcluster("status").stdout, self.run(["squeue", "-r"]).stdout, *tail]
        return "\n".join(parts)

    def devcluster(self, *arguments: str) -> Finished:
        # The output goes to files: daemons that inherit a pipe would keep it open.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            command = [str(DEVCLUSTER), "--dir", str(self.folder), *arguments]
            code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                  timeout=900, check=False).returncode
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
        return Finished(command, code, *texts)

    def lose(self, node: str) -> None:
        """Everything on the node dies at once."""
        self.devcluster("lose", node).expect(0)

    def partition(self, node: str) -> None:
        """The node lives on, but nobody reaches it."""
        self.devcluster("partition", node).expect(0)

    def heal(self, node: str) -> None:
        """Undoes both; returns when Slurm uses the node again."""
        with orphans_leave:
            self.devcluster("heal", node).expect(0)

    def stop(self, *daemon: str, kill: bool = False) -> None:
        """Ends "slurmctld", "slurmdbd", "mariadbd" or ("slurmd", node), and nothing else."""
        self.devcluster("stop", *(["--kill"] if kill else []), *daemon).expect(0)

    def restart(self, *daemon: str) -> None:
        """As stop(), but the daemon serves again."""
        with orphans_leave:
            self.devcluster("restart", *daemon).expect(0)

    def run(self, command: CommandLine, timeout: float = 120.0, user: str | None = None,
            folder: Path | None = None, env: dict[str, str] | None = None) -> Finished:
        """Runs a command that sees this cluster, in `shared` unless told otherwise."""
        options = {}
        if user is not None:  # that user's group, too, and no other
            options = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
        try:
            done = subprocess.run(command, cwd=folder or self.shared, env=self.env | (env or {}),
                                  timeout=timeout, stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, errors="replace", check=False, **options)
        except subprocess.TimeoutExpired as late:
            raise Failure(f"{command}: no end after {timeout} s") from late
        return Finished(command, done.returncode, done.stdout, done.stderr)

    def ask(self, command: CommandLine) -> Finished:
        """As run(), of one of Slurm's programs: again while the controller is too busy to answer."""
        end = time.monotonic() + 60
        while (done := self.run(command)).code != 0 and time.monotonic() < end:
            if not any(words in done.stderr for words in NO_ANSWER):
                break
            time.sleep(LOOK_AT_SLURM)
        return done

    def sbatch(self, *arguments: str, **options) -> str:
        """Submits and returns the job id. Options are those of run()."""
        done = self.run(["sbatch", "--parsable", *arguments], **options).expect(0)
        return done.stdout.strip().partition(";")[0]

    def squeue(self, job: str = "") -> dict[str, str]:
        """State by job or array task ("7", "8_0"), of one job or all that are still queued."""
        chosen = ["-j", job] if job else []
        done = self.ask(["squeue", "-h", "-r", "-t", "all", "-o", "%i %T", *chosen])
        if done.code != 0 and "Invalid job id" in done.stderr:
            return {}  # purged
        lines = [line.split() for line in done.expect(0).stdout.splitlines()]
        ended = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "PREEMPTED",
                 "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE")
        return {name: state for name, state in lines if state not in ended}

    def reason(self, job: str) -> str:
        """Why it is pending, in Slurm's words."""
        return self.run(["squeue", "-h", "-r", "-j", job, "-o", "%r"]).stdout.strip()

    def sacct(self, job: str, fields: str = "JobID,State,ExitCode") -> list[dict[str, str]]:
        """One row for each start of each task, oldest first. Records come seconds late: wait."""
        done = self.ask(["sacct", "-n", "-P", "-X", "-D", "-j", job, "-o", fields]).expect(0)
        names = fields.split(",")
        return [dict(zip(names, line.split("|"))) for line in done.stdout.splitlines()]

    def wait_for(self, predicate: Callable[[], Value], what: str, pause: float = 0.2) -> Value:
        """Returns the first true value. A Failure says what was waited for in vain."""
        end = time.monotonic() + PATIENCE
        while not (value := predicate()):
            check(time.monotonic() < end, f"not within {PATIENCE} s: {what}")
            time.sleep(pause)
        return value

    def wait_for_end(self, job: str) -> None:
        """Returns when neither the job nor any task of it is queued or running."""
        self.wait_for(lambda: not self.squeue(job), f"the end of job {job}", LOOK_AT_SLURM)

    def save_state(self) -> None:
        """Returns when the controller has on disk what it knows now: the newest jobs, too."""
        saved = self.folder / "state" / "job_state"

        def version() -> tuple[int, int] | None:
            with contextlib.suppress(FileNotFoundError):
                status = saved.stat()
                return status.st_ino, status.st_mtime_ns
            return None
        for _ in range(2):  # one that was begun before may be the first to come
            before = version()
            job = self.sbatch("--hold", "-o", "/dev/null", "--wrap", "true")  # it saves changes only
            self.ask(["scancel", job]).expect(0)
            self.wait_for(lambda old=before: version() not in (None, old), "a saved state")


@contextlib.contextmanager
def disk_in_memory(at: Path, mebibytes: int) -> Iterator[None]:
    """Mounted before a cluster comes up: its nodes see only what is there by then."""
    at.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0755", "tally-slurm", str(at)]
    mounted = subprocess.run(line, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        raise Skipped(f"cannot mount a tmpfs: {mounted.stderr.strip()}")
    guard = Guard('umount --lazy "$1"', str(at))
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)
        guard.dismiss()
