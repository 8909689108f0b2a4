"""What the Slurm tests share: one workload, scenes of it on nodes of their own, and their end.

A scene is one run directory, the array and the aggregate that were submitted for it, and what goes
wrong there. It ends when the run is complete, with the bytes of a run on this machine alone.
Scenes run side by side on one cluster: their items are slow, but only wait.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import functools
import json
import os
import re
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from cluster import LOOK_AT_SLURM, PATIENCE, Cluster, disk_in_memory  # first: it knows where the harness is
from harness import RUN_ID, Context, Finished, Geometry, Workload, check, index_bytes, run_in
from results import check_results
from shards import Items, coverage, parse_set, shards_of

Options = list[str]  # of sbatch, each one word
ELEMENTS = 2
LOAD = Workload(docs=100, repeats=(2,), temperatures=tuple(i / 100 for i in range(40)),
                interval_ms=200, records=5)
WORKER = "tally-worker"
USAGE = 64
INCOMPLETE = 75
ENDED = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL",
         "DEADLINE", "PREEMPTED"}

# Of a cluster, where no time-out is part of a scene: nothing is lost, and no job forgotten, on a busy machine.
PATIENT = "MessageTimeout=30\nSlurmdTimeout=60\nMinJobAge=3600\n"

# Every commit of element 0 waits, which makes items slow without work for the processor.
SLOW = """((element > 0 || attempt > {starts})) || container=(
  strace -DDD -f --seccomp-bpf -qqq -o /dev/null -e trace=renameat2
  -e "inject=renameat2:delay_enter={microseconds}")
"""


@dataclasses.dataclass(frozen=True)
class Job:
    """One row of squeue: an array task, or the aggregate."""

    name: str  # 12_3, or 15
    state: str
    exit_code: int  # negative: a signal
    restarts: int

    @property
    def ended(self) -> bool:
        return self.state in ENDED


@dataclasses.dataclass
class Stage:
    """What all scenes have in common."""

    context: Context
    cluster: Cluster
    inputs: Path  # docs and completions, where the configs lie, too
    index: bytes  # what every scene must end with

    @property
    def programs(self) -> Path:
        return Path(self.context.programs.tally).parent

    @property
    def scripts(self) -> Path:
        """Where users find array.sbatch and aggregate.sbatch."""
        return self.programs.parent / "share" / "tally" / "slurm"

    def slurm(self, *command: str) -> str:
        return self.cluster.ask(list(command)).expect(0).stdout

    def jobs(self, *ids: str) -> list[Job]:
        """Array tasks that never started are one row, as squeue has them."""
        fields = "JobArrayID:60,State:30,exit_code:20,RestartCnt:20"
        rows = self.slurm("squeue", "--noheader", "--states=all", f"--jobs={','.join(ids)}",
                          "-O", fields).splitlines()
        jobs = (row.split() for row in rows)
        return [Job(name, state, os.waitstatus_to_exitcode(int(status)), int(restarts))
                for name, state, status, restarts in jobs]


def environment(pid: int) -> dict[str, str]:
    with contextlib.suppress(OSError):
        entries = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
        return dict(entry.partition("=")[::2] for entry in entries if entry)
    return {}


@dataclasses.dataclass(frozen=True)
class Rank:
    pid: int
    element: int
    rank: int
    node: str

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)


@dataclasses.dataclass
class Scene:
    """One run directory and what was submitted for it."""

    stage: Stage
    name: str
    folder: Path  # of the scene; the run directory is below it
    arrays: list[str] = dataclasses.field(default_factory=list)
    aggregates: list[str] = dataclasses.field(default_factory=list)
    slow_seconds: float = 0.0  # that a commit of element 0 takes
    slow_starts: int = 1  # of element 0; later ones are fast
    user: str | None = None  # who types the commands, if not we
    run_id: str = RUN_ID

    @property
    def run(self) -> Path:
        return run_in(self.folder).with_name(self.run_id)

    @property
    def cluster(self) -> Cluster:
        return self.stage.cluster

    def hook(self, text: str) -> Path:
        """A container file: the scene's slowness, then `text`."""
        path = self.folder / "container.sh"
        slow = SLOW.format(microseconds=int(self.slow_seconds * 1e6), starts=self.slow_starts)
        path.write_text((slow if self.slow_seconds else "") + text, encoding="utf-8")
        return path

    def config(self, options: Options, hook: str, attempts: int, resources: dict, **slurm) -> Path:
        """A run.yaml beside the inputs. JSON is YAML."""
        slurm |= {"container": str(self.hook(hook)), "extra": options, "stop": "10s"}
        sections = {"resources": {"ranks": 2, "elements": ELEMENTS} | resources, "slurm": slurm,
                    "retry": {"attempts": attempts}}
        lines = [f"{key}: {json.dumps(section)}\n" for key, section in sections.items()]
        path = self.stage.inputs / f"{self.name}.yaml"
        path.write_text(LOAD.config().replace("resources: {ranks: 3}\n", "".join(lines)),
                        encoding="utf-8")
        return path

    def tally(self, *arguments: str, env: dict[str, str] | None = None) -> Finished:
        """The result depends on the clock of the planning unless told otherwise."""
        epoch = {"SOURCE_DATE_EPOCH": self.stage.context.programs.env["SOURCE_DATE_EPOCH"]}
        return self.cluster.run([str(self.stage.programs / "tally"), *arguments],
                                env=epoch | (env or {}), folder=self.folder, user=self.user,
                                timeout=300)

    def submitted(self, done: Finished) -> None:
        jobs = json.loads(done.expect(0).stdout)["jobs"]
        check(len(jobs) == 2, f"found jobs {jobs}, expected an array and an aggregate")
        self.arrays.append(jobs[0])
        self.aggregates.append(jobs[1])

    def submit(self, options: Options, hook: str = "", attempts: int = 3,
               resources: dict | None = None, **slurm) -> None:
        """Launches the run: an array and its aggregate. `slurm`: more keys of that section."""
        config = self.config(options, hook, attempts, resources or {}, **slurm)
        self.submitted(self.tally("launch", str(config), "--on", "slurm", "--json"))

    def resume(self, *more: str) -> None:
        """What was left is done, without any trouble."""
        self.slow_seconds = 0.0
        self.hook("")
        line = ("resume", str(self.run), "--json", *more)
        # A rank that could not say goodbye counts as living until its heartbeat is 30 s old.
        done = self.cluster.wait_for(lambda: (said := self.tally(*line)).code != USAGE and said,
                                     "resume is no longer refused", LOOK_AT_SLURM)
        self.submitted(done)
        self.expect_complete()

    def submit_by_hand(self, options: Options) -> None:
        """What a person types to start the newest submission's elements again."""
        logs = str(self.run / "logs").replace("%", "%%")
        array, aggregate = (str(self.stage.scripts / f"{name}.sbatch")
                            for name in ("array", "aggregate"))
        last = [str(self.run), "--bin", str(self.stage.programs)]
        tasks = [f"--array=0-{ELEMENTS - 1}", "-o", f"{logs}/%A_%a.log", *options]
        self.arrays.append(self.cluster.sbatch(*tasks, array, *last))
        after = [f"--dependency=afterany:{self.arrays[-1]}", "-o", f"{logs}/%j.log"]
        self.aggregates.append(self.cluster.sbatch(*after, aggregate, *last))

    def begin_now(self) -> None:
        """Of an array that was submitted to begin later."""
        self.stage.slurm("scontrol", "update", f"JobId={self.arrays[-1]}", "StartTime=now")

    def wait_for_end(self, job: str) -> Job:
        """Of an array task or the aggregate."""
        self.cluster.wait_for(lambda: self.job(job).ended, f"the end of {job}", LOOK_AT_SLURM)
        return self.job(job)

    def task(self, element: int) -> str:
        return f"{self.arrays[-1]}_{element}"

    def job(self, name: str) -> Job:
        found = [job for job in self.stage.jobs(name) if job.name == name]
        check(len(found) == 1, f"squeue shows {found} for {name}")
        return found[0]

    def ranks(self, element: int = 0) -> list[Rank]:
        """The living processes of an element, on whatever node."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                if not words[0].endswith(WORKER) or str(self.run) not in words:
                    continue
                if words[words.index("--element") + 1] == str(element):
                    around = environment(int(entry.name))
                    if not around:
                        continue  # it is just ending
                    found.append(Rank(int(entry.name), element, int(around.get("SLURM_PROCID", 0)),
                                      around.get("SLURMD_NODENAME", "")))
        return sorted(found, key=lambda rank: (rank.rank, rank.pid))

    def working(self, element: int = 0, ranks: int = 2) -> list[Rank]:
        """Waits until an element has so many ranks and all of them have committed something."""
        def committed() -> bool:
            names = {path.name.split("-a")[0] for path in (self.run / "shards").iterdir()}
            return len([name for name in names if name.startswith(f"e{element:05}-")]) >= ranks
        self.cluster.wait_for(committed, f"{ranks} ranks of {element} commit")
        found = self.ranks(element)
        check(len(found) == ranks, f"found {found}, expected {ranks} ranks")
        return found

    def log(self, element: int) -> str:
        return (self.run / "logs" / f"{self.task(element)}.log").read_text(errors="replace")

    def check_log(self, element: int, *texts: str) -> None:
        log = self.log(element)
        for text in texts:
            check(text in log, f"log of element {element}: no {text!r}")

    def uncounted(self) -> Items:
        """The ordinals that the newest aggregate's log says are missing."""
        log = (self.run / "logs" / f"{self.aggregates[-1]}.log").read_text(errors="replace")
        report = log[log.rindex(f"run {RUN_ID} "):]
        named = [parse_set(found) for found in re.findall(r"^  not counted: (.+)$", report, re.M)]
        missing = frozenset().union(*named)
        verdict = f"INCOMPLETE: {LOAD.items - len(missing)} of {LOAD.items} items are counted; " \
            f"{len(missing)} items without a record"
        check(verdict in report, f"log of the aggregate: no {verdict!r}\n{report[-300:]}")
        return missing

    def end(self) -> Job:
        """Waits for the aggregate, which waits for the array."""
        return self.wait_for_end(self.aggregates[-1])

    def expect_gap(self) -> None:
        """The aggregate says that something is missing, and its log says what."""
        ended = self.end()
        check(ended.exit_code == INCOMPLETE, f"aggregate: {ended}, expected exit 75")
        check_results(self.run)
        missing = frozenset(range(LOAD.items)) - coverage(shards_of(self.run))
        check(bool(missing), "every item is there, expected a gap")
        wrong = self.uncounted() ^ missing
        check(not wrong, f"{len(wrong)} ordinals are missing or named, not both: {sorted(wrong)[:9]}")

    def expect_end_without_gap(self) -> None:
        ended = self.end()
        check(ended.exit_code == 0 and ended.state == "COMPLETED", f"aggregate: {ended}")

    def expect_complete(self) -> None:
        self.expect_end_without_gap()
        self.check_bytes()

    def check_bytes(self) -> None:
        held = coverage(shards_of(self.run))
        check(len(held) == LOAD.items, f"{len(held)} of {LOAD.items} items are covered")
        check(check_results(self.run, self.stage.index), "there are no results")

    def story(self) -> str:
        """What a failure shows: the queue and the logs."""
        jobs = ",".join(self.arrays + self.aggregates)
        text = self.stage.slurm("squeue", "--states=all", f"--jobs={jobs}") if jobs else ""
        for path in sorted((self.run / "logs").glob("*.log")):
            most = 4000 if "_" in path.name else 300  # elements, aggregates
            text += f"--- {path.name}\n{path.read_text(errors='replace')[-most:]}\n"
        return text


def one_node(name: str, *more: str) -> Options:
    """Both ranks of an element on one node, and no room for another element there."""
    return [f"--nodelist={name}", "--nodes=1", "--cpus-per-task=2", "--time=10", *more]


def until_two_run(scene: Scene) -> tuple[Path, str]:
    """A file, and a hook that keeps elements running until it is there, and some time more."""
    seen = scene.folder / "seen"
    return seen, f"""container=(sh -c 'for i in $(seq 3000); do [ ! -e "{seen}" ] || break; sleep 0.2; done
      sleep 3; exec "$@"' sh)"""


Act = Callable[[Scene], None]


def in_memory(test: Callable[[Context], None]) -> Callable[[Context], None]:
    """Scenes commit some thousand times, and each commit is synced: not to a disk, please."""
    @functools.wraps(test)
    def with_scratch_in_memory(context: Context) -> None:
        if "--keep" in sys.argv:
            test(context)
            return
        memory = context.scratch / "memory"
        with disk_in_memory(memory, 2048):
            test(dataclasses.replace(context, scratch=memory))
    return with_scratch_in_memory


def set_stage(context: Context, cluster: Cluster) -> Stage:
    folder = context.folder("whole")
    line = context.programs.launch_line(LOAD.write(folder), Geometry(ELEMENTS, 2))
    context.programs.run(line, PATIENCE, folder).expect(0)
    return Stage(context, cluster, folder, index_bytes(run_in(folder)))


def perform(stage: Stage, act: Act) -> str:
    """Runs one act; returns what went wrong, or nothing."""
    began = time.monotonic()
    scene = Scene(stage, act.__name__, stage.context.folder(act.__name__))
    try:
        act(scene)
    except Exception:  # pylint: disable=broad-except  # one act must not hide the others' ends
        problem = f"{act.__name__}:\n{traceback.format_exc()}\n{scene.story()}"
        stage.context.say(f"  FAILED {act.__name__}\n{problem}")
        return problem
    stage.context.say(f"  {act.__name__}: {time.monotonic() - began:.0f} s")
    return ""


def perform_all(stage: Stage, acts: list[Act]) -> None:
    """All acts at once: each has nodes of its own."""
    with concurrent.futures.ThreadPoolExecutor(len(acts)) as pool:
        problems = [each for each in pool.map(lambda act: perform(stage, act), acts) if each]
    check(not problems, f"{len(problems)} of {len(acts)} acts failed")
