#!/usr/bin/env python3
"""Writes the completions of two imaginary models, wren and heron, to the word problems.

Everything follows from SHA-256 of (model, problem, repeat), so a second run writes the same bytes.
Among the completions are right and wrong ones, dollar signs, thousands separators, texts without any
number, one that was cut off and one null.
"""
import gzip
import hashlib
import json
import pathlib
import re

FOLDER = pathlib.Path(__file__).parent
REPEATS = 4


def draw(*key):
    """A number in [0, 1) that depends on the key alone."""
    digest = hashlib.sha256(":".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def plain(answer):
    """GSM8K's working without its <<a=b>> notes, and without the last line."""
    return re.sub(r"<<.*?>>", "", answer.rsplit("\n", 1)[0])


def written(value, style):
    number = float(value.replace(",", ""))
    short = f"{number:g}" if abs(number) < 1e5 else f"{number:.0f}"
    return [
        f"#### {value}",
        f"The answer is ${number:,.2f}.",
        f"So the answer is {short}.",
        f"**{value}**",
        f"Answer: {value}",
    ][int(style * 5)]


def wrong(value, how):
    number = float(value.replace(",", ""))
    changed = [number + 1, number * 10, number - 2, number / 2 + 3][int(how * 4)]
    return f"{changed:,.2f}".removesuffix(".00")


def complete(model, skill, doc, problem, repeat):
    """Returns text and finish reason."""
    value = problem["answer"].rsplit("#### ", 1)[1]
    # A problem that is hard for a model is hard in every repeat.
    hard = draw(model, doc, "hard") * 0.5
    fate = draw(model, doc, repeat, "fate") + hard
    style = draw(model, doc, repeat, "style")
    if fate < skill:
        return f"{plain(problem['answer'])}\n{written(value, style)}", "stop"
    if style < 0.1:
        return "I cannot tell from what is given.", "stop"
    if style < 0.2:
        return plain(problem["answer"])[:40], "length"
    return f"Let me see.\n{written(wrong(value, draw(model, doc, repeat, 'how')), style)}", "stop"


def lines(model, skill, keys):
    with open(FOLDER / "data/word_problems.jsonl", encoding="utf-8") as problems:
        for doc, line in enumerate(problems):
            problem = json.loads(line)
            for repeat in range(REPEATS):
                text, finish = complete(model, skill, doc, problem, repeat)
                if (model, doc, repeat) == ("wren", 5, 2):
                    text = None
                usage = {"in": len(problem["question"].split()), "out": len((text or "").split())}
                values = (str(doc), repeat, text)
                record = dict(zip(keys, values), model=model, finish_reason=finish, usage=usage)
                yield json.dumps(record, ensure_ascii=False) + "\n"


def main():
    text = "".join(lines("wren", 1.0, ("doc_id", "sample_idx", "completion")))
    (FOLDER / "data/wren.jsonl").write_text(text, encoding="utf-8")
    text = "".join(lines("heron", 0.7, ("task_id", "repeat", "response")))
    packed = gzip.compress(text.encode(), mtime=0)
    (FOLDER / "data/heron.jsonl.gz").write_bytes(packed)


if __name__ == "__main__":
    main()
