"""Our verdicts and those of bench/peers/ifeval.py, which uses Python's re and str, nltk and langdetect, are the same."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import unicodedata
import warnings
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[4]
sys.path[:0] = [str(Path(__file__).parent), str(SOURCE / "bench" / "peers")]

import corpus  # noqa: E402
import ifeval  # noqa: E402
import languages  # noqa: E402

PER_INSTRUCTION = 150
SEEDS = 20
BLOCK = 64
SKIPPED = 77  # ctest: SKIP_RETURN_CODE


def ours(program: Path, lines: list[dict]) -> list[dict]:
    profiles = "" if ifeval.langdetect is None else str(Path(ifeval.langdetect.__file__).parent / "profiles")
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
        file.flush()
        done = subprocess.run([program, profiles, file.name], capture_output=True, text=True, check=True)
    return [json.loads(verdict) for verdict in done.stdout.splitlines()]


def agree(mine: dict, peer: dict) -> bool:
    """Errors agree when both are; what the peer cannot decide is not compared."""
    if "error" in peer or "error" in mine:
        return ("error" in peer) == ("error" in mine) or None in peer.get("strict", ())
    return all(theirs in (None, value) for kind in ("strict", "loose") for value, theirs in
               zip(mine[kind], peer[kind], strict=True))


def check(program: Path, lines: list[dict], expected: list[dict], what: str) -> None:
    wrong = [(line, mine, peer) for line, mine, peer in zip(lines, ours(program, lines), expected, strict=True)
             if not agree(mine, peer)]
    for line, mine, peer in wrong[:5]:
        print(f"{ascii(line)}\n  ours {mine}\n  expected {peer}")
    if wrong:
        sys.exit(f"{what}: {len(wrong)} of {len(lines)} verdicts differ")
    print(f"{what}: {len(lines)} verdicts agree")


def one(name: str, response: str, **kwargs: object) -> dict:
    return {"instruction_id_list": [name], "kwargs": [kwargs], "response": response}


def check_corpus(program: Path) -> None:
    """Every id, both verdicts, strict and loose, awkward Unicode, wrong arguments."""
    lines = [line for line in corpus.lines(list(ifeval.RULES), PER_INSTRUCTION, 20261) if line["response"].strip()]
    expected = [ifeval.judge_line(line) for line in lines]
    for name in ifeval.RULES:
        if ifeval.is_unsupported(name):
            continue
        seen = {verdict["strict"][0] for line, verdict in zip(lines, expected) if
                line["instruction_id_list"] == [name] and "error" not in verdict}
        if seen != {0, 1}:
            sys.exit(f"{name}: the corpus has verdicts {seen}, expected both")
    check(program, lines, expected, "corpus")


def counted(name: str, response: str, count: int, bound: str, relation: str) -> list[dict]:
    """Two lines that are both followed when the count is `count`, and only then."""
    return [one(name, response, **{bound: count, relation: "at least"}),
            one(name, response, **{bound: count + 1, relation: "less than"})]


def check_characters(program: Path) -> None:
    """Words, digits and case of every character, and the lower case of those that have another."""
    lines = []
    points = [chr(point) for point in range(0x20000) if not 0xD800 <= point < 0xE000]
    for start in range(0, len(points), BLOCK):
        block = "x " + " ".join(points[start:start + BLOCK])
        words = len(ifeval.re.findall(r"\w+", block))
        lines += counted("length_constraints:number_words", block, words, "num_words", "relation")
        upper = sum(token.isupper() for token in block.split())
        lines += counted("change_case:capital_word_frequency", block, upper, "capital_frequency", "capital_relation")
        numbered = "".join("S" + c for c in points[start:start + BLOCK])
        digits = sum(unicodedata.category(c) == "Nd" for c in points[start:start + BLOCK])
        lines.append(one("detectable_format:multiple_sections", numbered, section_spliter="S", num_sections=digits))
    lines += [one("startend:end_checker", "x" + c, end_phrase=("x" + c).lower()) for c in points if c.lower() != c]
    check(program, lines, [{"strict": [1], "loose": [1]}] * len(lines), "characters")


def check_sentences(program: Path) -> None:
    lines = []
    for line in corpus.lines(["length_constraints:number_sentences"], 1000, 7):
        if line["response"].strip():
            count = len(ifeval.PUNKT.tokenize(line["response"]))
            lines += counted("length_constraints:number_sentences", line["response"], count, "num_sentences", "relation")
    check(program, lines, [{"strict": [1], "loose": [1]}] * len(lines), "sentences")


def check_languages(program: Path) -> None:
    """The language of texts on which langdetect is of one mind whatever its seed."""
    lines = []
    for texts in languages.TEXTS.values():
        for text in texts:
            said = set()
            for seed in range(SEEDS):
                ifeval.langdetect.DetectorFactory.seed = seed
                said.add(ifeval.langdetect.detect(text))
            if len(said) == 1:
                lines.append(one("language:response_language", text, language=said.pop()))
    ifeval.langdetect.DetectorFactory.seed = 0
    found = {line["kwargs"][0]["language"] for line in lines}
    if len(lines) < 60 or len(found) < 20:
        sys.exit(f"{len(lines)} texts in {len(found)} languages are certain, expected 60 in 20")
    check(program, lines, [{"strict": [1], "loose": [1]}] * len(lines), "languages")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    program = parser.parse_args().bin / "bench-ifeval-score"
    warnings.simplefilter("ignore", FutureWarning)  # of re, for brackets in a class
    check_corpus(program)
    check_characters(program)
    missing = []
    for module, name, compare in ((ifeval.PUNKT, "nltk", check_sentences),
                                  (ifeval.langdetect, "langdetect", check_languages)):
        if module is None:
            missing.append(name)
        else:
            compare(program)
    if missing:
        print(f"SKIPPED: not to be had here: {' and '.join(missing)}")
        sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
