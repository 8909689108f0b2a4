"""What people do beside an array: try it out, look, misspell, touch the inputs, share the machine."""

from __future__ import annotations

import dataclasses
import json
import os
import pwd
import shlex
import shutil
from pathlib import Path

from scenario import LOAD, PATIENT, USAGE, Act, Options, Scene, in_memory, one_node, perform_all, set_stage
from cluster import LOOK_AT_SLURM, Cluster
from harness import Context, Finished, check, index_bytes, listing, main
from results import check_results

NOBODY = "nobody"  # Debian's; the test cluster lets all of the host's people submit
DATA_ERROR = 65
MISSING = 66
IO_ERROR = 74
CONFIG = 78
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "quickstart"
NAME = "it's a \"$(touch gone)\" `touch gone` %A %% $HOME ü & ;x"
LATER: Options = ["--time=10", "--begin=now+600", "--mail-user=it's me"]


def launch(scene: Scene, config: Path, *more: str) -> Finished:
    return scene.tally("launch", str(config), "--on", "slurm", "--json", *more)


def queued_as(scene: Scene, command: str) -> list[str]:
    """The jobs, ended ones too, with the name that a printed command gives."""
    name = next(word for word in shlex.split(command) if word.startswith("--job-name="))
    return scene.stage.slurm("squeue", "-h", "-t", "all", "-o", "%A", "-n",
                             name.partition("=")[2]).split()


def quickstart_over_two_nodes(scene: Scene) -> None:
    scene.run_id = "quickstart"
    example, local = scene.folder / "example", scene.folder / "local"
    shutil.copytree(EXAMPLE, example, ignore=shutil.ignore_patterns("models"))
    config, programs = example / "run.yaml", scene.stage.context.programs
    programs.run([str(scene.stage.programs / "train-digits"),
                  str(example / "data" / "optdigits.csv.gz"), str(example / "models")]).expect(0)
    programs.run([programs.tally, "launch", str(config), "--workers", "2", "--output-dir",
                  str(local)]).expect(0)
    scene.slow_seconds = 2.0  # or its ranks would end before they are looked at
    scene.submitted(launch(scene, config, "-O", f"slurm.container={scene.hook('')}", "-O",
                           "resources.elements=4", "-O",
                           "resources.max_running=2", "-O", "slurm.nodes=2", "-O",
                           'slurm.extra=["--nodelist=n1,n2", "--time=10"]'))
    record = scene.stage.slurm("scontrol", "show", "job", scene.arrays[0])
    check("ArrayTaskThrottle=2 " in f"{record} ", record)
    seen: set[tuple[int, int, str]] = set()
    most = 0

    def ended() -> bool:
        nonlocal most
        states = [job.state for job in scene.stage.jobs(scene.arrays[0])]
        most = max(most, states.count("RUNNING"))
        check(most <= 2, f"{states} at once")
        seen.update((rank.element, rank.rank, rank.node)
                    for element in range(4) for rank in scene.ranks(element))
        return scene.job(scene.aggregates[0]).ended
    scene.cluster.wait_for(ended, "the end of the quickstart", 0.5)
    check(most == 2, f"at most {most} elements ran at once")
    places = {node for _, _, node in seen}
    check(places == {"n1", "n2"} and {rank for _, rank, _ in seen} == {0, 1}, f"{sorted(seen)}")
    for element in range(4):
        scene.check_log(element, " on n[1-2], 2 ranks, mpi pmix", ": done")
    aggregate = scene.job(scene.aggregates[0])
    check((aggregate.state, aggregate.exit_code) == ("COMPLETED", 0), f"{aggregate}")
    want = index_bytes(local / "quickstart")
    tasks = want.count(b"\n")
    check(tasks == 8, f"{tasks} tasks, expected 3 models x 2 temperatures and 2 models")
    check(check_results(scene.run, want), "there are no results")


def what_is_only_printed_is_not_queued(scene: Scene) -> None:
    config = scene.config(LATER, "", 3, {"max_running": 1})
    before = listing(scene.folder)
    dry = json.loads(launch(scene, config, "--dry-run").expect(0).stdout)
    tested = json.loads(launch(scene, config, "--test-only").expect(0).stdout)
    check(len(dry["commands"]) == 1 and dry["answer"] == "", f"{dry}")
    check(tested["commands"] == dry["commands"] and " to start at " in tested["answer"],
          f"{tested}")
    text = scene.tally("launch", str(config), "--on", "slurm", "--dry-run").expect(0).stdout
    scripts = [(scene.stage.scripts / f"{name}.sbatch").read_text(encoding="utf-8")
               for name in ("array", "aggregate")]
    for part in [*dry["commands"], dry["aggregate"], *scripts]:
        check(part in text, f"not printed: {part}")
    check(listing(scene.folder) == before, "something was made")
    check(not queued_as(scene, dry["commands"][0]), "something was queued")
    words = shlex.split(dry["commands"][0])
    scene.cluster.run([words[0], "--test-only", *words[1:]]).expect(0)
    jobs = json.loads(launch(scene, config).expect(0).stdout)["jobs"]
    check(queued_as(scene, dry["commands"][0]) == jobs[:1], "the printed name is not the job's")
    scene.tally("cancel", str(scene.run)).expect(0)


def logs_are_where_they_are_said_to_be(scene: Scene) -> None:
    scene.submit(one_node("n4", "--begin=now+600"),
                 hook="((element == 0 || attempt > 1)) || container=(sh -c 'exit 75' sh)")
    early = scene.tally("logs", str(scene.run), "0").expect(MISSING)
    check("found no log yet, expected one once it runs" in early.stderr, early.stderr)
    scene.begin_now()
    scene.expect_complete()
    listed = scene.tally("logs", str(scene.run)).expect(0).stdout.splitlines()
    names = [f"{scene.task(0)}.log", f"{scene.task(1)}.log", f"{scene.aggregates[0]}.log"]
    check(listed == sorted(str(scene.run / "logs" / name) for name in names), f"{listed}")
    for element in (0, 1):
        shown = scene.tally("logs", str(scene.run), str(element)).expect(0).stdout
        check(shown == scene.log(element), f"element {element}: not its log: {shown}")
        check(f" element {element}, attempt {element + 1}: done\n" in shown, shown)
    refused = scene.tally("logs", str(scene.run), "2").expect(USAGE)
    check("found element 2, expected 0..1 (submission 1)" in refused.stderr, refused.stderr)


def with_inputs_of_its_own(scene: Scene) -> Path:
    """The same bytes, for a scene that changes them."""
    inputs = scene.folder / "inputs"
    LOAD.write(inputs)
    scene.stage = dataclasses.replace(scene.stage, inputs=inputs)
    return inputs


def element_0_ends_before_element_1_begins(scene: Scene, node: str) -> Path:
    """Submits; returns the file that element 1 waits for."""
    begin = scene.folder / "begin"
    scene.submit(one_node(node), resources={"max_running": 1},
                 hook=f"((element == 0)) || until [[ -e {begin} ]]; do sleep 0.1; done")
    scene.wait_for_end(scene.task(0))
    return begin


def expect_end_of_element_1(scene: Scene, code: int, *log: str) -> None:
    """Its ranks said `code`, and nobody started them again; the rest is there."""
    scene.expect_gap()
    check(scene.job(scene.task(0)).state == "COMPLETED", "element 0 did not do its part")
    failed = scene.job(scene.task(1))
    check((failed.state, failed.exit_code, failed.restarts) == ("FAILED", code, 0), f"{failed}")
    scene.check_log(1, f"the ranks ended with {code}", "another start would end like this", *log)
    check(scene.uncounted() == frozenset(range(LOAD.items // 2, LOAD.items)),
          "other ordinals than those of element 1 are missing")


def input_that_changes_ends_its_element(scene: Scene) -> None:
    docs = with_inputs_of_its_own(scene) / "docs.jsonl"
    text = docs.read_bytes()
    begin = element_0_ends_before_element_1_begins(scene, "n5")
    docs.write_bytes(text.replace(b'"7 + 1?"', b'"7 + 2?"'))
    begin.touch()
    expect_end_of_element_1(scene, DATA_ERROR, str(docs))
    docs.write_bytes(text)
    scene.resume()


def input_that_goes_ends_its_element(scene: Scene) -> None:
    completions = with_inputs_of_its_own(scene) / "completions.jsonl"
    begin = element_0_ends_before_element_1_begins(scene, "n6")
    completions.rename(completions.with_suffix(".away"))
    begin.touch()
    expect_end_of_element_1(scene, MISSING, str(completions))
    completions.with_suffix(".away").rename(completions)
    scene.resume()


def ranks_that_are_called_wrongly_end_all(scene: Scene) -> None:
    scene.submit(one_node("n5"), hook="((element > 0)) || worker+=(--no-such-option)",
                 resources={"elements": 4, "max_running": 1})
    scene.expect_gap()
    scene.check_log(0, "--no-such-option", f"the ranks ended with {USAGE}")
    states = {job.name: (job.state, job.exit_code) for job in scene.stage.jobs(scene.arrays[0])}
    check(states.pop(scene.task(0)) == ("FAILED", USAGE), f"{states}")
    check({state for state, _ in states.values()} == {"CANCELLED"}, f"{states}")
    scene.resume()


def given_to_nobody(scene: Scene) -> None:
    """Everything in this scene is typed by a user without rights, in a folder of that user's."""
    who = pwd.getpwnam(NOBODY)
    scene.user = NOBODY
    os.chown(scene.folder, who.pw_uid, who.pw_gid)


def run_of_a_user_who_is_not_root(scene: Scene) -> None:
    given_to_nobody(scene)
    scene.slow_seconds = 1.0
    scene.submit(one_node("n7"))
    owners = {Path(f"/proc/{rank.pid}").owner() for rank in scene.working(0)}
    check(owners == {NOBODY}, f"the ranks are {owners}'s")
    line = [str(scene.stage.programs / "tally"), "status", str(scene.run), "--json"]

    def shown() -> tuple[str | None, str | None]:  # as root sees it
        element = json.loads(scene.cluster.run(line).expect(0).stdout)["elements"][0]
        return element.get("job"), element.get("scheduler")
    scene.cluster.wait_for(lambda: shown() == (scene.task(0), "RUNNING"), "Slurm's word", LOOK_AT_SLURM)
    scene.cluster.run(["scancel", "--batch", "--signal=USR1", scene.task(0)], user=NOBODY).expect(0)
    scene.expect_complete()
    scene.check_log(0, "SIGUSR1: ", "attempt 2: done")
    owners = {path.owner() for path in (scene.run, *scene.run.rglob("*"))}
    check(owners == {NOBODY}, f"the run's files are {owners}'s")


def run_directory_that_turns_read_only_is_an_error_until_it_is_not(scene: Scene) -> None:
    given_to_nobody(scene)  # permissions do not hold root
    scene.slow_seconds = 1.0
    scene.submit(one_node("n8"), attempts=2, resources={"max_running": 1})
    scene.working(0)
    folders = [path for path in (scene.run, *scene.run.rglob("*")) if path.is_dir()]
    for path in folders:
        path.chmod(0o555)
    scene.wait_for_end(scene.aggregates[0])
    failed = scene.job(scene.task(0))
    check((failed.exit_code, failed.restarts) == (IO_ERROR, 1), f"{failed}")
    scene.check_log(0, "Permission denied", f"the ranks ended with {IO_ERROR}",
                    "that was the last of 2 attempts")
    later = [scene.job(name) for name in (scene.task(1), scene.aggregates[0])]
    # These began when it was read-only: Slurm cannot even make the log, and no script runs.
    check({job.state for job in later} == {"FAILED"}, f"{later}")
    # The last heartbeat could not say that it was the last: it counts for 30 s.
    refused = scene.tally("resume", str(scene.run), "--force").expect(IO_ERROR)
    check("Permission denied" in refused.stderr, refused.stderr)
    for path in folders:
        path.chmod(0o755)
    scene.resume()


def values_are_words_and_never_executed(scene: Scene) -> None:
    gone = scene.folder / "gone"
    word = f"it's \"$(touch {gone})\" `touch {gone}` %A %j %% $HOME ü; touch {gone} #"
    folder = scene.folder / NAME
    folder.mkdir()
    scripts = {name: str(shutil.copy(scene.stage.scripts / f"{name}.sbatch", folder))
               for name in ("array", "aggregate")}
    tell = "container=(sh -c 'echo \"I got <$WORD>\"; exec \"$@\"' sh)"
    scene.submit(one_node("n6", f"--export=ALL,WORD={word}", f"--mail-user={word}"), hook=tell,
                 script=scripts["array"], aggregate=scripts["aggregate"],
                 srun=[f"--job-name={word}", f"--comment={word}"])
    scene.expect_complete()
    scene.check_log(0, f"I got <{word}>", ": done")
    found = [path for place in (scene.folder, scene.run, scene.stage.inputs, scene.cluster.shared,
                                Path.cwd()) for path in place.glob("gone")]
    check(not found, f"a value was executed: {found}")


def values_that_cannot_be_one_word_are_refused(scene: Scene) -> None:
    gone = scene.folder / "gone"
    config = scene.config(["--time=10"], "", 3, {})
    before = listing(scene.folder)

    def refused(message: str, *more: str) -> None:
        done = launch(scene, config, *more).expect(CONFIG)
        check(message in done.stderr, f"{more}: {done.stderr}")
        check(not done.stdout, f"{more}: {done.stdout}")
    for key in ("extra", "srun"):
        for value in (f"--mail-user=a\ntouch {gone}", f"touch {gone}", f"; touch {gone}",
                      f"$(touch {gone})", "--", "-", "--x=\t", ""):
            refused("expected an option in one word like --name=value",
                    "-O", f"slurm.{key}={json.dumps([value])}")
    for key in ("partition", "account", "qos", "constraint", "reservation"):
        value = json.dumps(f"debug\n#SBATCH --wrap='touch {gone}'")
        refused("expected a text without control characters", "-O", f"slurm.{key}={value}")
    for name in (f"$(touch {gone})", "a b", "%A", "../up", "ü", "a\nb", "it's", "`id`", "-x", ""):
        refused("expected a name [A-Za-z0-9]", "-O", f"run.id={json.dumps(name)}")
    for name in ("a\nb", "a\tb", "a\\b"):
        refused("expected one that Slurm can log to", "--output-dir", str(scene.folder / name))
    check(listing(scene.folder) == before, "something was made")


@in_memory
def test(context: Context) -> None:
    acts: list[Act] = [
        what_is_only_printed_is_not_queued, logs_are_where_they_are_said_to_be,
        input_that_changes_ends_its_element, input_that_goes_ends_its_element,
        ranks_that_are_called_wrongly_end_all, run_of_a_user_who_is_not_root,
        run_directory_that_turns_read_only_is_an_error_until_it_is_not,
        values_are_words_and_never_executed, values_that_cannot_be_one_word_are_refused]
    with Cluster(nodes=8, extra=PATIENT + "KillWait=15\n") as cluster:
        stage = set_stage(context, cluster)
        if (stage.programs / "train-digits").exists():
            acts.insert(0, quickstart_over_two_nodes)
        else:
            context.say("  without libtorch: no quickstart")
        perform_all(stage, acts)


if __name__ == "__main__":
    main(test)
