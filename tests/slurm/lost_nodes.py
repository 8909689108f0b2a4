"""Nodes that are lost under an element, one that only seems to be, and a site's own requeueing."""

from __future__ import annotations

from scenario import PATIENT, Scene, in_memory, perform_all, set_stage
from cluster import Cluster
from harness import Context, check, main
from shards import shards_of

NODES = 9


def over_two_of(nodes: str, *more: str) -> list[str]:
    """One rank on each of two nodes, of three or more that the element may use."""
    everywhere = {f"n{number}" for number in range(1, NODES + 1)}
    others = everywhere - set(nodes.split(","))
    return [f"--exclude={','.join(sorted(others))}", "--nodes=2", "--ntasks-per-node=1",
            "--cpus-per-task=4", "--time=10", *more]


def node_without_the_script_is_lost(scene: Scene) -> None:
    scene.slow_seconds = 1.0
    scene.submit(over_two_of("n1,n2,n3"))
    lost = scene.working(0)[1].node
    scene.cluster.lose(lost)
    scene.expect_complete()
    scene.check_log(0, "attempt 2: done")
    scene.cluster.heal(lost)


def node_with_the_script_is_lost(scene: Scene) -> None:
    scene.slow_seconds = 1.0
    scene.submit(over_two_of("n4,n5,n6"))
    lost = scene.working(0)[0].node
    scene.cluster.lose(lost)
    scene.expect_complete()
    scene.check_log(0, "attempt 2: done")
    scene.cluster.heal(lost)


def ranks_that_nobody_watches_go_on_beside_the_new_start(scene: Scene) -> None:
    scene.slow_seconds, scene.slow_starts = 3.0, 2
    scene.submit(["--exclude=n1,n2,n3,n4,n5,n6,n9", "--nodes=1", "--cpus-per-task=2",
                  "--time=10"])
    cluster = scene.cluster
    ranks = scene.working(0)
    cluster.stop("slurmd", ranks[0].node, kill=True)
    cluster.wait_for(lambda: len(scene.ranks(0)) == 4, "two starts of one element at once")
    before = {shard.name for shard in shards_of(scene.run)}

    def both_wrote() -> bool:  # each of the four has a shard since; element 1 does not count
        new = {path.name for path in (scene.run / "shards").glob("e00000-*")} - before
        return len({name.split("-s")[0] for name in new}) == 4
    cluster.wait_for(both_wrote, "both starts commit")
    check(len(scene.ranks(0)) == 4, "one of the starts has ended before the other wrote")
    scene.expect_complete()
    cluster.restart("slurmd", ranks[0].node)


def site_that_requeues_75_does_not_do_so_for_ever(scene: Scene) -> None:
    scene.submit(["--nodelist=n9", "--nodes=1", "--time=10"], attempts=2,
                 hook="((element > 0)) || container=(sh -c 'exit 75' sh)")
    check(scene.end().exit_code == 1, "the aggregate reports a gap by 1, where 75 starts it again")
    failed = scene.job(scene.task(0))
    check((failed.state, failed.exit_code, failed.restarts) == ("FAILED", 1, 1), f"{failed}")
    scene.resume()


@in_memory
def test(context: Context) -> None:
    extra = PATIENT.replace("SlurmdTimeout=60", "SlurmdTimeout=30") + "RequeueExit=75\n"
    with Cluster(nodes=NODES, extra=extra) as cluster:
        perform_all(set_stage(context, cluster), [
            node_without_the_script_is_lost, node_with_the_script_is_lost,
            ranks_that_nobody_watches_go_on_beside_the_new_start,
            site_that_requeues_75_does_not_do_so_for_ever])


if __name__ == "__main__":
    main(test)
