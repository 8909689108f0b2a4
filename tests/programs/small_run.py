"""Runs of a few docs whose figures can be computed by hand."""

from __future__ import annotations

import dataclasses
import json

from shared import Context, Path, index_rows
from harness import Finished

Item = tuple[str, int, str | None]  # doc id, repeat, completion


def completions(items: list[Item]) -> str:
    return "".join(json.dumps({"doc_id": doc, "sample_idx": repeat, "completion": text}) + "\n"
                   for doc, repeat, text in items)


@dataclasses.dataclass
class Small:
    """What is written to docs.jsonl, completions.jsonl and run.yaml."""

    docs: list[dict]  # id, input, target
    lines: str  # completions.jsonl
    repeats: str = "1"
    metrics: str = "[accuracy]"
    extractor: str = "numeric"
    comparator: str = "numeric"
    model: str = ""  # more keys of the model
    rest: str = "resources: {ranks: 4}"
    tries: int = 1  # a failed item is given up then, so an incomplete run ends soon

    def write(self, folder: Path) -> Path:
        (folder / "docs.jsonl").write_text(
            "".join(json.dumps(doc) + "\n" for doc in self.docs), encoding="utf-8")
        (folder / "completions.jsonl").write_text(self.lines, encoding="utf-8")
        config = folder / "run.yaml"
        config.write_text(f"""version: 1
run: {{id: small, seed: 7}}
models: [{{name: m, backend: replay, completions: completions.jsonl{self.model}}}]
datasets: [{{slug: d, source: docs.jsonl, format: jsonl, id: id, input: input, target: target}}]
tasks:
  - {{evaluator: free_response, models: [m], datasets: [d], extractor: "{self.extractor}",
     comparator: {self.comparator}, sampling: {{repeats: {self.repeats}}}}}
metrics: {self.metrics}
{self.rest}
retry: {{attempts: {self.tries}}}
""", encoding="utf-8")
        return config


def numbered(count: int) -> list[dict]:
    """Docs d0, d1, ...; the target of d7 is 7."""
    return [{"id": f"d{i}", "input": f"say {i}", "target": str(i)} for i in range(count)]


class Launched:
    """A run that was launched, with its exit code, or refused."""

    def __init__(self, context: Context, name: str, small: Small, *more: str,
                 workers: int = 1) -> None:
        self.folder = context.folder(name)
        self.config = small.write(self.folder)
        self.programs = context.programs
        line = [self.programs.tally, "launch", str(self.config), "--workers", str(workers), *more]
        self.finished: Finished = self.programs.run(line, folder=self.folder)
        self.run = self.folder / "runs" / "small"

    def expect(self, *codes: int) -> "Launched":
        self.finished.expect(*codes)
        return self

    @property
    def row(self) -> dict:
        """The only row of the score index."""
        (row,) = index_rows(self.run)
        return row

    @property
    def report(self) -> str:
        return (self.run / "results" / "current" / "REPORT.txt").read_text(encoding="utf-8")
