"""S3: IFEval's instructions: responses per second, beside the checks written with Python's own means."""

import json
import pathlib
import random

from rows import Goal, Program, Row
from rows import tools

RESPONSES = 2000
WORDS = ("the model writes a short answer with words and numbers of many kinds while people look at it and wait for "
         "what comes next Section **bold** *em* [name] hello world, it is done. 12 items - one * two").split()

PROFILES = "/usr/lib/python3/dist-packages/langdetect/profiles"

# Those for which the peer needs modules that are not the language's own: nltk and langdetect.
WITH_MODULES = [
    ("length_constraints:number_sentences", {"num_sentences": 5, "relation": "at least"}),
    ("language:response_language", {"language": "en"}),
    ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": "at least"}),
    ("change_case:english_capital", {}),
    ("change_case:english_lowercase", {}),
]
INSTRUCTIONS = [
    ("keywords:existence", {"keywords": ["answer", "people"]}),
    ("keywords:frequency", {"keyword": "words", "frequency": 3, "relation": "at least"}),
    ("keywords:forbidden_words", {"forbidden_words": ["secret", "never"]}),
    ("keywords:letter_frequency", {"letter": "e", "let_frequency": 20, "let_relation": "at least"}),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 3}),
    ("length_constraints:number_words", {"num_words": 200, "relation": "at least"}),
    ("length_constraints:nth_paragraph_first_word",
     {"num_paragraphs": 3, "nth_paragraph": 2, "first_word": "people"}),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}),
    ("detectable_format:number_bullet_lists", {"num_bullets": 3}),
    ("detectable_format:constrained_response", {}),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}),
    ("detectable_format:multiple_sections", {"section_spliter": "Section", "num_sections": 3}),
    ("detectable_format:json_format", {}),
    ("detectable_format:title", {}),
    ("combination:two_responses", {}),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Write a short answer."}),
    ("startend:end_checker", {"end_phrase": "it is done."}),
    ("startend:quotation", {}),
    ("punctuation:no_comma", {}),
]


def write_lines(file: pathlib.Path, responses: int, instructions: list) -> pathlib.Path:
    """Responses of some 300 words, each with one to three instructions."""
    dice = random.Random(3)
    with open(file, "w", encoding="utf-8") as out:
        for _ in range(responses):
            paragraphs = [" ".join(dice.choices(WORDS, k=dice.randrange(30, 120)))
                          for _ in range(dice.randrange(2, 6))]
            chosen = dice.sample(instructions, dice.randrange(1, 4))
            out.write(json.dumps({"instruction_id_list": [name for name, _ in chosen],
                                  "kwargs": [kwargs for _, kwargs in chosen],
                                  "response": "\n\n".join(paragraphs)}) + "\n")
    return file


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    fixed = write_lines(folder / "fixed.jsonl", RESPONSES, INSTRUCTIONS)
    every = write_lines(folder / "every.jsonl", RESPONSES // 5, INSTRUCTIONS + WITH_MODULES)
    ours = [binaries / "bench-ifeval-score"]
    peer = [tools.PYTHON, tools.HERE / "peers/ifeval.py"]
    if tools.output_of(*ours, PROFILES, every) == "" or "error" in tools.output_of(*peer, every):
        raise SystemExit("bench: found instructions that are refused, expected verdicts")

    def timed(*command) -> Program:
        return Program(lambda: {"value": float(tools.output_of(*command))})

    return Row(
        "S3", f"IFEval: {RESPONSES:,} responses of some 300 words", "responses/s",
        {
            "all 25, ours": timed(*ours, "--time", PROFILES, every),
            "all 25, Python": timed(*peer, "--time", every),
            "20 of the language, ours": timed(*ours, "--time", "", fixed),
            "20 of the language, Python": timed(*peer, "--time", fixed),
        },
        [Goal("all 25 instructions: ours / Python", "all 25, ours", "all 25, Python", ">=", 20),
         Goal("the 20 that need no module: ours / Python", "20 of the language, ours",
              "20 of the language, Python", ">=", 20)])
