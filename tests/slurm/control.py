"""What the launcher says to Slurm: limits, refusals, lost answers, and daemons that are away."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import threading
from collections import Counter
from collections.abc import Iterator

from scenario import LOAD, PATIENT, Act, Options, Scene, in_memory, one_node, perform, perform_all, \
    set_stage, until_two_run
from cluster import LOOK_AT_SLURM, PATIENCE, Cluster
from harness import Context, Finished, check, main
from shards import coverage, shards_of

NOTHING: Options = ["--time=10"]
CONFIG = 78
UNAVAILABLE = 69
USAGE = 64
AWAY = "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)"


def launch(scene: Scene, resources: dict, options: Options = NOTHING, env: dict | None = None,
           hook: str = "", **slurm) -> Finished:
    """A launch whose end the caller judges. `env`: more environment."""
    config = scene.config(options, hook, 3, resources, **slurm)
    epoch = scene.stage.context.programs.env["SOURCE_DATE_EPOCH"]
    line = [str(scene.stage.programs / "tally"), "launch", str(config), "--on", "slurm", "--json"]
    return scene.cluster.run(line, env={"SOURCE_DATE_EPOCH": epoch} | (env or {}),
                             folder=scene.folder, timeout=PATIENCE)


def remember(scene: Scene, done: Finished) -> list[str]:
    """The jobs of a launch that was taken; the last is the aggregate."""
    jobs = json.loads(done.expect(0).stdout)["jobs"]
    scene.arrays += jobs[:-1]
    scene.aggregates.append(jobs[-1])
    return jobs


def status(scene: Scene) -> dict:
    return json.loads(scene.tally("status", str(scene.run), "--json").expect(0).stdout)


PROGRAMS = ("sbatch", "squeue", "sacct", "scontrol", "sacctmgr", "scancel")


class Wrapped:
    """Programs of Slurm that note each call, or do something else first. Put before PATH."""

    def __init__(self, scene: Scene, folder: str = "wrapped", **scripts: str) -> None:
        self.folder = scene.folder / folder
        self.folder.mkdir()
        for name in PROGRAMS:
            real = shutil.which(name)
            script = self.folder / name
            more = scripts.get(name, "").replace("REAL", str(real))
            script.write_text(f"#!/bin/sh\necho {name} >>'{self.folder}/calls'\n{more}\n"
                              f"exec {real} \"$@\"\n", encoding="utf-8")
            script.chmod(0o755)
        self.env = {"PATH": f"{self.folder}:{os.environ['PATH']}"}

    def calls(self) -> dict[str, int]:
        """How often each was called since the last time."""
        path = self.folder / "calls"
        names = path.read_text(encoding="utf-8").split() if path.exists() else []
        path.unlink(missing_ok=True)
        return {name: names.count(name) for name in set(names)}


def start_again(scene: Scene, task: str) -> None:
    """Stops the slow first start of an element. A controller just back may lose the signal."""
    def restarted() -> bool:
        scene.cluster.run(["scancel", "--batch", "--signal=USR1", task])
        return scene.job(task).restarts > 0 or scene.job(task).ended
    scene.cluster.wait_for(restarted, f"{task} is stopped", LOOK_AT_SLURM)


@contextlib.contextmanager
def outage(scene: Scene) -> Iterator[dict[str, str]]:
    """The controller is dead until one of Slurm's programs, of what runs in this environment, met that."""
    met = scene.folder / "met"
    note = f"""REAL "$@"; code=$?; [ $code = 0 ] || : >'{met}'; exit $code"""
    wrapped = Wrapped(scene, **{name: note for name in PROGRAMS})
    scene.cluster.save_state()  # or jobs that are forgotten, or whose end is, keep nodes busy for minutes
    scene.cluster.stop("slurmctld", kill=True)

    def end() -> None:
        try:
            scene.cluster.wait_for(met.exists, "somebody misses the controller")
        finally:
            scene.cluster.restart("slurmctld")
    thread = threading.Thread(target=end)
    thread.start()
    try:
        yield wrapped.env
    finally:
        met.touch()
        thread.join()


def throttles(scene: Scene) -> list[str]:
    """How many tasks of each array Slurm lets run at once."""
    shown = (scene.stage.slurm("scontrol", "show", "job", job) for job in scene.arrays)
    return [",".join(sorted(set(re.findall(r"ArrayTaskThrottle=(\d+)", each)))) for each in shown]


def more_elements_than_an_array_may_have(scene: Scene) -> None:
    jobs = remember(scene, launch(scene, {"elements": 25, "max_running": 7, "ranks": 1}))
    check(len(jobs) == 4, f"found jobs {jobs}, expected three arrays and an aggregate")
    check(throttles(scene) == ["3", "2", "2"], f"throttles {throttles(scene)}, expected 7 in all")
    scene.expect_complete()
    elements = status(scene)["elements"]
    check(len(elements) == 25 and all(each["state"] == "done" for each in elements), f"{elements}")

    def arrays() -> set[str]:  # accounting's words come seconds late
        jobs = [each.get("job", "") for each in status(scene)["elements"]]
        return {job.partition("_")[0] for job in jobs}
    scene.cluster.wait_for(lambda: arrays() == set(scene.arrays), "each element's job",
                           LOOK_AT_SLURM)


def more_arrays_than_may_run_wait_for_one_another(scene: Scene) -> None:
    seen, pause = until_two_run(scene)
    remember(scene, launch(scene, {"elements": 6, "max_running": 2, "ranks": 1}, hook=pause,
                           max_array=2))
    first, _, last = scene.arrays
    check(throttles(scene) == ["1", "1", "1"], f"throttles {throttles(scene)}, expected 1 each")
    waits = scene.stage.slurm("scontrol", "show", "job", last)
    check(f"Dependency=afterany:{first}_*" in waits, waits)
    most = 0

    def ended() -> bool:
        nonlocal most
        states: dict[str, list[str]] = {array: [] for array in scene.arrays}
        for job in scene.stage.jobs(*scene.arrays):  # at one moment
            states[job.name.partition("_")[0]].append(job.state)
        most = max(most, sum(each.count("RUNNING") for each in states.values()))
        check(most <= 2, f"{states} at once")
        check(set(states[last]) == {"PENDING"} or set(states[first]) == {"COMPLETED"},
              f"the last array did not wait for the first: {states}")
        if most == 2:
            seen.touch()
        return scene.job(scene.aggregates[0]).ended
    scene.cluster.wait_for(ended, "the end of all arrays", LOOK_AT_SLURM)
    check(most == 2, f"at most {most} elements ran at once")
    scene.expect_complete()


def thousand_elements_take_a_call_for_each_array(scene: Scene) -> None:
    wrapped = Wrapped(scene)
    done = launch(scene, {"elements": 1000, "ranks": 1}, ["--hold"], env=wrapped.env)
    jobs = json.loads(done.expect(UNAVAILABLE).stdout)["jobs"]  # held: said to wait for ever
    check(len(jobs) == 92, f"{len(jobs)} jobs, expected 1000 / 11 arrays and an aggregate")
    calls = wrapped.calls()
    retries = done.stderr.count("trying again")  # on a busy machine
    check(94 <= calls["sbatch"] <= 94 + retries, f"{calls}")  # and two tests
    check(sum(calls.values()) <= 96 + 2 * retries, f"{calls}")
    tasks = len(scene.stage.slurm("squeue", "-h", "-r", "-j", ",".join(jobs[:-1])).splitlines())
    check(tasks == 1000, f"{tasks} tasks are queued")
    scene.tally("cancel", str(scene.run)).expect(0)


def refusals_write_nothing(scene: Scene) -> None:
    refused = {"partition": "nowhere", "account": "nobody's", "qos": "none", "reservation": "later",
               "constraint": "no such feature"}
    for key, value in refused.items():
        done = launch(scene, {"elements": 2}, **{key: value}).expect(CONFIG)
        check("slurm: found a refusal (" in done.stderr, f"{key}: {done.stderr}")
        check(not scene.run.exists(), f"{key}: a run directory was made")


def job_that_can_never_start_is_said_so(scene: Scene) -> None:
    done = launch(scene, {"elements": 2}, ["--time=600"], partition="short")
    done.expect(UNAVAILABLE)
    check("it waits for ever: Partition" in done.stderr, done.stderr)
    state = status(scene)
    check(any("it waits for ever" in note for note in state["notes"]), f"{state['notes']}")
    check(state["queued"] and not state["running"], f"{state}")
    scene.tally("cancel", str(scene.run)).expect(0)
    scene.cluster.wait_for(lambda: not status(scene)["queued"], "the queue to be empty", LOOK_AT_SLURM)
    done = scene.tally("resume", str(scene.run), "--json", "-O", "slurm.partition=debug",
                       "-O", "slurm.extra=[--time=10]")
    remember(scene, done)
    scene.expect_complete()


def a_users_own_limit_makes_fewer_elements(scene: Scene) -> None:
    scene.stage.slurm("sacctmgr", "-i", "modify", "user", "root", "set", "MaxSubmitJobs=6")
    try:
        scene.cluster.wait_for(lambda: scene.cluster.ask(
            ["sbatch", "--test-only", "--array=0-9", "--wrap=true"]).code != 0, "the limit", LOOK_AT_SLURM)
        done = launch(scene, {"elements": 50, "ranks": 1})
        remember(scene, done)
        check("5 elements instead of 50" in done.stderr, done.stderr)
        scene.expect_complete()
    finally:
        scene.stage.slurm("sacctmgr", "-i", "modify", "user", "root", "set", "MaxSubmitJobs=-1")


def lost_answer_does_not_queue_twice(scene: Scene) -> None:
    # The job is taken, and the answer says that nobody was there: once for each call by name.
    lose = (f"case \"$*\" in *--test-only*) ;; *) [ -e '{scene.folder}/lost' ] || {{ : >'{scene.folder}/lost';"
            f" REAL \"$@\" >/dev/null; echo '{AWAY}' >&2; exit 1; }} ;; esac")
    wrapped = Wrapped(scene, sbatch=lose)
    done = launch(scene, {"elements": 2}, env=wrapped.env)
    remember(scene, done)
    retries = done.stderr.count("trying again")  # one is for the answer that was lost
    check(retries > 0, done.stderr)
    check(4 <= wrapped.calls()["sbatch"] <= 3 + retries, "not two tests, one array, one aggregate")
    token = scene.stage.slurm("squeue", "-h", "-t", "all", "-j", scene.aggregates[-1], "-o", "%j").split(".")[-1]
    queue = scene.stage.slurm("squeue", "-h", "-t", "all", "-o", "%F %j").split("\n")
    arrays = {line.split()[0] for line in queue if line.strip().endswith(f".o0.{token.strip()}")}
    check(arrays == set(scene.arrays), f"found arrays {arrays}, expected {scene.arrays}")
    scene.expect_complete()


def launch_waits_for_the_controller(scene: Scene) -> None:
    with outage(scene) as env:
        done = launch(scene, {"elements": 2}, env=env)
    remember(scene, done)
    check("trying again" in done.stderr, done.stderr)
    scene.expect_complete()


def status_and_resume_outlive_the_controller(scene: Scene) -> None:
    scene.slow_seconds = 2.0
    scene.submit(one_node("n1"))
    scene.working(0)
    scene.cluster.wait_for(lambda: status(scene)["elements"][0].get("scheduler") == "RUNNING",
                           "Slurm's word for element 0", LOOK_AT_SLURM)
    with outage(scene) as env:
        state = status(scene)
        check(any("no answer from Slurm" in note for note in state["notes"]), f"{state['notes']}")
        check(state["elements"][0]["state"] == "running", "its own heartbeat says that it runs")
        refused = scene.tally("resume", str(scene.run), env=env).expect(USAGE)
    check("in Slurm's queue" in refused.stderr, refused.stderr)
    start_again(scene, scene.task(0))
    scene.expect_complete()


def resume_is_queued_across_an_outage(scene: Scene) -> None:
    scene.slow_seconds = 1.0
    scene.submit(one_node("n1"))
    scene.working(0)
    scene.tally("cancel", str(scene.run)).expect(0)
    scene.cluster.wait_for(lambda: not status(scene)["running"], "nothing runs", LOOK_AT_SLURM)
    held = coverage(shards_of(scene.run))
    check(0 < len(held) < LOAD.items, f"{len(held)} items before the outage")
    scene.slow_seconds = 0.0
    scene.hook("")
    with outage(scene) as env:
        during = status(scene)
        check(any("no answer from Slurm" in note for note in during["notes"]), f"{during['notes']}")
        check(during["recorded"] == len(held), f"{during['recorded']} recorded, expected {len(held)}")
        line = ("resume", str(scene.run), "--force", "--json")  # forced: of a heartbeat of 30 s
        done = scene.tally(*line, env=env)
    scene.submitted(done)
    check("Unable to contact slurm controller" in done.stderr and "trying again" in done.stderr,
          done.stderr)
    scene.expect_complete()


def controller_dies_at_each_step_of_a_launch(scene: Scene) -> None:
    # Before the array, and again between array and aggregate: sbatch itself meets a dead controller.
    folder = scene.folder
    wait = f"""case "$*" in
  *--test-only*) exec REAL "$@" ;;
  *.aggregate.*) step='{folder}/aggregate' ;;
  *) step='{folder}/array' ;;
esac
: >"$step.asked"
until [ -e "$step.gone" ]; do sleep 0.1; done
REAL "$@" && exit 0
: >"$step.failed"
exit 1
"""
    wrapped = Wrapped(scene, sbatch=wait)
    scene.cluster.save_state()

    def without_controller(step: str, kill: bool) -> None:
        scene.cluster.wait_for((folder / f"{step}.asked").exists, f"sbatch of the {step}")
        scene.cluster.stop("slurmctld", kill=kill)
        (folder / f"{step}.gone").touch()
        try:
            scene.cluster.wait_for((folder / f"{step}.failed").exists, f"no sbatch of the {step}")
        finally:
            scene.cluster.restart("slurmctld")

    def both() -> None:
        without_controller("array", kill=True)
        without_controller("aggregate", kill=False)  # killed so soon, it would forget the array
    thread = threading.Thread(target=both)
    thread.start()
    done = launch(scene, {"elements": 2}, env=wrapped.env)
    thread.join()
    jobs = remember(scene, done)
    check(all((folder / f"{step}.failed").exists() for step in ("array", "aggregate")),
          "a controller did not die in time")
    check(done.stderr.count("Unable to contact slurm controller") >= 2, done.stderr)
    check(wrapped.calls()["sbatch"] >= 6, "expected two tests, and two calls for each job at least")
    scene.expect_complete()
    names = scene.stage.slurm("squeue", "-h", "-t", "all", "-o", "%F %j").splitlines()
    token = next(line for line in names if line.startswith(f"{jobs[1]} ")).rpartition(".")[2]
    found = {line.split()[0] for line in names if line.endswith(f".{token}")}
    check(found == set(jobs), f"found jobs {found}, expected {jobs}")


def accounting_may_be_away(scene: Scene) -> None:
    scene.cluster.stop("slurmdbd")
    try:
        remember(scene, launch(scene, {"elements": 2}))
        scene.expect_complete()
        state = status(scene)
        check(state["complete"] and all(each["state"] == "done" for each in state["elements"]),
              f"{state}")
    finally:
        scene.cluster.restart("slurmdbd")


def two_writers_of_one_item_are_one_result(scene: Scene) -> None:
    scene.slow_seconds = 1.0
    scene.submit(one_node("n1"))
    scene.working(0)
    scene.tally("resume", str(scene.run)).expect(USAGE)
    done = scene.tally("resume", str(scene.run), "--force", "--json", "--elements", "3",
                       "-O", "slurm.extra=[--time=10]")
    remember(scene, done)
    scene.expect_end_without_gap()
    start_again(scene, f"{scene.arrays[0]}_0")
    scene.wait_for_end(scene.aggregates[0])  # before the results are looked at: it replaces them
    scene.tally("resume", str(scene.run), "--on", "local").expect(0)
    scene.check_bytes()


def cancelled_run_goes_on_here(scene: Scene) -> None:
    scene.slow_seconds = 1.0
    scene.submit(one_node("n2"))
    scene.working(0)
    check(scene.tally("cancel", str(scene.run)).expect(0).stdout.strip() == "ended", "not ended")
    scene.cluster.wait_for(lambda: not status(scene)["running"], "nothing runs", LOOK_AT_SLURM)
    check(not (scene.run / "results" / "current").exists(), "the aggregate was to be cancelled, too")

    def words() -> set[str]:  # accounting's come seconds late
        return {each.get("scheduler", "").split(" ")[0] for each in status(scene)["elements"]}
    scene.cluster.wait_for(lambda: "CANCELLED" in words(), "Slurm's word for the cancel", LOOK_AT_SLURM)
    done = scene.cluster.wait_for(
        lambda: (said := scene.tally("resume", str(scene.run), "--on", "local")).code != USAGE and said,
        "resume is no longer refused", LOOK_AT_SLURM)
    done.expect(0)
    scene.check_bytes()


def thousand_elements_take_few_calls(scene: Scene) -> None:
    wrapped = Wrapped(scene)
    done = launch(scene, {"elements": 1000, "ranks": 1}, ["--hold"], env=wrapped.env)
    jobs = json.loads(done.expect(UNAVAILABLE).stdout)["jobs"]  # held: said to wait for ever
    check(len(jobs) == 2, f"{jobs}")
    calls = wrapped.calls()
    retries = done.stderr.count("trying again")  # on a busy machine
    check(4 <= calls["sbatch"] <= 4 + retries, f"{calls}")  # two tests, the array, the aggregate
    check(sum(calls.values()) <= 6 + 2 * retries, f"{calls}")
    line = [str(scene.stage.programs / "tally"), "status", str(scene.run), "--json"]
    shown = json.loads(scene.cluster.run(line, env=wrapped.env).expect(0).stdout)
    check([each["state"] for each in shown["elements"]] == ["waiting"] * 1000, "expected 1000 waiting")
    check(shown["elements"][999]["job"] == f"{jobs[0]}_999", f"{shown['elements'][999]}")
    check(wrapped.calls() == {"squeue": 1, "sacct": 1}, "expected one call of squeue and of sacct")
    scene.stage.slurm("scontrol", "release", jobs[0])

    def committed() -> set[str]:
        return {path.name.split("-")[0] for path in (scene.run / "shards").iterdir()}
    scene.cluster.wait_for(lambda: len(committed()) >= 30, "30 elements commit")
    again = Wrapped(scene, "again")  # the tasks have the first ones in their PATH
    shown = json.loads(scene.cluster.run(line, env=again.env).expect(0).stdout)
    check(again.calls() == {"squeue": 1, "sacct": 1}, "expected one call of squeue and of sacct")
    states = Counter(each["state"] for each in shown["elements"])
    check(states["done"] >= 20 and states["waiting"] >= 500, f"{states}")
    check(shown["shards"] >= 30 and sum("host" in each for each in shown["elements"]) >= 30,
          f"{shown['shards']} shards")
    scene.tally("cancel", str(scene.run)).expect(0)
    check(30 <= len(committed()) < 1000, f"{len(committed())} elements have committed")


def perform_each(context: Context, cluster: Cluster, acts: list[Act]) -> None:
    """One after another: what one act does to the daemons concerns all."""
    stage = set_stage(context, cluster)
    problems = [each for act in acts if (each := perform(stage, act))]
    check(not problems, f"{len(problems)} of {len(acts)} acts failed")


@in_memory
def test(context: Context) -> None:
    with Cluster(nodes=2, max_array_size=11, extra=PATIENT) as cluster:
        perform_all(set_stage(context, cluster), [
            more_elements_than_an_array_may_have, more_arrays_than_may_run_wait_for_one_another,
            thousand_elements_take_a_call_for_each_array])
    shutil.rmtree(context.scratch / "whole")
    # While it is away, programs of Slurm try for as long as they would wait for its answer.
    with Cluster(nodes=2, extra=PATIENT.replace("MessageTimeout=30", "MessageTimeout=10")) as cluster:
        perform_each(context, cluster, [
            refusals_write_nothing, job_that_can_never_start_is_said_so,
            a_users_own_limit_makes_fewer_elements, lost_answer_does_not_queue_twice,
            launch_waits_for_the_controller, status_and_resume_outlive_the_controller,
            resume_is_queued_across_an_outage, controller_dies_at_each_step_of_a_launch,
            accounting_may_be_away, two_writers_of_one_item_are_one_result,
            cancelled_run_goes_on_here, thousand_elements_take_few_calls])


if __name__ == "__main__":
    main(test)
