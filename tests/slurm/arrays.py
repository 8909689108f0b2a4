"""Arrays, and what people and sites do to them: throttles, cancels, copies, names, full disks."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path

from scenario import LOAD, PATIENT, Scene, in_memory, one_node, perform_all, set_stage, until_two_run
from cluster import LOOK_AT_SLURM, Cluster, disk_in_memory
from harness import Context, check, main
from shards import coverage, shards_of

NAME = "it's a \"$(touch gone)\" `touch gone` %A %% $HOME ü & ;x"
DISK_MIB = 32
IO_ERROR = 74


def no_more_run_at_once_than_permitted(scene: Scene) -> None:
    seen, pause = until_two_run(scene)
    options = ["--nodelist=n1,n2", "--ntasks-per-node=1", "--time=10", "--export=NONE"]
    scene.submit(options, hook=pause, resources={"elements": 6, "max_running": 2}, nodes=2)
    most = 0

    def ended() -> bool:
        nonlocal most
        aggregate = scene.job(scene.aggregates[0])  # first: an element may end between the two
        states = [job.state for job in scene.stage.jobs(scene.arrays[0])]
        most = max(most, states.count("RUNNING"))
        check(most <= 2, f"{states} at once")
        if most == 2:
            seen.touch()
        check(aggregate.state == "PENDING" or all(state == "COMPLETED" for state in states),
              f"the aggregate is {aggregate.state} while elements are {states}")
        return aggregate.ended
    scene.cluster.wait_for(ended, "the end of the array", LOOK_AT_SLURM)
    check(most == 2, f"at most {most} elements ran at once")
    scene.expect_complete()
    scene.check_log(5, "on n[1-2], 2 ranks, mpi pmix", ": done")


def element_that_fails_for_good_leaves_a_gap(scene: Scene) -> None:
    scene.submit(one_node("n3"), hook="((element == 0)) || container=(sh -c 'exit 65' sh)")
    scene.expect_gap()
    failed = scene.job(scene.task(1))
    check((failed.state, failed.exit_code, failed.restarts) == ("FAILED", 65, 0), f"{failed}")
    check(scene.job(scene.task(0)).state == "COMPLETED", "the other element did not do its part")
    scene.resume()


def attempts_are_bounded(scene: Scene) -> None:
    scene.submit(one_node("n3"), hook="((element > 0)) || container=(sh -c 'exit 69' sh)",
                 attempts=2)
    scene.expect_gap()
    failed = scene.job(scene.task(0))
    check((failed.exit_code, failed.restarts) == (69, 1), f"{failed}")
    scene.check_log(0, "that was the last of 2 attempts; tally resume ")
    scene.resume()


def only_the_element_itself_is_queued_again(scene: Scene) -> None:
    # The task that starts last has the job id of the whole array.
    scene.submit(one_node("n3"),
                 hook="((element == 0 || attempt > 1)) || container=(sh -c 'exit 75' sh)")
    scene.expect_complete()
    restarts = [scene.job(scene.task(element)).restarts for element in (0, 1)]
    check(restarts == [0, 1], f"restarts are {restarts}")


def exit_0_is_not_believed(scene: Scene) -> None:
    scene.submit(one_node("n5"), hook="((element > 0 || attempt > 1)) || container=(true)")
    scene.expect_complete()
    scene.check_log(0, "the ranks ended with 0", "4000 of 4000 items are left", "attempt 2: done")


def without_requeue_resume_does_the_rest(scene: Scene) -> None:
    scene.slow_seconds = 1.0
    scene.submit(one_node("n4"), requeue=False)
    scene.working(0)
    scene.stage.slurm("scancel", "--batch", "--signal=USR1", scene.task(0))
    scene.expect_gap()
    failed = scene.job(scene.task(0))
    check((failed.exit_code, failed.restarts) == (75, 0), f"{failed}")
    scene.resume()


def what_is_wrong_with_all_ends_all(scene: Scene) -> None:
    scene.submit(one_node("n4"), hook="((element > 0)) || exit 78",
                 resources={"elements": 4, "max_running": 1})
    scene.expect_gap()
    states = {job.name: job.state for job in scene.stage.jobs(scene.arrays[0])}
    check(states.pop(scene.task(0)) == "FAILED", f"{states}")
    check(set(states.values()) == {"CANCELLED"}, f"{states}")
    check(not shards_of(scene.run), "an element ran")
    scene.resume()


def edited_copies_are_used(scene: Scene) -> None:
    def edit(name: str, before: str, say: str) -> Path:
        """A copy that says something before a certain line."""
        text = (scene.stage.scripts / name).read_text(encoding="utf-8")
        edited = text.replace(f"\n{before}\n",
                              f"\n{say} \"our site says hello to $SITE\"\n{before}\n", 1)
        check(edited != text, f"the edit of {name} found no place")
        (scene.folder / name).write_text(edited, encoding="utf-8")
        return scene.folder / name
    script = edit("array.sbatch", '"${tally[@]}" verify "$run_dir" --element "$element"', "log")
    aggregate = edit("aggregate.sbatch", '"${aggregate[@]}" "$run_dir"', "echo")
    setup = scene.folder / "setup.sh"
    setup.write_text("cd /; export SITE=$unset_variable; SITE+=everybody\n", encoding="utf-8")
    tell = """container=(sh -c 'echo "$OMP_NUM_THREADS threads"; exec "$@"' sh)"""
    scene.submit(one_node("n5"), hook=tell, script=str(script), aggregate=str(aggregate),
                 setup=str(setup), srun=["--cpu-bind=none"])
    scene.expect_complete()
    scene.check_log(0, "our site says hello to everybody", "1: 2 threads", ": done")
    log = (scene.run / "logs" / f"{scene.aggregates[0]}.log").read_text(encoding="utf-8")
    check(log.count("our site says hello to everybody\n") == 1, f"log of the aggregate: {log[-300:]}")


def names_are_never_executed(scene: Scene) -> None:
    scene.folder = scene.folder / NAME
    scene.folder.mkdir()
    setup = scene.folder / "set up.sh"
    setup.write_text("echo the set-up was found\n", encoding="utf-8")
    scene.submit(one_node("n5"), setup=str(setup))
    scene.expect_complete()
    scene.check_log(0, "the set-up was found", ": done")
    scene.submit_by_hand(one_node("n5", "--ntasks=2"))
    scene.expect_complete()
    scene.check_log(1, "attempt 1: nothing to do")
    found = [path for place in (scene.folder, scene.run, scene.cluster.shared)
             for path in place.glob("gone")]
    check(not found, f"a name was executed: {found}")


def ranks_start_under_mpirun_where_srun_has_no_pmix(scene: Scene) -> None:
    setup = scene.folder / "setup.sh"
    setup.write_text("srun() { if [[ $1 == --mpi=list ]]; then echo none pmi2; fi; }\n"
                     "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1\n"
                     "export OMPI_MCA_rmaps_base_oversubscribe=1\n", encoding="utf-8")
    scene.slow_seconds = 1.0
    scene.submit(one_node("n6"), setup=str(setup))
    scene.working(0)
    scene.stage.slurm("scancel", "--batch", "--signal=USR1", scene.task(0))
    scene.expect_complete()
    scene.check_log(0, "2 ranks, mpi mpirun", "SIGUSR1: stopping", "attempt 2: done")


def mpirun_starts_ranks_on_two_nodes(scene: Scene) -> None:
    setup = scene.folder / "setup.sh"
    setup.write_text("export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1\n",
                     encoding="utf-8")
    tell = "container=(sh -c 'echo \"rank on $SLURMD_NODENAME\"; exec \"$@\"' sh)"
    scene.submit(["--nodelist=n1,n2", "--ntasks-per-node=1", "--time=10"], hook=tell,
                 setup=str(setup), mpi="mpirun", nodes=2)
    scene.expect_complete()
    scene.check_log(0, "2 ranks, mpi mpirun", "rank on n1\n", "rank on n2\n", ": done")


def cancelled_element_stays_cancelled(scene: Scene) -> None:
    scene.slow_seconds = 1.0
    scene.submit(one_node("n7"))
    scene.working(0)
    held = coverage(shards_of(scene.run))
    scene.stage.slurm("scancel", scene.task(0))
    scene.expect_gap()
    cancelled = scene.job(scene.task(0))
    check((cancelled.state, cancelled.restarts) == ("CANCELLED", 0), f"{cancelled}")
    scene.check_log(0, ": stopping")  # of USR1 or TERM: whichever is first
    check(coverage(shards_of(scene.run)) > held, "nothing was committed after the cancel")
    scene.resume()


def cancelled_array_is_reported_and_resumed(scene: Scene) -> None:
    scene.slow_seconds = 1.0
    scene.submit(one_node("n8"), resources={"max_running": 1})
    scene.working(0)
    scene.stage.slurm("scancel", scene.arrays[0])
    scene.expect_gap()
    states = {job.state for job in scene.stage.jobs(scene.arrays[0])}
    check(states == {"CANCELLED"}, f"{states}")
    scene.resume()


def cancelled_aggregate_can_be_had_later(scene: Scene) -> None:
    scene.slow_seconds = 0.2
    scene.submit(one_node("n9"))
    scene.stage.slurm("scancel", scene.aggregates[0])
    scene.cluster.wait_for_end(scene.arrays[0])
    check(not (scene.run / "results" / "current").exists(), "there are results of no aggregate")
    scene.tally("resume", str(scene.run)).expect(0)
    scene.check_bytes()


def full_disk_is_an_error_until_there_is_space(scene: Scene) -> None:
    scene.folder = scene.stage.context.scratch / "disk" / "full"
    scene.folder.mkdir()
    scene.slow_seconds = 1.0
    scene.submit(one_node("n10"), attempts=2, resources={"max_running": 1})
    scene.working(0)
    filler = scene.folder / "filler"
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    scene.wait_for_end(scene.aggregates[0])
    failed = scene.job(scene.task(0))  # its log cannot be written either
    check((failed.exit_code, failed.restarts) == (IO_ERROR, 1), f"{failed}")
    filler.unlink()
    scene.resume()


def remount(at: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(at)], check=True)


def read_only_run_directory_is_refused(scene: Scene) -> None:
    disk = scene.stage.context.scratch / "locked"
    scene.folder = disk / "run"
    scene.folder.mkdir()
    scene.submit(one_node("n11", "--begin=now+600"))
    remount(disk, "ro")
    scene.begin_now()
    scene.wait_for_end(scene.aggregates[0])
    jobs = scene.stage.jobs(scene.arrays[0], scene.aggregates[0])
    # Slurm cannot even make the log: no script of ours runs.
    check({job.state for job in jobs} == {"FAILED"}, f"{jobs}")
    done = scene.tally("resume", str(scene.run)).expect(IO_ERROR)
    check("Read-only file system" in done.stderr, done.stderr)
    remount(disk, "rw")
    scene.resume("-O", f"slurm.extra={json.dumps(one_node('n11'))}")  # at once


@in_memory
def test(context: Context) -> None:
    context.say(f"  {LOAD.items} items a run")
    disks = (disk_in_memory(context.scratch / name, DISK_MIB) for name in ("disk", "locked"))
    with next(disks), next(disks), Cluster(nodes=11, extra=PATIENT + "KillWait=15\n") as cluster:
        perform_all(set_stage(context, cluster), [
            no_more_run_at_once_than_permitted, element_that_fails_for_good_leaves_a_gap,
            attempts_are_bounded, only_the_element_itself_is_queued_again, exit_0_is_not_believed,
            without_requeue_resume_does_the_rest, what_is_wrong_with_all_ends_all,
            edited_copies_are_used, names_are_never_executed,
            ranks_start_under_mpirun_where_srun_has_no_pmix, mpirun_starts_ranks_on_two_nodes,
            cancelled_element_stays_cancelled, cancelled_array_is_reported_and_resumed,
            cancelled_aggregate_can_be_had_later,
            full_disk_is_an_error_until_there_is_space, read_only_run_directory_is_refused])


if __name__ == "__main__":
    main(test)
