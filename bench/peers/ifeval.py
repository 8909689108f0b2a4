"""IFEval's 25 instructions by Python's own means: the peer that instruction_following is checked and timed against.

    ifeval.py LINES.jsonl            a line of verdicts per line: {"strict": [1, 0], "loose": [1, 1]}
    ifeval.py --time LINES.jsonl     judges them all once more and prints responses per second

A line holds instruction_id_list, kwargs and response. A verdict is null where a module is not to be had: langdetect
for the three ids about languages, nltk for number_sentences. A line whose arguments are wrong gives {"error": ..}.
"""
import json
import operator
import re
import sys
import time

try:
    import langdetect
    from langdetect.lang_detect_exception import LangDetectException

    langdetect.DetectorFactory.seed = 0
except ImportError:
    langdetect = None
try:
    from nltk.tokenize.punkt import PunktSentenceTokenizer

    PUNKT = PunktSentenceTokenizer()
except ImportError:
    PUNKT = None

RELATIONS = {"less than": operator.lt, "at least": operator.ge}
ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


class BadArguments(Exception):
    pass


def need(kwargs, key, kind):
    value = kwargs.get(key)
    if value is None or isinstance(value, bool) or not isinstance(value, kind):
        raise BadArguments(key)
    return value


def count_of(kwargs, key):
    value = need(kwargs, key, (int, float))
    if value < 0:
        raise BadArguments(key)
    return value


def words_of(kwargs, key):
    words = need(kwargs, key, list)
    if not words or not all(isinstance(word, str) for word in words):
        raise BadArguments(key)
    return words


def text_of(kwargs, key):
    text = need(kwargs, key, str)
    if not text:
        raise BadArguments(key)
    return text


def compared(kwargs, relation, bound, found):
    word = need(kwargs, relation, str)
    if word not in RELATIONS:
        raise BadArguments(relation)
    return RELATIONS[word](found, bound)


def in_language(text, language):
    try:
        return langdetect.detect(text) == language
    except LangDetectException:
        return True  # nothing to tell a language by


def existence(text, kwargs):
    patterns = [re.compile(word, re.IGNORECASE) for word in words_of(kwargs, "keywords")]
    return all(pattern.search(text) for pattern in patterns)


def frequency(text, kwargs):
    keyword = text_of(kwargs, "keyword").strip()
    found = sum(1 for _ in re.finditer(keyword, text, re.IGNORECASE))
    return compared(kwargs, "relation", count_of(kwargs, "frequency"), found)


def forbidden(text, kwargs):
    patterns = [re.compile(rf"\b{word}\b", re.IGNORECASE) for word in words_of(kwargs, "forbidden_words")]
    return not any(pattern.search(text) for pattern in patterns)


def letters(text, kwargs):
    letter = text_of(kwargs, "letter")
    if len(letter) != 1:
        raise BadArguments("letter")
    found = text.lower().count(letter.lower())
    return compared(kwargs, "let_relation", count_of(kwargs, "let_frequency"), found)


def language(text, kwargs):
    return in_language(text, need(kwargs, "language", str))


def sentences(text, kwargs):
    return compared(kwargs, "relation", count_of(kwargs, "num_sentences"), len(PUNKT.tokenize(text)))


def paragraphs(text, kwargs):
    wanted = count_of(kwargs, "num_paragraphs")
    empty = [not piece.strip() for piece in re.split(r"\s?\*\*\*\s?", text)]
    if any(empty[1:-1]):
        return False
    return empty.count(False) == wanted


def words(text, kwargs):
    return compared(kwargs, "relation", count_of(kwargs, "num_words"), len(re.findall(r"\w+", text)))


def first_word(text, kwargs):
    wanted = count_of(kwargs, "num_paragraphs")
    nth = need(kwargs, "nth_paragraph", (int, float))
    if nth != int(nth) or not 1 <= nth <= wanted:
        raise BadArguments("nth_paragraph")
    word = need(kwargs, "first_word", str).lower()
    pieces = text.split("\n\n")
    filled = sum(1 for piece in pieces if piece.strip())
    if nth > filled or filled != wanted or not pieces[int(nth) - 1].strip():
        return False
    token = pieces[int(nth) - 1].split()[0].lstrip("'").lstrip('"')
    return "".join(c.lower() for c in re.split("[.,?!'\"]", token)[0]) == word


def placeholders(text, kwargs):
    return len(re.findall(r"\[.*?\]", text)) >= count_of(kwargs, "num_placeholders")


def postscript(text, kwargs):
    marker = need(kwargs, "postscript_marker", str).strip()
    known = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    pattern = known.get(marker, marker.lower())
    return re.search(pattern + ".*$", text.lower(), re.MULTILINE) is not None


def bullets(text, kwargs):
    stars = re.findall(r"^\s*\*[^\*].*$", text, re.MULTILINE)
    dashes = re.findall(r"^\s*-.*$", text, re.MULTILINE)
    return len(stars) + len(dashes) == count_of(kwargs, "num_bullets")


def constrained(text, kwargs):
    return any(answer in text for answer in ANSWERS)


def highlights(text, kwargs):
    single = [match for match in re.findall(r"\*[^\n\*]*\*", text) if match.strip("*").strip()]
    double = [match for match in re.findall(r"\*\*[^\n\*]*\*\*", text) if match[2:-2].strip()]
    return len(single) + len(double) >= count_of(kwargs, "num_highlights")


def sections(text, kwargs):
    splitter = need(kwargs, "section_spliter", str).strip()
    return len(re.split(rf"\s?{splitter}\s?\d+\s?", text)) - 1 >= count_of(kwargs, "num_sections")


def is_json(text, kwargs):
    text = text.strip()
    for fence in ("```json", "```Json", "```JSON", "```"):
        text = text.removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except ValueError:
        return False
    return True


def title(text, kwargs):
    return any(match.lstrip("<").rstrip(">").strip() for match in re.findall(r"<<[^\n]+>>", text))


def two(text, kwargs):
    pieces = [piece.strip() for piece in text.split("******")]
    if not all(pieces[1:-1]):
        return False
    filled = [piece for piece in pieces if piece]
    return len(filled) == 2 and filled[0] != filled[1]


def repeat(text, kwargs):
    prompt = text_of(kwargs, "prompt_to_repeat")
    return text.strip().lower().startswith(prompt.strip().lower())


def ending(text, kwargs):
    phrase = need(kwargs, "end_phrase", str)
    return text.strip().strip('"').lower().endswith(phrase.strip().lower())


def quoted(text, kwargs):
    text = text.strip()
    return len(text) > 1 and text[0] == text[-1] == '"'


def capital_words(text, kwargs):
    found = sum(1 for word in text.split() if word.isupper())
    return compared(kwargs, "capital_relation", need(kwargs, "capital_frequency", (int, float)), found)


def capital(text, kwargs):
    return text.isupper() and in_language(text, "en")


def lowercase(text, kwargs):
    return text.islower() and in_language(text, "en")


def no_comma(text, kwargs):
    return "," not in text


RULES = {
    "keywords:existence": existence,
    "keywords:frequency": frequency,
    "keywords:forbidden_words": forbidden,
    "keywords:letter_frequency": letters,
    "language:response_language": language,
    "length_constraints:number_sentences": sentences,
    "length_constraints:number_paragraphs": paragraphs,
    "length_constraints:number_words": words,
    "length_constraints:nth_paragraph_first_word": first_word,
    "detectable_content:number_placeholders": placeholders,
    "detectable_content:postscript": postscript,
    "detectable_format:number_bullet_lists": bullets,
    "detectable_format:constrained_response": constrained,
    "detectable_format:number_highlighted_sections": highlights,
    "detectable_format:multiple_sections": sections,
    "detectable_format:json_format": is_json,
    "detectable_format:title": title,
    "combination:two_responses": two,
    "combination:repeat_prompt": repeat,
    "startend:end_checker": ending,
    "startend:quotation": quoted,
    "change_case:capital_word_frequency": capital_words,
    "change_case:english_capital": capital,
    "change_case:english_lowercase": lowercase,
    "punctuation:no_comma": no_comma,
}
NEED_LANGDETECT = {"language:response_language", "change_case:english_capital", "change_case:english_lowercase"}


def variants(response):
    lines = response.split("\n")
    forms = [response]
    forms += ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    return forms + [form.replace("*", "") for form in forms]


def is_unsupported(name):
    if name not in RULES or (name in NEED_LANGDETECT and langdetect is None):
        return True
    return name == "length_constraints:number_sentences" and PUNKT is None


def judge(names, arguments, response):
    """Strict and loose verdicts: 1, 0, or None for what cannot be decided here."""
    forms = variants(response)
    strict, loose = [], []
    for name, kwargs in zip(names, arguments, strict=True):
        if is_unsupported(name):
            strict.append(None)
            loose.append(None)
            continue
        rule = RULES[name]
        strict.append(int(bool(response.strip() and rule(response, kwargs))))
        loose.append(int(any(form.strip() and rule(form, kwargs) for form in forms)))
    return {"strict": strict, "loose": loose}


def judge_line(line):
    try:
        return judge(line["instruction_id_list"], line["kwargs"], line["response"] or "")
    except (BadArguments, re.error) as error:
        return {"error": str(error)}


def main(arguments):
    timed = arguments[:1] == ["--time"]
    with open(arguments[-1], encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    if not timed:
        for line in lines:
            print(json.dumps(judge_line(line)))
        return
    judge_line(lines[0])  # what is loaded at the first use is not the question
    start = time.perf_counter()
    for line in lines:
        judge_line(line)
    print(f"{len(lines) / (time.perf_counter() - start):.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
