"""Lines of instructions, arguments and responses: all 25 ids, both verdicts, awkward Unicode, wrong arguments."""
import random

SPACES = [" ", " ", " ", "\n", "\n\n", "\n\n", "\t", "\r\n", "\u00a0", "\u2003", "\x1c", "\x85", "\u180e", "\u3000", ""]
WORDS = """The the cat Dr. U.S. e.g. naïve Straße STRASSE İstanbul ılık K ſun ΟΔΟΣ ΣΑΣ. ΑΣ Σ ǅ ªº Ⅷ ⅷ ² ٣ 3. 12. 1,5 3.14 No. J. j. É. é.
_. a. b A I'm "quoted" 'single' (aside.) [box] [name [x] ] ] *em* **bold** ***both*** * ** *** ****** * * ******* - -- --- -item * item *\nitem
** not . .. ... . . . . . . . ? ! ?! !!! .) ." .' .] .} .-- ;. :, , ,, P.S. p. s. P.P.S P. P. S p.p.s <<title>> << >> <<<a>>> <<b>> <<a >>> >>
SECTION 1 Section 2 Section3 SECTION\u00a04 Section ٣ Section x ```json ``` {"a":[1,2,NaN]} [] "x" cats CAT concat
hello Hello HELLO world! end End. Über über ÜBER 你好。 こんにちは 한국어 👍 e\u0301 \u0345 Don't U+1F. x@y.zz http://a.bc/d?e=1 v2.0 Mr. Smith said. yes""".split(" ")
SENTENCES = ["The quick brown fox jumps over the lazy dog.", "Dr. Smith arrived at 3 p.m. on Monday.", "He said (quietly.) Then he left!",
             "J. R. Smith wrote it. j. smith did not.", "Is it 3. or 4. Maybe?", "Well... Perhaps. . . not", "\"Stop!\" she cried.",
             "This is all in english and it is written in plain words", "THIS IS ALL IN ENGLISH AND IT IS WRITTEN IN PLAIN WORDS",
             "Ceci est une phrase en français, assez longue pour être reconnue.", "Dies ist ein deutscher Satz, lang genug um erkannt zu werden.",
             "Это предложение написано на русском языке, и оно довольно длинное.", "これは日本語で書かれた文章です。", "这是一个用中文写的句子。",
             "이것은 한국어로 쓰인 문장입니다.", "Esta frase está escrita en español.", "هذه الجملة مكتوبة باللغة العربية.", "यह वाक्य हिंदी में लिखा गया है।"]
PHRASES = ["My answer is yes.", "my answer is no.", "My answer is maybe.", "P. S. one", "P.P.S two", "p.p. s", "<<a title>>", "Section 1", "SECTION 2", "SECTION\u00a04",
           "******", "***", "* one\n* two", "- one\n - two", "**bold text**", "*em text*", "[your name]", "The end.\n\nThe start."]
KEYWORDS = ["cat", "CAT", "the", "hello", "naïve", "über", "end", "s", "k", "i", "ı", "İ", "ſ", "K", "item", "world", "C\\+\\+", "c.t", "^the",
            "(cat|world)", "[a-c]at", "x*", "\\bcat\\b", "smith$", "\\d+", "\\w+", "\\s", "\\S+", "h{,1}ello", "[[:alpha:]]", "\\u00fcber", "dog\\Z", "a++",
            "(", "\\q", "quoted\"", "I'm", "p. s", "#", "e\u0301", "Straße", "ΣΑΣ", "fox jumps"]
LETTERS = ["a", "e", "T", "s", "k", "K", "i", "İ", "#", "!", "é", "É", "σ", "ς", "Σ", " ", "ab", "", None, "ß", "3"]
RELATIONS = ["less than", "at least"] * 8 + [None, "at most"]
LANGUAGES = ["en", "fr", "de", "ru", "ja", "zh-cn", "ko", "es", "ar", "hi", "xx", None]


def text(rng):
    if rng.random() < 0.03:
        return rng.choice(["", " ", "\n\n", "\u3000", "*", "**", "\"", "\"\"", "***", "\u0000", "-", "{}", "NaN", "-Infinity", "[1,", "\"a\nb\"", "\"\\ud800\""])
    parts = []
    for _ in range(rng.choice([1, 2, 3, 5, 8, 13, 30])):
        kind = rng.random()
        parts.append(rng.choice(SENTENCES) if kind < 0.3 else rng.choice(WORDS) if kind < 0.75 else rng.choice(PHRASES) if kind < 0.93 else rng.choice(KEYWORDS))
        parts.append(rng.choice(SPACES) if rng.random() < 0.7 else " ")
    whole = "".join(parts)
    shape = rng.random()
    if shape < 0.06:
        return '"' + whole + '"'
    if shape < 0.1:
        return whole.upper()
    if shape < 0.14:
        return whole.lower()
    if shape < 0.2:
        return rng.choice(["```json\n", "```", "```JSON", ""]) + rng.choice(['{"a": [1, -0.5e3, "\\u00e9", null]}', "[01]", '{"a":}', "true", "1.", "1e5", "[]"]) + rng.choice(["```", "\n```\n", ""])
    if shape < 0.26:
        return rng.choice(["First line.\n", "* ", "# "]) + whole + rng.choice(["\nLast line", "\n", " *"])
    return whole


def number(rng):
    return rng.choice([0, 1, 1, 2, 2, 3, 4, 5, 8, 20, 2.0, 2.5] + ([-1, None, "3"] if rng.random() < 0.2 else []))


def nth(rng):
    return {"num_paragraphs": rng.choice([1, 2, 2, 3, 4]), "nth_paragraph": rng.choice([1, 1, 1, 2, 3])} if rng.random() < 0.9 else {
        "num_paragraphs": number(rng), "nth_paragraph": number(rng)}


def arguments(rng, name, response):
    relation = rng.choice(RELATIONS)
    tail = response.strip()[-rng.choice([1, 3, 8]):]
    first = (response.split() or [""])[0]
    head = response[: rng.choice([1, 5, 20])]
    table = {
        "keywords:existence": lambda: {"keywords": [rng.choice(KEYWORDS) for _ in range(rng.choice([1, 1, 2, 0]))]},
        "keywords:forbidden_words": lambda: {"forbidden_words": [rng.choice(KEYWORDS) for _ in range(rng.choice([1, 1, 2, 0]))]},
        "keywords:frequency": lambda: {"keyword": rng.choice(KEYWORDS + [" cat ", "", None]), "frequency": number(rng), "relation": relation},
        "keywords:letter_frequency": lambda: {"letter": rng.choice(LETTERS), "let_frequency": number(rng), "let_relation": relation},
        "language:response_language": lambda: {"language": rng.choice(LANGUAGES)},
        "length_constraints:number_sentences": lambda: {"num_sentences": number(rng), "relation": relation},
        "length_constraints:number_paragraphs": lambda: {"num_paragraphs": number(rng)},
        "length_constraints:number_words": lambda: {"num_words": number(rng), "relation": relation},
        "length_constraints:nth_paragraph_first_word": lambda: {**nth(rng), "first_word": rng.choice([first, first.strip("\"'.,!?"), first.upper(), "the", "The", "i", "dr", "ΣΑΣ", "İstanbul", "", "quoted", "he", rng.choice(WORDS)])},
        "detectable_content:number_placeholders": lambda: {"num_placeholders": number(rng)},
        "detectable_content:postscript": lambda: {"postscript_marker": rng.choice(["P.S.", "P.P.S", " P.S. ", "P.S", "Note", "[a-c]at", "(", None])},
        "detectable_format:number_bullet_lists": lambda: {"num_bullets": number(rng)},
        "detectable_format:number_highlighted_sections": lambda: {"num_highlights": number(rng)},
        "detectable_format:multiple_sections": lambda: {"section_spliter": rng.choice(["Section", "SECTION", " Section ", "S(ecti)on", "", "[Ss]ection", "Sec."]), "num_sections": number(rng)},
        "combination:repeat_prompt": lambda: {"prompt_to_repeat": rng.choice([head, head.upper(), head.lower(), "Other", "", " "])},
        "startend:end_checker": lambda: {"end_phrase": rng.choice([tail, tail.upper(), " " + tail, "End.", "", None])},
        "change_case:capital_word_frequency": lambda: {"capital_frequency": number(rng), "capital_relation": relation},
    }
    return table.get(name, dict)()


def lines(names, count, seed):
    """`count` lines for each name, each with that instruction alone."""
    rng = random.Random(seed)
    for name in names:
        for _ in range(count):
            response = text(rng)
            if name.startswith("change_case:english") and rng.random() < 0.5:
                response = rng.choice(SENTENCES) + " " + rng.choice(SENTENCES)
                response = response.upper() if name.endswith("capital") else response.lower()
            yield {"instruction_id_list": [name], "kwargs": [arguments(rng, name, response)], "response": response}
