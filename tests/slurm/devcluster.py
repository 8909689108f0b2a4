"""The test cluster itself: nodes are lost and healed, and nothing is left behind."""

from __future__ import annotations

import os
import re
import subprocess
import time

from cluster import LOOK_AT_SLURM, Cluster, Path
from harness import Context, check, main


PATIENT = "SlurmdTimeout=30\nMessageTimeout=30\n"


def traces(cluster: Cluster) -> list[str]:
    """Everything of a cluster that the machine still knows."""
    name = str(cluster.folder)
    found = [str(cluster.home)] if cluster.home.exists() else []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path("/proc", entry, "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environ = Path("/proc", entry, "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if name in line or name in environ:
            found.append(f"process {entry}: {line}")
    found += [line for line in Path("/proc/self/mountinfo").read_text().splitlines()
              if name in line]
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True)
    bridge = cluster.network
    ours = re.compile(rf" {bridge}(p\d+)?[@:]")  # tally1, tally1p2, but neither tally12 nor tally12p2
    found += [line for line in links.stdout.splitlines() if ours.search(line)]
    found += [str(group) for group in Path("/sys/fs/cgroup").glob(f"*/{bridge}-*")]
    return found


def steps_of(cluster: Cluster, job: str) -> list[str]:
    """The processes that lead the job's steps, on any node."""
    return [trace for trace in traces(cluster) if f"slurmstepd: [{job}." in trace]


def requeued_after(cluster: Cluster, harm: str, node: str) -> None:
    """A job over both nodes is requeued when `harm` comes to one of them, and ends well."""
    name = f"{harm}.{node}.log"
    log = cluster.shared / name
    program = ("srun --mpi=pmix sh -c 'echo up; exec sleep "
               "$((1800 - 1800 * ${SLURM_RESTART_COUNT:-0}))'")
    job = cluster.sbatch("-N2", "--requeue", "--open-mode=append", "-o", name, "--wrap", program)

    def state() -> str:
        queued = cluster.squeue(job)
        check(job in queued, f"job {job} has ended: {log.read_text() if log.exists() else ''}")
        return queued[job]

    def both_speak() -> bool:
        return state() == "RUNNING" and log.exists() and log.read_text().count("up\n") == 2
    # Sooner, srun fails by itself, which is no matter of requeueing.
    cluster.wait_for(both_speak, "both tasks speak", LOOK_AT_SLURM)
    check(bool(steps_of(cluster, job)), "a job that has started leads no step")
    getattr(cluster, harm)(node)
    cluster.wait_for(lambda: state() == "PENDING", "the loss is noticed", LOOK_AT_SLURM)
    # What was cut off must be gone first, and slurmd, which looks every 10 s, must know: or it ends the
    # new step along with its forerunner.
    cluster.ask(["scontrol", "hold", job]).expect(0)
    cluster.heal(node)
    cluster.wait_for(lambda: not steps_of(cluster, job), "what was cut off ends")
    time.sleep(11)
    cluster.ask(["scontrol", "release", job]).expect(0)
    cluster.wait_for_end(job)
    want = ["NODE_FAIL", "COMPLETED"]
    cluster.wait_for(lambda: [row["State"] for row in cluster.sacct(job)] == want, str(want),
                     LOOK_AT_SLURM)


def daemons_come_back(cluster: Cluster) -> None:
    job = cluster.sbatch("-o", "/dev/null", "--wrap", "sleep 3600")
    cluster.wait_for(lambda: cluster.squeue(job).get(job) == "RUNNING", "the job's start")
    for daemon in (["slurmdbd"], ["slurmctld"], ["slurmd", "n1"]):
        cluster.stop(*daemon)
        check(cluster.devcluster("status").code == 69, f"status without {daemon} is not 69")
        cluster.restart(*daemon)
        cluster.devcluster("status").expect(0)
    check(cluster.squeue(job).get(job) == "RUNNING", "the job did not live through restarts")
    cluster.stop("slurmctld", kill=True)
    cluster.devcluster("up").expect(0)
    check(cluster.squeue(job).get(job) == "RUNNING", "the job did not live through up")
    cluster.ask(["scancel", job]).expect(0)


def processes_of(cluster: Cluster) -> dict[str, int]:
    """What `status` says of each daemon and node, which must be that it runs."""
    done = cluster.devcluster("status").expect(0)
    head, _, *rows = (line.split() for line in done.stdout.splitlines() if "memory is" not in line)
    check(f"SLURM_CONF={cluster.folder}/slurm.conf" in head, f"{head}")
    states = {row[0]: row[1] for row in rows}
    wanted = ["munged", "mariadbd", "slurmdbd", "slurmctld", *cluster.nodes]
    check(states == {name: "running" for name in wanted}, f"{states}")
    return {row[0]: int(row[2]) for row in rows}


def down_ends_all_that_status_names(cluster: Cluster) -> None:
    found = processes_of(cluster)
    for name, pid in found.items():
        program = "slurmd" if name in cluster.nodes else name
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        check(Path(words[0].decode()).name == program, f"pid {pid} of {name} is {words}")
    check(bool(traces(cluster)), "a cluster that runs leaves no trace")
    cluster.devcluster("down").expect(0)
    check(not (alive := [pid for pid in found.values() if Path(f"/proc/{pid}").exists()]),
          f"still there after down: {alive}")
    left = [trace for trace in traces(cluster) if trace != str(cluster.home) and " guard " not in trace]
    check(not left, f"left behind: {left}")  # but for what this test itself holds
    check("no cluster in " in cluster.devcluster("status").expect(69).stderr, "it says nothing")
    check("nothing to do" in cluster.devcluster("down").expect(0).stderr, "it says nothing")


def test(context: Context) -> None:
    with Cluster(extra=PATIENT) as cluster:
        again = cluster.devcluster("up").expect(0)
        check("already running" in again.stderr, again.stderr)
        with Cluster(nodes=1, extra=PATIENT) as other:
            check(other.network != cluster.network, "two clusters on one network")
            other.run(["srun", "--mpi=pmix", "hostname"]).expect(0)
            down_ends_all_that_status_names(other)
        processes_of(cluster)  # it is not concerned
        check(not (left := traces(other)), f"left behind: {left}")
        for harm, node in (("lose", "n2"), ("lose", "n1"), ("partition", "n2")):
            context.say(f"  {harm} {node}")
            requeued_after(cluster, harm, node)
        context.say("  daemons")
        daemons_come_back(cluster)
    check(not (left := traces(cluster)), f"left behind: {left}")


if __name__ == "__main__":
    main(test)
