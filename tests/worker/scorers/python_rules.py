"""Rules of other harnesses, as their own language runs them.

Reads lines from standard input and answers each with one line; texts are UTF-8 in hex. What a line
asks for is its first word:

    extract TEXT         one field per extractor: the answer in hex, "-" for none
    letter TEXT          the same per extractor of letters: the text that is compared with A, B, ...
    compare ANSWER GOLD  one field per comparator: 1 or 0, "-" where the rule is not asked
    text TEXT            lower(), casefold(), strip() and " ".join(split()), in hex
    count PATTERN TEXT   matches of a pattern, "-" where it is none
    number TEXT          float() and int() of it, "-" where they refuse
"""

from __future__ import annotations

import math
import re
import string
import sys


def hexed(text: str | None) -> str:
    return text.encode().hex() if text else "-"


# Extractors

def first(pattern: str, text: str) -> str | None:
    """lm-eval's regex filter: a group's text, the first that is not empty of several, stripped."""
    return pick(re.findall(pattern, text), 0)


def last(pattern: str, text: str) -> str | None:
    return pick(re.findall(pattern, text), -1)


def pick(found: list, which: int) -> str | None:
    if not found:
        return None
    chosen = found[which]
    if isinstance(chosen, tuple):
        groups = [group for group in chosen if group]
        chosen = groups[0] if groups else ""
    return chosen.strip()


def openai_gsm8k(text: str) -> str | None:
    found = re.search(r"#### (\-?[0-9\.\,]+)", text)
    return found.group(1).strip().replace(",", "") if found else None


def opencompass_gsm8k(text: str) -> str | None:
    found = re.findall(r"\-?\d+\.\d+|\-?\d+", text.split("Question:")[0])
    return found[-1] if found else None


EXTRACTORS = {
    "openai:gsm8k": openai_gsm8k,
    "lm_eval:gsm8k_strict": lambda text: first(r"#### (\-?[0-9\.\,]+)", text),
    "lm_eval:gsm8k_flexible": lambda text: last(r"(-?[$0-9.,]{2,})|(-?[0-9]+)", text),
    "lm_eval:gsm8k_cot": lambda text: first(r"The answer is (\-?[0-9\.\,]*[0-9]+)", text),
    "opencompass:gsm8k": opencompass_gsm8k,
    "lm_eval:mmlu_generative": lambda text: first(r"^(.*?)(?=\n|$)", text),
    "lm_eval:mmlu_flan_cot": lambda text: first(r"(?<=answer is )(.*)(?=.)", text),
    "lm_eval:mmlu_pro": lambda text: first(r"answer is \(?([ABCDEFGHIJ])\)?", text),
    "exact": str.strip,
}
LETTERS = [name for name in EXTRACTORS if name.startswith("lm_eval:mmlu")]
NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
NO_DIGITS = str.maketrans("", "", string.digits)


def compared(text: str | None) -> str:
    """exact_match with ignore_case and ignore_punctuation."""
    return (text or "").lower().translate(NO_PUNCTUATION)


# Comparators

def exact(text: str) -> str:
    """Ours: lm-eval's exact_match as gsm8k configures it, which has no strip()."""
    for ignored in (",", r"\$", r"(?s).*#### ", r"\.$"):
        text = re.sub(ignored, "", text)
    return text.lower().strip()


def opencompass(answer: str, gold: str) -> bool:
    try:
        return answer == gold or abs(float(answer) - int(gold)) < 1e-6
    except (ValueError, OverflowError):
        return False


def quasi(text: str) -> str:
    bare = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def finite(text: str) -> float | None:
    for form in (text, text.replace("\u2212", "-")):
        try:
            number = float(form)
        except ValueError:
            continue
        return number if math.isfinite(number) else None
    return None


def bare_number(text: str) -> str:
    return re.sub(r"\.(?=\s|$|\D)", "", re.sub("[$,£€*_]", "", text))


def tokens(words: list[str]) -> list[str]:
    around = "!?:;()[]{}'\"`~<=>@#^&|"
    found = [finite(word) if finite(word) is not None else finite(word.strip(around))
             for word in words]
    return [format(number, ".5g") for number in found if number is not None]


def inspect(where: str, numeric: bool):
    def match(answer: str, gold: str) -> bool | None:
        answer, gold = answer.strip().casefold(), gold.strip().casefold()
        if numeric:
            gold = bare_number(gold)
        if numeric and finite(gold) is not None:
            wanted = format(finite(gold), ".5g")
            answer = bare_number(answer)
            if where == "exact":
                return finite(answer) is not None and format(finite(answer), ".5g") == wanted
            found = tokens(re.split(r"\s+", answer))
            chosen = {"begin": found[:1], "end": found[-1:], "any": found}[where]
            return wanted in chosen
        around = string.whitespace + string.punctuation
        answer, gold = answer.strip(around), gold.strip(around)
        if not gold:
            return None
        return {"begin": answer.startswith(gold), "end": answer.endswith(gold),
                "any": gold in answer, "exact": answer == gold}[where]
    return match


def ignoring(case: bool = False, punctuation: bool = False, numbers: bool = False):
    def normal(text: str) -> str:
        text = text.lower() if case else text
        text = text.translate(NO_PUNCTUATION) if punctuation else text
        return text.translate(NO_DIGITS) if numbers else text
    return lambda answer, gold: normal(answer) == normal(gold)


COMPARATORS = {
    "exact": lambda answer, gold: exact(answer) == exact(gold),
    "opencompass:gsm8k": opencompass,
    "hf:exact_match": ignoring(),
    "hf:exact_match_ignore_case": ignoring(case=True),
    "hf:exact_match_ignore_punctuation": ignoring(punctuation=True),
    "hf:exact_match_ignore_numbers": ignoring(numbers=True),
    "hf:exact_match_ignore_case_punctuation": ignoring(case=True, punctuation=True),
    "hf:exact_match_ignore_case_punctuation_numbers": ignoring(True, True, True),
    "helm:exact_match": lambda answer, gold: answer.strip() == gold.strip(),
    "helm:prefix_exact_match": lambda answer, gold:
        answer.strip().startswith(gold.strip()) if gold.strip() else None,
    "helm:quasi_exact_match": lambda answer, gold: quasi(answer) == quasi(gold),
    "helm:quasi_prefix_exact_match": lambda answer, gold:
        quasi(answer).startswith(quasi(gold)) if quasi(gold) else None,
    **{f"inspect:match_{kind}{where}": inspect(where, bool(kind))
       for kind in ("", "numeric_") for where in ("begin", "end", "any", "exact")},
}


def number(make, text: str) -> str:
    try:
        return repr(float(make(text)))
    except ValueError:
        return "-"
    except OverflowError:
        return "inf" if "-" not in text else "-inf"


def count(pattern: str, text: str) -> str:
    try:
        return str(len(re.findall(pattern, text)))
    except re.error:
        return "-"


def answer_line(words: list[str]) -> list[str]:
    kind, *texts = words
    given = [bytes.fromhex(text).decode() for text in texts] + ["", ""]
    if kind == "extract":
        return [hexed(rule(given[0])) for rule in EXTRACTORS.values()]
    if kind == "letter":
        return [hexed(compared(EXTRACTORS[name](given[0]))) for name in LETTERS]
    if kind == "compare":
        verdicts = [rule(given[0], given[1]) for rule in COMPARATORS.values()]
        return ["-" if verdict is None else str(int(verdict)) for verdict in verdicts]
    if kind == "count":
        return [count(given[0], given[1])]
    if kind == "text":
        # Lower case after folding: only Cherokee folds to capitals.
        text = given[0]
        return [hexed(text.lower()), hexed(text.casefold().lower()), hexed(text.strip()),
                hexed(" ".join(text.split()))]
    return [number(float, given[0]), number(int, given[0])]


def main() -> None:
    sys.set_int_max_str_digits(0)
    names = {"extract": EXTRACTORS, "letter": LETTERS, "compare": COMPARATORS}
    for line in sys.stdin:
        words = line.rstrip("\n").split(" ")
        if words[0] == "names":
            print(*names[words[1]])
        elif words[0] == "assigned":  # the code points that this Python knows
            import unicodedata
            print("".join("1" if unicodedata.category(chr(c)) not in ("Cn", "Cs") else "0"
                          for c in range(0x110000)))
        else:
            print(*answer_line(words))


if __name__ == "__main__":
    main()
