"""Ranks and starts that end badly: crashes, kills, no memory, no time, a job that matters more."""

from __future__ import annotations

import signal

from scenario import PATIENT, Scene, in_memory, one_node, perform_all, set_stage
from cluster import Cluster
from harness import Context, check, main
from shards import Items, coverage, shards_of


def held_by_element_0(scene: Scene) -> Items:
    return coverage([shard for shard in shards_of(scene.run) if shard.name.startswith("e00000-")])


def end_one_rank(scene: Scene, number: int, by: signal.Signals) -> None:
    """Returns when the other one is gone, too; it must have committed meanwhile."""
    ranks = scene.working(0)
    before = held_by_element_0(scene)
    ranks[number].signal(by)
    pids = {rank.pid for rank in ranks}
    scene.cluster.wait_for(lambda: not pids & {rank.pid for rank in scene.ranks(0)}, "the ranks leave")
    check(held_by_element_0(scene) > before, "the other rank committed nothing")


def other_ranks_commit_when_one_segfaults(scene: Scene) -> None:
    scene.slow_seconds = 1.0
    scene.submit(one_node("n1"))
    end_one_rank(scene, 1, signal.SIGSEGV)
    scene.expect_complete()
    scene.check_log(0, "task 1: Segmentation fault", "SIGTERM: stopping", "back into the queue",
                    "attempt 2: done")


def other_ranks_commit_when_rank_0_is_killed(scene: Scene) -> None:
    scene.slow_seconds = 1.0
    scene.submit(one_node("n2"))
    end_one_rank(scene, 0, signal.SIGKILL)
    scene.expect_complete()
    scene.check_log(0, "task 0: Killed", "SIGTERM: stopping", "back into the queue",
                    "attempt 2: done")


def element_out_of_memory_starts_again(scene: Scene) -> None:
    described = (scene.cluster.folder / "devcluster.env").read_text(encoding="utf-8")
    if "limits=yes" not in described.splitlines():  # the greedy neighbour would eat the host's
        scene.stage.context.say("  element_out_of_memory_starts_again: skipped, as this cluster "
                                "does not limit memory")
        return
    # The kernel takes the rank first, then its greedy neighbour.
    greedy = """((attempt > 1)) || container=(sh -c '(sleep 4; exec tail /dev/zero) &
      echo 1000 >/proc/self/oom_score_adj; exec "$@"' sh "${container[@]}")"""
    scene.slow_seconds = 0.4
    scene.submit(one_node("n3", "--mem-per-cpu=100"), hook=greedy)
    scene.expect_complete()
    scene.check_log(0, "oom-kill event", "back into the queue", "attempt 2: done")


def time_limit_is_a_stop_and_a_new_start(scene: Scene) -> None:
    scene.slow_seconds = 2.0
    longer = "scontrol update JobId=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID TimeLimit=30"
    scene.submit(one_node("n4"), hook=f"((attempt == 1)) || {longer}\n")
    scene.working(0)
    scene.stage.slurm("scontrol", "update", f"JobId={scene.task(0)}", "EndTime=now+60")
    scene.expect_complete()
    scene.check_log(0, "SIGUSR1: the ranks shall commit and leave", "ended with 75",
                    "back into the queue", "attempt 2: done")


def preempted_element_commits_and_starts_again(scene: Scene) -> None:
    scene.slow_seconds = 1.0
    scene.submit(one_node("n5"))
    scene.working(0)
    urgent = scene.cluster.sbatch("--partition=urgent", "--nodelist=n5", "--ntasks=4", "-o",
                                  "/dev/null", "--wrap", "sleep 1")
    scene.cluster.wait_for_end(urgent)
    scene.expect_complete()
    scene.check_log(0, "SIGUSR1: the ranks shall commit and leave", "attempt 2: done")


def signal_to_the_script_alone_is_a_stop(scene: Scene) -> None:
    scene.slow_seconds = 1.0
    scene.submit(one_node("n6"))
    scene.working(0)
    scene.stage.slurm("scancel", "--batch", "--signal=USR2", scene.task(0))
    scene.cluster.wait_for(lambda: not scene.ranks(0), "the ranks leave")
    scene.expect_complete()
    scene.check_log(0, "SIGUSR2: the ranks shall commit and leave", "ended with 75",
                    "back into the queue", "attempt 2: done")


@in_memory
def test(context: Context) -> None:
    with Cluster(nodes=6, extra=PATIENT) as cluster:
        perform_all(set_stage(context, cluster), [
            other_ranks_commit_when_one_segfaults, other_ranks_commit_when_rank_0_is_killed,
            element_out_of_memory_starts_again, time_limit_is_a_stop_and_a_new_start,
            preempted_element_commits_and_starts_again, signal_to_the_script_alone_is_a_stop])


if __name__ == "__main__":
    main(test)
