#include "worker/scorers/code/compare_output.hpp"

#include "catch.hpp"
#include "core/base/error.hpp"
#include "worker/scorers/code/python.hpp"

using tally::worker::output_comparators;
using tally::worker::same_output;

namespace {

bool same(const char* name, std::string_view found, std::string_view expected) {
  return same_output(name, found, expected, 1e-6, 1e-6);
}

// LiveCodeBench's rule, and CodeContests' with absl's numbers spelled out.
constexpr const char* kLcb = R"(
from decimal import Decimal
def decimals(line):
    try:
        return [Decimal(t) for t in line.split()]
    except Exception:
        return None
def judge(found, expected):
    a, b = ([l.strip() for l in t.strip().split("\n")] for t in (found, expected))
    if len(a) != len(b):
        return "0"
    for x, y in zip(a, b):
        if x == y:
            continue
        x, y = decimals(x), decimals(y)
        try:
            if x is None or y is None or x != y:
                return "0"
        except Exception:  # a signalling NaN
            return "0"
    return "1"
)";

constexpr const char* kCodeContests = R"~(
import re
NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity|nan)", re.A)
def number(text):
    text = text.strip("\f")
    return float(text) if NUMBER.fullmatch(text) else None
def match(a, b):
    x, y = number(a), number(b)
    if x is None or y is None:
        return a == b
    return abs(x - y) < 1e-5
def judge(found, expected):
    lower = lambda t: "".join(c.lower() if c.isascii() else c for c in t)
    a, b = ([w for w in re.split("[ \n\t\r\v]", lower(t)) if w] for t in (found, expected))
    return str(int(a == b or len(a) == len(b) and all(map(match, a, b))))
)~";

// An expected text and one that is often but not always equal to it.
std::vector<std::vector<std::string>> pairs(std::uint64_t seed) {
  const std::vector<std::vector<std::string>> alike{
      {"1", "1.0", "01", "1e0", "10e-1", "+1", "1.", "0.999999", "1.00000000000000000001", "1_"},
      {"0", "-0", "0.0", "0e5", "-0.000", ".0", "1e-7", "1e-999"},
      {"yes", "YES", "Yes", "no"},
      {"10000000000000000", "10000000000000001", "1e16"},
      {"inf", "Infinity", "-inf", "1e999", "1e400"},
      {"nan", "NaN", "sNaN", "-nan"},
      {"1_0", "10", "\uff11\uff10", "1\f0", "10\f"},
      {"0.333333", "0.3333333333333333", "0.33334", "1/3"},
      {"x", "\xff", "\u00e9", "x\x1f", "+-1", "--1", "0x10", "1e"}};
  const std::vector<std::string> gaps{" ",  " ",    " ",      "\n", "\n",     "  ",
                                      "\t", "\r\n", "\u00a0", "\f", " \n",    "\n\n",
                                      "\v", "\x1c", "\u2028", "",   "\n \n\n"};
  std::vector<std::vector<std::string>> rows;
  Dice dice(seed);
  for (int i = 0; i < 6000; ++i) {
    std::string found;
    std::string expected;
    for (std::size_t n = dice.roll(4); n > 0; --n) {
      const auto& words = alike[dice.roll(alike.size())];
      const std::string gap = dice.pick(gaps);
      const std::string word = dice.pick(words);
      expected += word + gap;
      found += (dice.roll(2) == 0 ? word : dice.pick(words)) +
               (dice.roll(5) > 0 ? gap : dice.pick(gaps));
    }
    rows.push_back({found, expected});
  }
  return rows;
}

void check_agreement(const char* name, const char* judge, std::uint64_t seed) {
  const auto rows = pairs(seed);
  const auto answers = ask_python(judge, rows);
  std::size_t right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(rows[i][0], rows[i][1]);
    CHECK(same(name, rows[i][0], rows[i][1]) == (answers[i] == "1"));
    if (answers[i] == "1") ++right;
  }
  CHECK(right > rows.size() / 10);
  CHECK(right < rows.size() - rows.size() / 10);
}

}  // namespace

TEST_CASE("same outputs, different truth", "[code][compare]") {
  struct Row {
    const char* found;
    const char* expected;
    const char* verdicts;  // of exact, rstrip_lines, lcb, codecontests, tokens_tol
  };
  const auto row = GENERATE(values<Row>({
      {"42", "42", "11111"},
      {"42\n", "42", "01111"},
      {"42 \n\n", "42\n", "01111"},
      {" 42", "42", "00111"},
      {"1 2", "1\n2", "00011"},
      {"1\n\n2", "1\n2", "00011"},
      {"1  2", "1 2", "00111"},
      {"a  b", "a b", "00011"},
      {"a\r\nb", "a\nb", "01111"},
      {"0.3333333333333333", "0.333333", "00011"},
      {"1/3", "0.333333", "00000"},
      {"yes", "YES", "00010"},
      {"3.0", "3", "00111"},
      {"3.000001", "3", "00010"},
      {"3", "3.000001", "00011"},
      {"3.00002", "3.0", "00000"},
      {"10000000000000000", "10000000000000001", "00010"},
      {"1e16", "10000000000000000", "00111"},
      {"1e16", "10000000000000001", "00010"},
      {"-0", "0", "00111"},
      {"007", "7", "00111"},
      {"+7", "7", "00111"},
      {"1_0", "10", "00100"},
      {"\uff11", "1", "00100"},
      {"NaN", "NaN", "11111"},
      {"NaN 1.0", "NaN 1", "00001"},
      {"Infinity", "inf", "00100"},
      {"inf 2.0", "inf 2", "00101"},
      {"1e999999999", "2e999999999", "00000"},
      {"1e400", "1e401", "00000"},
      {"1e400", "10e399", "00101"},
      {"", "", "11111"},
      {"\n \n", "", "01111"},
      {"", "0", "00000"},
      {"1 2 3", "1 2", "00000"},
      {"1 2", "1 2 3", "00000"},
      {"\u00a01", "1", "00100"},
      {"1e5x", "1e5", "00000"},
      {"1\f", "1", "01111"},
      {"\xff", "\xff", "11111"},
      {"\xff", "\xfe", "00000"},
  }));
  CAPTURE(row.found, row.expected);
  std::string verdicts;
  for (const std::string_view name : output_comparators()) {
    verdicts += same_output(name, row.found, row.expected, 1e-6, 1e-6) ? '1' : '0';
  }
  CHECK(verdicts == row.verdicts);
}

TEST_CASE("big integers are compared digit by digit", "[code][compare][trap-23]") {
  CHECK_FALSE(same("tokens_tol", "10000000000000000", "10000000000000001"));
  CHECK_FALSE(same("lcb", "10000000000000000", "10000000000000001"));
  CHECK(same("codecontests", "10000000000000000", "10000000000000001"));  // theirs
  std::string long_one(100'000, '7');
  const std::string other = long_one.substr(1) + "8";
  CHECK(same("tokens_tol", "00" + long_one, long_one));
  CHECK_FALSE(same("tokens_tol", long_one, other));
  CHECK_FALSE(same("lcb", long_one, other));
}

TEST_CASE("a tolerance does not leak from a float to an integer", "[code][compare][trap-23]") {
  CHECK(same("tokens_tol", "0.1000001", "0.1"));
  CHECK_FALSE(same("tokens_tol", "1.0000001", "1"));
  CHECK_FALSE(same("tokens_tol", "0.1000001 1.0000001", "0.1 1"));
  CHECK(same("tokens_tol", "0.1000001 1.0000001", "0.1 1.0"));
}

TEST_CASE("tokens_tol takes the wider of both tolerances", "[code][compare]") {
  CHECK(same_output("tokens_tol", "1000.5", "1000.0", 0.5, 0.0));
  CHECK_FALSE(same_output("tokens_tol", "1000.6", "1000.0", 0.5, 0.0));
  CHECK(same_output("tokens_tol", "1000.5", "1000.0", 0.0, 0.0005));
  CHECK_FALSE(same_output("tokens_tol", "1000.6", "1000.0", 0.0, 0.0005));
  CHECK(same_output("tokens_tol", "-2.0", "-2.00", 0.0, 0.0));
  CHECK_FALSE(same_output("tokens_tol", "2.0", "-2.0", 0.0, 0.5));
  // Equal beyond the range of doubles only when exactly equal.
  CHECK_FALSE(same_output("tokens_tol", "1.0e400", "1.1e400", 1e300, 1.0));
  CHECK(same_output("tokens_tol", "0.0", "1e-400", 1e-9, 0.0));
}

TEST_CASE("lcb agrees with Python's Decimal", "[code][compare]") {
  check_agreement("lcb", kLcb, 1);
}

TEST_CASE("codecontests agrees with a model of it in Python", "[code][compare]") {
  check_agreement("codecontests", kCodeContests, 2);
}

TEST_CASE("hostile outputs cost linear time", "[code][compare]") {
  constexpr std::size_t kSize = std::size_t{1} << 18U;
  const std::string digits(kSize, '9');
  std::string changed = digits;
  changed.back() = '8';
  const std::string nuls(kSize, '\0');
  const std::string invalid(kSize, '\xe2');
  std::string spaces;
  while (spaces.size() < kSize / 8) spaces += "\u2003";
  const std::string blank(kSize, '\n');
  const std::string underscores(kSize, '_');
  for (const std::string_view name : output_comparators()) {
    CAPTURE(name);
    CHECK(same_output(name, digits, digits, 1e-6, 1e-6));
    CHECK(same_output(name, digits, changed, 1e-6, 1e-6) == false);
    CHECK_FALSE(same_output(name, nuls, digits, 1e-6, 1e-6));
    CHECK_FALSE(same_output(name, invalid, nuls, 1e-6, 1e-6));
    CHECK_FALSE(same_output(name, spaces + "1", spaces + "2", 1e-6, 1e-6));
    CHECK_FALSE(same_output(name, blank + "1", "2", 1e-6, 1e-6));
    CHECK_FALSE(same_output(name, underscores + "1", "2", 1e-6, 1e-6));
  }
  const std::string most(std::size_t{8} << 20U, '9');
  CHECK(same("lcb", most + ".0", most));
  CHECK(same("tokens_tol", most + ".0", most));
}

TEST_CASE("an unknown comparator of outputs is refused", "[code][compare]") {
  CHECK_THROWS_WITH(same("numeric", "1", "1"),
                    "comparator: found 'numeric', expected one of exact, rstrip_lines, lcb, "
                    "codecontests, tokens_tol");
}
