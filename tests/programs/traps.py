"""The traps that other harnesses fell into, each met by the real programs.

Where a unit test is too small to show one, that is; `[trap-N]` among the tags of a C++ test marks
the others. trap_numbers.py says what each number is, and that none is without a test.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable

import h5py

from shared import DATA, INCOMPLETE, Context, Path, check, index_bytes, index_rows, summary_of
from harness import Geometry, main
from small_run import Launched, Small, completions, numbered

TRAPS: dict[int, list[Callable[[Context], None]]] = {}


def trap(number: int) -> Callable:
    def register(test: Callable[[Context], None]) -> Callable[[Context], None]:
        TRAPS.setdefault(number, []).append(test)
        return test
    return register


@dataclasses.dataclass
class Edited(Small):
    """With other words in run.yaml, and more files beside it."""

    edits: dict[str, str] = dataclasses.field(default_factory=dict)
    extra: dict[str, bytes] = dataclasses.field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        config = super().write(folder)
        text = config.read_text(encoding="utf-8")
        for before, after in self.edits.items():
            check(before in text, f"no {before!r} in {text}")
            text = text.replace(before, after)
        config.write_text(text, encoding="utf-8")
        for name, content in self.extra.items():
            (folder / name).write_bytes(content)
        return config


def right(doc: int, repeat: int = 0) -> tuple[str, int, str]:
    return f"d{doc}", repeat, f"it is {doc}"


def wrong(doc: int, repeat: int = 0) -> tuple[str, int, str]:
    return f"d{doc}", repeat, f"it is {doc + 1000}"


def near(found: float, expected: float, what: str) -> None:
    check(abs(found - expected) < 1e-12, f"{what}: found {found}, expected {expected}")


def same(found: object, expected: object, what: str) -> None:
    check(found == expected, f"{what}: found {found}, expected {expected}")


def figures(row: dict) -> list:
    return [row[key] for key in ("metrics", "stderr", "ci95", "counts", "samples", "problems")]


@trap(1)
def every_line_twice_is_refused_and_with_duplicates_last_harmless(context: Context) -> None:
    lines = completions([right(i) if i % 3 else wrong(i) for i in range(20)])
    once = Launched(context, "once", Small(numbered(20), lines)).expect(0)
    twice = Launched(context, "twice", Small(numbered(20), lines + lines)).expect(DATA)
    for word in ("completions.jsonl:21", "found it again", "line 1"):
        log = twice.finished.stderr
        check(word in log, f"{word!r} not in {log}")
    last = Small(numbered(20), lines + lines, model=", duplicates: last")
    same(figures(Launched(context, "last", last).expect(0).row), figures(once.row), "figures")


@trap(2)
def five_identical_bad_completions_are_five_samples(context: Context) -> None:
    lines = completions([("d0", repeat, "no idea, 3") for repeat in range(5)])
    row = Launched(context, "same", Small(numbered(1), lines, "5", "[accuracy, 'pass@5']")) \
        .expect(0).row
    same((row["samples"], row["counts"]["scored"], row["metrics"]),
         (5, 5, {"accuracy": 0, "pass@5": 0}), "samples, scored, metrics")


@trap(4)
def one_of_two_hundred_is_half_a_percent_and_no_bool(context: Context) -> None:
    lines = completions([right(0, r) if r == 77 else wrong(0, r) for r in range(200)])
    row = Launched(context, "one", Small(numbered(1), lines, "200", "['pass@1', 'avg@200']")) \
        .expect(0).row
    near(row["metrics"]["pass@1"], 0.005, "pass@1")
    near(row["metrics"]["avg@200"], 0.005, "avg@200")


@trap(5)
def two_metrics_on_one_stream_in_any_order_twice_give_the_same(context: Context) -> None:
    lines = completions([(right if (i + r) % 3 else wrong)(i, r)
                         for i in range(9) for r in range(3)])
    names = ["accuracy", "pass@2", "pass^2", "maj@3", "avg@3"]
    shown = []
    for order in (names, names[::-1]):
        launched = Launched(context, order[0], Small(numbered(9), lines, "3", json.dumps(order)))
        launched.expect(0)
        shown.append((launched.row["metrics"], launched.row["stderr"]))
        same(list(launched.row["metrics"]), order, "metrics in the order of the config")
        before = index_bytes(launched.run)
        context.programs.aggregate(launched.run).expect(0)
        same(index_bytes(launched.run), before, "index after a second aggregation")
    same(shown[1], shown[0], "figures in the other order")


@trap(6)
def two_repeats_all_right_and_all_wrong_are_one_half(context: Context) -> None:
    for name, first, second in (("last-wrong", right, wrong), ("last-right", wrong, right)):
        lines = completions([make(i, repeat) for i in range(10)
                             for repeat, make in enumerate((first, second))])
        row = Launched(context, name, Small(numbered(10), lines, "2", "[accuracy, 'avg@2']")) \
            .expect(0).row
        near(row["metrics"]["accuracy"], 0.5, name)
        near(row["metrics"]["avg@2"], 0.5, name)


@trap(9)
def of_two_runs_with_the_same_docs_one_changes_alone(context: Context) -> None:
    small = Small(numbered(10), completions([right(i) for i in range(10)]))
    folder = context.folder("two-runs")
    config = small.write(folder)
    programs, runs = context.programs, {}
    for name in ("one", "two"):
        line = [programs.tally, "launch", str(config), "-O", f"run.id={name}", "--workers", "1"]
        programs.run(line, folder=folder).expect(0)
        runs[name] = folder / "runs" / name

    def bytes_of(run: Path) -> dict[str, bytes]:
        return {str(path.relative_to(run)): path.read_bytes()
                for path in sorted(run.rglob("*")) if path.is_file()}

    untouched, before = bytes_of(runs["two"]), index_rows(runs["one"])
    for shard in (runs["one"] / "shards").iterdir():
        shard.unlink()
    programs.run(programs.aggregate_line(runs["one"])).expect(INCOMPLETE)
    after = index_rows(runs["one"])
    same([row["counts"]["missing"] for row in before + after], [0, 10], "missing items of run one")
    same(bytes_of(runs["two"]), untouched, "files of run two")


ODD_NUMBERS = [  # completion, target, outcome, score
    ("1e-3", "0.001", "scored", 1), ("1e3", "1000", "scored", 1), ("1,234", "1234", "scored", 1),
    ("1,234.5", "1234.5", "scored", 1), ("0.5", "0.5", "scored", 1), (".5", "0.5", "scored", 1),
    ("5.", "5", "scored", 1), ("-7", "-7", "scored", 1), ("+7", "7", "scored", 1),
    ("$3,000.00", "3000", "scored", 1), ("1.5", "15", "scored", 0), ("1,5", "1.5", "scored", 0),
    ("nan", "0", "no_answer", 0), ("NaN", "0", "no_answer", 0), ("inf", "0", "no_answer", 0),
    ("Infinity", "0", "no_answer", 0), ("", "0", "no_answer", 0), ("null", "0", "no_answer", 0),
    ("1", "nan", "invalid", None), ("1", "Infinity", "invalid", None),
    ("1", "", "invalid", None), ("1", "one", "invalid", None),
]
# Only the decimal point of a locale: nothing of it has to be installed.
COMMA = """LC_NUMERIC
decimal_point ","
thousands_sep "."
grouping 3;3
END LC_NUMERIC
"""


def odd_numbers(context: Context, name: str) -> tuple[list, dict]:
    docs = [{"id": f"d{i}", "input": "q", "target": target}
            for i, (_, target, _, _) in enumerate(ODD_NUMBERS)]
    lines = completions([(f"d{i}", 0, text) for i, (text, _, _, _) in enumerate(ODD_NUMBERS)])
    launched = Launched(context, name, Small(docs, lines)).expect(INCOMPLETE)
    with h5py.File(launched.run / "results" / "current" / "results.h5") as file:
        outcomes = [("scored", "no_answer", "timeout", "generation_error", "infra_error",
                     "invalid")[code] for code in file["outcome"][:]]
        scores = [None if score != score else float(score) for score in file["score"][:]]
    return list(zip(outcomes, scores)), launched.row


@trap(13)
def odd_numbers_are_read_alike_in_every_locale(context: Context) -> None:
    found, row = odd_numbers(context, "locale-c")
    for (text, target, outcome, score), shown in zip(ODD_NUMBERS, found):
        same(shown, (outcome, score), f"{text!r} for {target!r}")
    comma = decimal_comma(context)
    context.programs.env.update(comma)
    try:
        again, row_again = odd_numbers(context, "locale-comma")
    finally:
        for key in comma:
            context.programs.env.pop(key)
    same(again, found, "outcomes and scores under a decimal comma")
    same(row_again, row, "the row under a decimal comma")


def decimal_comma(context: Context) -> dict[str, str]:
    """The environment that makes 1,5 of 1.5 in a program that asks for its locale."""
    folder = context.folder("locales")
    (folder / "source").write_text(COMMA, encoding="ascii")
    line = ["localedef", "-c", "-i", str(folder / "source"), "-f", "ANSI_X3.4-1968",
            str(folder / "xx_XX")]
    subprocess.run(line, capture_output=True, check=False)  # 1: other categories are missing
    comma = {"LOCPATH": str(folder), "LC_NUMERIC": "xx_XX"}
    ours = {name: value for name, value in os.environ.items() if name != "LC_ALL"}  # it would win
    shown = subprocess.run(["/usr/bin/printf", "%.1f", "1,5"], env=ours | comma,
                           capture_output=True, text=True, check=False)
    same((shown.stdout, shown.returncode), ("1,5", 0), "one and a half in a locale of our own")
    return comma


@trap(17)
def a_doc_with_nothing_to_compare_with_is_invalid_not_passed(context: Context) -> None:
    docs = [{"id": "d0", "input": "q", "target": ""}, {"id": "d1", "input": "q", "target": "1"}]
    lines = completions([("d0", 0, "0"), ("d1", 0, "1")])
    launched = Launched(context, "no-target", Small(docs, lines)).expect(INCOMPLETE)
    row = launched.row
    same((row["counts"]["scored"], row["counts"]["invalid"], row["complete"]), (1, 1, False),
         "scored, invalid, complete")
    (task,) = summary_of(launched.run)["tasks"]
    same(task["uncounted"], "0", "uncounted items")
    same(task["accuracy_counting_errors_as_wrong"], 0.5, "accuracy counting errors as wrong")


@trap(28)
def null_and_empty_completions_are_no_answer_and_count_as_wrong(context: Context) -> None:
    docs = [{"id": f"d{i}", "input": "q", "target": target}
            for i, target in enumerate(["", "0", "null", "none"])]
    lines = completions([(doc["id"], repeat, text) for doc in docs
                         for repeat, text in enumerate([None, "", " \n"])])
    row = Launched(context, "nulls", Small(docs, lines, "3", extractor="exact",
                                           comparator="exact")).expect(0).row
    same((row["counts"]["no_answer"], row["metrics"]["accuracy"]), (12, 0), "no_answer, accuracy")


@trap(29)
def shuffled_lines_and_docs_with_one_prompt_join_by_id(context: Context) -> None:
    docs = [{"id": f"d{i}", "input": "the same prompt", "target": str(i)} for i in range(12)]
    items = [(right if i % 3 else wrong)(i, repeat) for i in range(12) for repeat in range(2)]
    shown = []
    for name in ("in-order", "shuffled"):
        shown.append(Launched(context, name, Small(docs, completions(items), "2")).expect(0).row)
        random.Random(29).shuffle(items)
    near(shown[0]["metrics"]["accuracy"], 2 / 3, "accuracy")
    same(figures(shown[1]), figures(shown[0]), "figures of shuffled lines")


@trap(30)
def without_the_last_completion_a_run_is_partial_and_says_of_how_many(context: Context) -> None:
    lines = completions([right(i) for i in range(9)])
    launched = Launched(context, "dropped", Small(numbered(10), lines)).expect(INCOMPLETE)
    row = launched.row
    same(row["complete"], False, "complete")
    counts = row["counts"]
    same((counts["expected"], counts["scored"], counts["generation_error"]), (10, 9, 1), "counts")
    (task,) = summary_of(launched.run)["tasks"]
    near(task["accuracy_counting_errors_as_wrong"], 0.9, "accuracy counting errors as wrong")
    shown = "accuracy 1.000 (9/9 scored, 1 errors; 0.900 counting errors as wrong)"
    check(shown in launched.report, launched.report)


@trap(31)
def a_completion_changed_after_the_plan_is_refused_until_planned_again(context: Context) -> None:
    small = Small(numbered(10), completions([right(i) for i in range(9)] + [wrong(9)]))
    launched = Launched(context, "changed", small).expect(0)
    near(launched.row["metrics"]["accuracy"], 0.9, "accuracy")
    file = launched.folder / "completions.jsonl"
    file.write_text(completions([right(i) for i in range(10)]), encoding="utf-8")
    for shard in (launched.run / "shards").iterdir():
        shard.unlink()  # so that there is something to do
    resumed = context.programs.run(context.programs.resume_line(launched.run, Geometry(1, 1)))
    resumed.expect(DATA)
    check("completions.jsonl" in resumed.stderr and "sha256" in resumed.stderr, resumed.stderr)
    line = [context.programs.tally, "launch", str(launched.config), "-O", "run.id=again"]
    context.programs.run(line, folder=launched.folder).expect(0)
    (row,) = index_rows(launched.folder / "runs" / "again")
    near(row["metrics"]["accuracy"], 1.0, "accuracy of the new plan")
    check(row["task_id"] != launched.row["task_id"], "other completions, the same task id")


@trap(31)
def an_item_that_failed_is_done_again_and_no_other(context: Context) -> None:
    lines = completions([right(i) for i in range(9)]) + \
        json.dumps({"doc_id": "d9", "sample_idx": 0, "completion": "9", "error": "down"}) + "\n"
    launched = Launched(context, "failed", Small(numbered(10), lines, tries=2)).expect(INCOMPLETE)
    counts = launched.row["counts"]
    same((counts["scored"], counts["generation_error"]), (9, 1), "scored, generation_error")
    with h5py.File(launched.run / "results" / "current" / "results.h5") as file:
        same([int(number) for number in file["attempt"][:]], [1] * 9 + [2], "tries")


@trap(32)
def a_hole_in_the_records_is_found_and_only_it_is_filled(context: Context) -> None:
    """Of five items 0, 1 and 4 are there: the resume does 2 and 3, and only them."""
    lines = completions([right(i) for i in range(5)])
    small = Small(numbered(5), lines, rest="resources: {ranks: 1, elements: 5}\n"
                                             "commit: {interval: 1h}")
    launched = Launched(context, "hole", small).expect(0)
    index = index_bytes(launched.run)
    kept = set()
    for shard in (launched.run / "shards").iterdir():
        if shard.name[:6] in ("e00002", "e00003"):
            shard.unlink()
        else:
            kept.add(shard.name)
    same(len(kept), 3, "shards left")
    programs = context.programs
    programs.run(programs.aggregate_line(launched.run)).expect(INCOMPLETE)
    (task,) = summary_of(launched.run)["tasks"]
    same(task["uncounted"], "2-3", "uncounted items")
    resumed = programs.run([*programs.resume_line(launched.run, Geometry(1, 1)), "--json"])
    same(json.loads(resumed.expect(0).stdout)["items"], 2, "items of the resume")
    now = {shard.name for shard in (launched.run / "shards").iterdir()}
    check(kept < now, "shards of done items were written again")
    same(index_bytes(launched.run), index, "index")


@trap(33)
def other_shard_sizes_change_no_figure_also_in_the_middle_of_a_run(context: Context) -> None:
    lines = completions([(right if i % 3 else wrong)(i) for i in range(70)])
    indexes, counts = set(), []
    for shards in (1, 3, 7):
        small = Small(numbered(70), lines, rest=f"resources: {{ranks: 1, elements: {shards}}}\n"
                                                  "commit: {interval: 1h}")
        launched = Launched(context, f"shards-{shards}", small).expect(0)
        counts.append(len(list((launched.run / "shards").iterdir())))
        indexes.add(index_bytes(launched.run))
    same(counts, [1, 3, 7], "shards")
    for shard in list((launched.run / "shards").iterdir())[:4]:
        shard.unlink()
    context.programs.resume(launched.run, Geometry(2, 1)).expect(0)
    indexes.add(index_bytes(launched.run))
    same(len(indexes), 1, "different score indexes")


@trap(34)
def ten_docs_on_four_ranks_give_exactly_ten_times_k_rows(context: Context) -> None:
    for repeats in (1, 3):
        lines = completions([right(i, repeat) for i in range(10) for repeat in range(repeats)])
        small = Small(numbered(10), lines, str(repeats))
        launched = Launched(context, f"four-ranks-{repeats}", small, workers=4).expect(0)
        progress = json.loads((launched.run / "progress" / "e00000.json").read_bytes())
        same(progress["ranks"], 4, "ranks")
        row = launched.row
        same((row["samples"], row["counts"]["scored"]), (10 * repeats,) * 2, "samples, scored")
        with h5py.File(launched.run / "results" / "current" / "results.h5") as file:
            same(file["score"].shape, (10 * repeats,), "rows")
        manifest = json.loads((launched.run / "results" / "current" / "manifest.json").read_bytes())
        same((manifest["duplicates"], sum(s["records"] for s in manifest["shards"])),
             (0, 10 * repeats), "duplicates, records in shards")


@trap(35)
def models_and_labels_share_nothing_over_the_same_docs(context: Context) -> None:
    """Two models answer the same docs, one rightly; then the first runs under another label."""
    lines = "".join(
        json.dumps({"model": model, "doc_id": f"d{i}", "sample_idx": 0,
                    "completion": str(i + miss)}) + "\n"
        for model, miss in (("m", 0), ("n", 1)) for i in range(6))
    both = Edited(numbered(6), lines, edits={
        "models: [{name: m,": "models: [{name: n, backend: replay, completions: "
                              "completions.jsonl}, {name: m,",
        "models: [m]": "models: [m, n]"})
    launched = Launched(context, "two-models", both).expect(0)
    rows = {row["model"]: row for row in index_rows(launched.run)}
    same({name: row["metrics"]["accuracy"] for name, row in rows.items()}, {"m": 1, "n": 0},
         "accuracy of each model")
    label = Edited(numbered(6), completions([right(i) for i in range(6)]),
                   edits={"sampling: {": "sampling: {temperature: 0.5, "})
    other = Launched(context, "label", label).expect(0).row
    check(other["task_id"] not in {row["task_id"] for row in rows.values()}, "one id, two labels")


@trap(36)
def a_failed_item_is_tried_as_often_as_allowed_and_never_taken_as_done(context: Context) -> None:
    lines = completions([right(0)]) + \
        json.dumps({"doc_id": "d1", "sample_idx": 0, "completion": None, "error": "refused"}) + "\n"
    launched = Launched(context, "refused", Small(numbered(2), lines, tries=3)).expect(INCOMPLETE)
    with h5py.File(launched.run / "results" / "current" / "results.h5") as file:
        same([int(number) for number in file["attempt"][:]], [1, 3], "tries")
        same([int(number) for number in file["outcome"][:]], [0, 3], "outcomes")


@trap(37)
def ten_errors_in_a_hundred_docs_show_both_figures(context: Context) -> None:
    lines = completions([right(i) for i in range(80)] + [wrong(i) for i in range(80, 90)])
    launched = Launched(context, "errors", Small(numbered(100), lines)).expect(INCOMPLETE)
    shown = "accuracy 0.889 (80/90 scored, 10 errors; 0.800 counting errors as wrong)"
    check(shown in launched.report, launched.report)
    row = launched.row
    near(row["metrics"]["accuracy"], 80 / 90, "accuracy")
    same((row["complete"], row["counts"]["generation_error"]), (False, 10), "complete, errors")
    (task,) = summary_of(launched.run)["tasks"]
    near(task["accuracy_counting_errors_as_wrong"], 0.8, "accuracy counting errors as wrong")


@trap(39)
def results_that_cannot_be_saved_are_an_error_and_cost_no_record(context: Context) -> None:
    """A file lies where the results go; and of two launches in one second one is refused."""
    lines = completions([right(i) for i in range(4)])
    launched = Launched(context, "unsaved", Small(numbered(4), lines)).expect(0)
    index = index_bytes(launched.run)
    results = launched.run / "results"
    shutil.rmtree(results)
    results.write_text("in the way", encoding="utf-8")
    line = context.programs.aggregate_line(launched.run)
    finished = context.programs.run(line)
    check(finished.code not in (0, INCOMPLETE), f"exit {finished.code} without results")
    results.unlink()
    context.programs.run(line).expect(0)
    same(index_bytes(launched.run), index, "index")
    again = context.programs.run([context.programs.tally, "launch", str(launched.config)],
                                 folder=launched.folder)
    check(again.code != 0 and "runs/small" in again.stderr, again.stderr)
    same(index_bytes(launched.run), index, "index after a launch of the same name")


@trap(41)
def the_standard_error_is_over_docs_not_over_their_repeats(context: Context) -> None:
    """Repeats of a doc agree: over 40 samples the error would look half as large."""
    lines = completions([(right if i % 2 else wrong)(i, r) for i in range(10) for r in range(4)])
    row = Launched(context, "clusters", Small(numbered(10), lines, "4")).expect(0).row
    near(row["stderr"]["accuracy"], (0.5 * 0.5 / 9) ** 0.5, "standard error over docs")
    check(row["stderr"]["accuracy"] > 1.9 * (0.5 * 0.5 / 39) ** 0.5, "as over samples")


@trap(42)
def noise_of_floats_decides_nothing(context: Context) -> None:
    """0.1 + 0.2 is 0.3 to a comparator, and equal figures are equal within 1e-12."""
    docs = [{"id": f"d{i}", "input": "q", "target": target} for i, target in
            enumerate(["0.3", "0.30000000000000004", "1e-1", "2.675", "3.0000001"])]
    said = ["0.30000000000000004", "0.3", "0.1", "2.6750000000000003", "3"]
    lines = completions([(f"d{i}", repeat, said[i] if (i + repeat) % 3 else "7")
                         for i in range(5) for repeat in range(3)])
    metrics = "[accuracy, 'avg@3', 'pass@1', 'maj@1', 'pass^1']"
    row = Launched(context, "noise", Small(docs, lines, "3", metrics)).expect(0).row
    for name, value in row["metrics"].items():
        near(value, 2 / 3, name)


@trap(43)
def ids_are_texts_and_docs_may_come_in_any_order(context: Context) -> None:
    docs = [{"id": 1, "input": "a", "target": "10"}, {"id": "001", "input": "b", "target": "20"}]
    lines = "".join(json.dumps({"doc_id": name, "sample_idx": 0, "completion": text}) + "\n"
                    for name, text in (("001", "20"), ("1", "11")))
    scores = {}
    for name, order in (("forth", docs), ("back", docs[::-1])):
        launched = Launched(context, f"ids-{name}", Small(order, lines)).expect(0)
        with h5py.File(launched.run / "results" / "current" / "results.h5") as file:
            scores[name] = dict(zip([str(doc["id"]) for doc in order], map(float, file["score"])))
    same(scores, {"forth": {"1": 0.0, "001": 1.0}, "back": {"1": 0.0, "001": 1.0}}, "scores by id")
    docs.append({"id": "1", "input": "c", "target": "30"})
    twice = Launched(context, "ids-twice", Small(docs, lines)).expect(DATA)
    check("found id '1' twice" in twice.finished.stderr, twice.finished.stderr)


@trap(45)
def packed_docs_in_two_members_are_all_there_and_a_cut_is_an_error(context: Context) -> None:
    lines = completions([right(i) for i in range(8)])
    halves = ["".join(json.dumps(doc) + "\n" for doc in numbered(8)[part])
              for part in (slice(0, 4), slice(4, 8))]
    packed = b"".join(gzip.compress(half.encode()) for half in halves)
    for name, content, code in (("whole", packed, 0), ("cut", packed[:-9], DATA)):
        small = Edited(numbered(8), lines, edits={"docs.jsonl": "docs.jsonl.gz"},
                       extra={"docs.jsonl.gz": content})
        launched = Launched(context, f"gz-{name}", small).expect(code)
        if code == 0:
            same(launched.row["samples"], 8, "samples")


@trap(46)
def a_model_name_of_any_hub_stays_as_it_is(context: Context) -> None:
    name = "org/model:tag@rev"
    small = Edited(numbered(3), completions([right(i) for i in range(3)]),
                   edits={"{name: m,": f'{{name: "{name}",', "models: [m]": f'models: ["{name}"]'})
    launched = Launched(context, "name", small).expect(0)
    same(launched.row["model"], name, "model in the index")
    check(name in launched.report, launched.report)


def test(context: Context) -> None:
    for number, tests in sorted(TRAPS.items()):
        for one in tests:
            began = time.monotonic()
            one(context)
            context.say(f"  trap {number}: {one.__name__.replace('_', ' ')} "
                        f"({time.monotonic() - began:.1f} s)")


if __name__ == "__main__":
    main(test)
