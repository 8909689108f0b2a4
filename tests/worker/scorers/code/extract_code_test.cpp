#include "worker/scorers/code/extract_code.hpp"

#include "catch.hpp"
#include "core/base/error.hpp"
#include "worker/scorers/code/python.hpp"

using tally::worker::code_extractors;
using tally::worker::find_code_extractor;

namespace {

std::string extract(std::string_view name, std::string_view completion) {
  return find_code_extractor(name).extract(completion).value_or("none");
}

constexpr const char* kLcb = R"(
def judge(text):
    lines = text.split("\n")
    fences = [i for i, line in enumerate(lines) if "```" in line]
    if len(fences) < 2:
        return ""
    return "\n".join(lines[fences[-2] + 1:fences[-1]])
)";

constexpr const char* kOpenCompass = R"(
import re
def judge(text):
    found = re.search(r"```\w*\n(.*?)```", text, re.DOTALL)
    return (found.group(1) if found else text).lstrip()
)";

constexpr const char* kLmEval = R"(
import re
def judge(text):
    found = re.search(r"```(?:\w+)?\n?(.*?)\n?```", "```" + text, re.DOTALL)
    return found.group(1) if found else ""
)";

std::vector<std::vector<std::string>> completions(std::uint64_t seed) {
  const std::vector<std::string> pieces{
      "```", "```",  "`",  "````", "python", "py_3 ",  "\n",    "\n",    "\n\n",       "def f():",
      " ",   "    ", "\r", "\n",   "x",      "\u00e9", "```\n", "\n```", "```python\n"};
  std::vector<std::vector<std::string>> rows;
  Dice dice(seed);
  for (int i = 0; i < 5000; ++i) {
    std::string text;
    for (std::size_t n = dice.roll(12); n > 0; --n) text += dice.pick(pieces);
    rows.push_back({text});
  }
  return rows;
}

void check_agreement(const char* name, const char* judge, std::uint64_t seed) {
  const auto rows = completions(seed);
  const auto answers = ask_python(judge, rows);
  std::size_t programs = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(rows[i][0]);
    const bool blank = answers[i].find_first_not_of(" \n\r") == std::string::npos;
    CHECK(extract(name, rows[i][0]) == (blank ? "none" : answers[i]));
    if (!blank) ++programs;
  }
  CHECK(programs > rows.size() / 25);
}

}  // namespace

TEST_CASE("programs are taken out of completions by named rules", "[code][extract]") {
  struct Row {
    const char* completion;
    const char* raw;
    const char* first_block;
    const char* lcb;
    const char* opencompass;
    const char* mbpp;
  };
  const auto row = GENERATE(values<Row>({
      {"    return 1\n", "    return 1\n", "none", "none", "return 1\n", "none"},
      {"```python\nx = 1\n```", "```python\nx = 1\n```", "x = 1\n", "x = 1", "x = 1\n", "none"},
      {"A:\n```\na\n```\nB:\n```\nb\n```\n", "A:\n```\na\n```\nB:\n```\nb\n```\n", "a\n", "b",
       "a\n", ":"},
      {"```py\ncut off", "```py\ncut off", "cut off", "none", "```py\ncut off", "none"},
      {"def f():\n  return 1\n```\nDone.", "def f():\n  return 1\n```\nDone.", "Done.", "none",
       "def f():\n  return 1\n```\nDone.", " f():\n  return 1"},
      {"\nx = 1\n```", "\nx = 1\n```", "none", "none", "x = 1\n```", "x = 1"},
      {"```python title=\"a\"\nx\n```\n", "```python title=\"a\"\nx\n```\n", "x\n", "x",
       "```python title=\"a\"\nx\n```\n", "none"},
      {"````\n```\nx\n```\n````\n", "````\n```\nx\n```\n````\n", "```\nx\n```\n", "none", "none",
       "none"},
      {"Use `x` or ``` y ```.\n```\nz\n```", "Use `x` or ``` y ```.\n```\nz\n```", "z\n", "z",
       "z\n", " `x` or "},
      {"```\n\n```", "```\n\n```", "none", "none", "none", "none"},
      {"", "none", "none", "none", "none", "none"},
      {" \n\u00a0", "none", "none", "none", "none", "none"},
  }));
  CAPTURE(row.completion);
  CHECK(extract("raw", row.completion) == row.raw);
  CHECK(extract("humaneval:raw", row.completion) == row.raw);
  CHECK(extract("first_block", row.completion) == row.first_block);
  CHECK(extract("lcb:last_block", row.completion) == row.lcb);
  CHECK(extract("opencompass:first_block", row.completion) == row.opencompass);
  CHECK(extract("lm_eval:mbpp_first_block", row.completion) == row.mbpp);
}

TEST_CASE("only humaneval:raw goes on where the prompt ends", "[code][extract]") {
  for (const std::string_view name : code_extractors()) {
    CHECK(find_code_extractor(name).continues_prompt == (name == "humaneval:raw"));
  }
}

TEST_CASE("a block is closed by a fence at least as long, and by nothing else", "[code][extract]") {
  CHECK(extract("first_block", "```\na\n``` b\n```\n") == "a\n``` b\n");
  CHECK(extract("first_block", "   ````\na\n```\nb\n`````\nc") == "a\n```\nb\n");
  CHECK(extract("first_block", "    ```\na\n```\nb\n```\n") == "b\n");
  CHECK(extract("first_block", "```\r\na\r\n```\r\n") == "a\r\n");
}

TEST_CASE("lcb:last_block agrees with Python", "[code][extract]") {
  check_agreement("lcb:last_block", kLcb, 3);
}

TEST_CASE("opencompass:first_block agrees with Python", "[code][extract]") {
  check_agreement("opencompass:first_block", kOpenCompass, 4);
}

TEST_CASE("lm_eval:mbpp_first_block agrees with Python", "[code][extract]") {
  check_agreement("lm_eval:mbpp_first_block", kLmEval, 5);
}

TEST_CASE("hostile completions cost linear time", "[code][extract]") {
  constexpr std::size_t kSize = std::size_t{4} << 20U;
  const std::string ticks(kSize, '`');
  std::string fences;
  while (fences.size() < kSize) fences += "```a";
  const std::string letters(kSize, '\xff');
  const std::string nuls(kSize, '\0');
  for (const std::string_view name : code_extractors()) {
    CAPTURE(name);
    for (const std::string& text : {ticks, fences, "```" + letters, nuls}) {
      const auto taken = find_code_extractor(name).extract(text);
      CHECK((!taken || taken->size() <= text.size()));
    }
  }
}

TEST_CASE("an unknown extractor of programs is refused", "[code][extract]") {
  CHECK_THROWS_WITH(find_code_extractor("last_block"),
                    "extractor: found 'last_block', expected one of raw, humaneval:raw, "
                    "first_block, lcb:last_block, opencompass:first_block, "
                    "lm_eval:mbpp_first_block");
}
