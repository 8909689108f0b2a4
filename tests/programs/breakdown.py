"""Figures by group, errors over groups, truncation, tokens and cost, all the way from run.yaml to the score index, against
fractions that are worked out here; and the same bytes over other ranks and elements.
"""

from __future__ import annotations

import dataclasses
import json
import math
from fractions import Fraction

from shared import DATA, INCOMPLETE, Context, Path, check, index_bytes, index_rows, summary_of
from harness import main
from small_run import Launched, Small

PRICE_IN, PRICE_OUT = Fraction(1, 2), Fraction(3, 2)  # USD per million tokens
GROUPS = {"algebra": 4, "botany": 2, "chess": 1}  # docs
DOCS = [(group, number) for group, count in GROUPS.items() for number in range(count)]
REPEATS = 2
T_975 = {2: 0.95 * math.sqrt(2 / 0.0975), 6: 2.4469118511449692}  # by degrees of freedom


@dataclasses.dataclass
class Grouped(Small):
    """With group_by: subject."""

    def write(self, folder: Path) -> Path:
        config = super().write(folder)
        text = config.read_text(encoding="utf-8")
        check("target: target}" in text, text)
        config.write_text(text.replace("target: target}", "target: target, group_by: subject}"), encoding="utf-8")
        return config


def is_right(doc: int, repeat: int) -> bool:
    return (doc * 3 + repeat * 5) % 4 != 1


def tokens(doc: int, repeat: int) -> tuple[int, int]:
    return 100 + 7 * doc, 3 + doc * repeat


def is_cut(doc: int, repeat: int) -> bool:
    return doc % 3 == 0 and repeat == 1


def docs() -> list[dict]:
    return [{"id": f"d{i}", "input": "q", "target": str(i), "subject": group}
            for i, (group, _) in enumerate(DOCS)]


def completion(doc: int, repeat: int) -> dict:
    spent = tokens(doc, repeat)
    return {"doc_id": f"d{doc}", "sample_idx": repeat, "completion": str(doc if is_right(doc, repeat) else doc + 100),
            "finish_reason": "length" if is_cut(doc, repeat) else "stop",
            "usage": {"in": spent[0], "out": spent[1]}}


def lines(without: frozenset[int] = frozenset()) -> str:
    """All completions but those of some docs."""
    return "".join(json.dumps(completion(doc, repeat)) + "\n" for doc in range(len(DOCS)) if doc not in without
                   for repeat in range(REPEATS))


def run_of(text: str, statistics: str) -> Grouped:
    return Grouped(docs(), text, str(REPEATS), "[accuracy, 'pass@2', truncation_rate]",
                   model=f", price_in: {float(PRICE_IN)}, price_out: {float(PRICE_OUT)}", rest=statistics)


def values() -> dict[str, list[Fraction]]:
    """The mean score of each doc, by group."""
    found: dict[str, list[Fraction]] = {}
    for doc, (group, _) in enumerate(DOCS):
        right = sum(is_right(doc, repeat) for repeat in range(REPEATS))
        found.setdefault(group, []).append(Fraction(right, REPEATS))
    return found


def mean(numbers: list[Fraction]) -> Fraction:
    return sum(numbers, Fraction(0)) / len(numbers)


def near(found: float | None, expected: float | Fraction, what: str) -> None:
    check(found is not None and abs(found - float(expected)) < 1e-12,
          f"{what}: found {found}, expected {float(expected)}")


def clustered_error() -> float:
    """CR1: sqrt(G / (G - 1) sum over groups (sum of residuals)^2) / D."""
    groups = values()
    every = [value for group in groups.values() for value in group]
    centre = mean(every)
    squares = sum((sum(group) - len(group) * centre) ** 2 for group in groups.values())
    return math.sqrt(Fraction(len(groups), len(groups) - 1) * squares) / len(every)


def figures_by_group(row: dict) -> None:
    groups = values()
    found = row["groups"]
    check([group["name"] for group in found["each"]] == sorted(GROUPS), f"groups: {found}")
    check(found["absent"] == {}, f"absent: {found['absent']}")
    for group in found["each"]:
        own = groups[group["name"]]
        near(group["metrics"]["accuracy"], mean(own), group["name"])
        near(group["metrics"]["pass@2"], mean([Fraction(value > 0) for value in own]), f"{group['name']} pass@2")
        check((group["docs"], group["counted"], group["expected"]) ==
              (len(own), len(own) * REPEATS, len(own) * REPEATS), f"counts of {group}")
    near(found["micro"]["metrics"]["accuracy"], mean([value for own in groups.values() for value in own]), "micro")
    near(found["macro"]["metrics"]["accuracy"], mean([mean(own) for own in groups.values()]), "macro")
    check(found["micro"]["metrics"]["accuracy"] != found["macro"]["metrics"]["accuracy"], "micro and macro agree")


def use(row: dict) -> None:
    items = [(doc, repeat) for doc in range(len(DOCS)) for repeat in range(REPEATS)]
    spent = [sum(tokens(*item)[way] for item in items) for way in (0, 1)]
    check(row["tokens"] == {"in": spent[0], "out": spent[1]}, f"tokens: {row['tokens']}")
    near(row["cost_usd"], (spent[0] * PRICE_IN + spent[1] * PRICE_OUT) / 10**6, "cost_usd")
    cut = Fraction(sum(is_cut(*item) for item in items), len(items))
    near(row["truncation_rate"], cut, "truncation_rate")
    near(row["metrics"]["truncation_rate"], cut, "metric truncation_rate")


def errors_over_groups(context: Context) -> None:
    statistics = "statistics: {cluster: group, interval: t}\nresources: {ranks: 1}"
    launched = Launched(context, "clustered", run_of(lines(), statistics)).expect(0)
    row = launched.row
    figures_by_group(row)
    use(row)
    error = clustered_error()
    near(row["stderr"]["accuracy"], error, "error over groups")
    for bound, sign in zip(row["ci95"]["accuracy"], (-1, 1)):
        near(bound, row["metrics"]["accuracy"] + sign * T_975[len(GROUPS) - 1] * error, "bound of ci95")
    other = run_of(lines(), statistics.replace("ranks: 1", "ranks: 3, elements: 2"))
    again = Launched(context, "clustered-3", other, workers=3).expect(0)
    check(index_bytes(again.run) == index_bytes(launched.run), "other bytes over other ranks and elements")
    over_docs = Launched(context, "docs", run_of(lines(), "statistics: {interval: t}")).expect(0).row
    every = [value for own in values().values() for value in own]
    squares = sum((value - mean(every)) ** 2 for value in every)
    error = math.sqrt(squares / (len(every) - 1) / len(every))
    near(over_docs["stderr"]["accuracy"], error, "error over docs")
    near(over_docs["ci95"]["accuracy"][1], over_docs["metrics"]["accuracy"] + T_975[len(DOCS) - 1] * error, "ci95")


def a_group_without_a_figure(context: Context) -> None:
    """The only doc of chess has no completion: no mean over the groups, and both denominators everywhere."""
    gone = frozenset(doc for doc, (group, _) in enumerate(DOCS) if group == "chess")
    launched = Launched(context, "absent", run_of(lines(gone), "")).expect(INCOMPLETE)
    row = launched.row
    found = row["groups"]
    for which in ("micro", "macro"):
        check(not found[which]["metrics"].keys() & {"accuracy", "pass@2"}, f"means over groups: {found[which]}")
    check(found["absent"]["accuracy"] == "chess: nothing counted", f"absent: {found['absent']}")
    near(found["each"][0]["metrics"]["accuracy"], mean(values()["algebra"]), "algebra")
    (task,) = summary_of(launched.run)["tasks"]
    right = sum(sum(own) for name, own in values().items() if name != "chess") * REPEATS
    near(task["accuracy_counting_errors_as_wrong"], right / (len(DOCS) * REPEATS), "counting errors as wrong")
    check("no mean of accuracy over the groups: chess: nothing counted" in launched.report, launched.report)


def a_doc_without_a_group(context: Context) -> None:
    lacking = run_of(lines(), "")
    del lacking.docs[3]["subject"]
    refused = Launched(context, "no-group", lacking).expect(DATA)
    said = refused.finished.stderr
    check("subject" in said and "docs.jsonl:4" in said, said)
    check(not refused.run.exists() or not index_rows(refused.run), "a run without groups")


def test(context: Context) -> None:
    for one in (errors_over_groups, a_group_without_a_figure, a_doc_without_a_group):
        one(context)
        context.say(f"  {one.__name__.replace('_', ' ')}")


if __name__ == "__main__":
    main(test)
