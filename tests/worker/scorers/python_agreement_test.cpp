#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/base/utf8.hpp"
#include "temp_dir.hpp"
#include "worker/scorers/comparators.hpp"
#include "worker/scorers/extractors.hpp"
#include "worker/scorers/instruction_following/user_pattern.hpp"
#include "worker/scorers/letter.hpp"
#include "worker/scorers/python_number.hpp"
#include "worker/scorers/text.hpp"

// Rules that bear another harness' name are asked of Python itself, with the patterns that the
// harness has: python_rules.py. So is `exact`, which is ours: lm-eval's but for a strip() at the
// end. The texts are a table of awkward ones and thousands that are put together at random from
// pieces that rules stumble over.

using namespace tally::worker;

namespace {

std::string hexed(std::string_view text) {
  std::string out;
  for (const char c : text) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

// Hex of an answer as python_rules.py writes it.
std::string field(std::string_view text) { return text.empty() ? "-" : hexed(text); }

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// The answers of python_rules.py to these lines, in fields.
std::vector<std::vector<std::string>> ask(const std::vector<std::string>& lines) {
  const TempDir dir;
  std::string text;
  for (const std::string& line : lines) text.append(line).append("\n");
  const auto in = dir.file("in", text);
  const auto out = dir.path() / "out";
  const std::string command =
      fmt::format("{} -B {}/worker/scorers/python_rules.py <{} >{}", TALLY_TEST_PYTHON, TALLY_TESTS,
                  in.string(), out.string());
  REQUIRE(std::system(command.c_str()) == 0);
  std::vector<std::vector<std::string>> answers;
  std::ifstream file(out);
  for (std::string line; std::getline(file, line);) answers.push_back(words_of(line));
  REQUIRE(answers.size() == lines.size());
  return answers;
}

const std::vector<std::string>& pieces() {
  static const std::vector<std::string> kPieces{"#### ",
                                                "####",
                                                "18",
                                                "7",
                                                "0",
                                                "-",
                                                ",",
                                                ".",
                                                "$",
                                                "3,000",
                                                "29.00",
                                                "%",
                                                "1/3",
                                                "1e3",
                                                "+",
                                                "\n",
                                                " ",
                                                "  ",
                                                "\t",
                                                "\r\n",
                                                "The answer is ",
                                                "the answer is ",
                                                "answer is ",
                                                "Answer: ",
                                                "A",
                                                "B",
                                                "C",
                                                "D",
                                                "J",
                                                "(A)",
                                                "(B)",
                                                "(",
                                                ")",
                                                "a",
                                                "an",
                                                "the",
                                                "The",
                                                "and",
                                                "Paris",
                                                "paris",
                                                "PARIS",
                                                "Question:",
                                                "\\boxed{",
                                                "}",
                                                "**",
                                                "*",
                                                "_",
                                                "\"",
                                                "'",
                                                "\u2019",
                                                "\u2212",
                                                "\u00a0",
                                                "\u2003",
                                                "\u3000",
                                                "\x1c",
                                                "\x1f",
                                                "\x85",
                                                "\u180e",
                                                "\u200b",
                                                "\u0663",
                                                "\uff15",
                                                "\u00bd",
                                                "\u00b2",
                                                "\u00df",
                                                "\u1e9e",
                                                "\u0130",
                                                "\u0131",
                                                "\u03a3",
                                                "\u03c2",
                                                "\u03c3",
                                                "\u039f\u0394\u039f\u03a3",
                                                "\u01c5",
                                                "\u2167",
                                                "\u24b6",
                                                "\u00c9t\u00e9",
                                                "e\u0301",
                                                "\ufb01",
                                                "\u00b5",
                                                "\u2126",
                                                "\u212a",
                                                "\u13a0",
                                                "\uab70",
                                                "\u20ac",
                                                "\u00a3",
                                                "USA",
                                                "U.S.A.",
                                                "a-b",
                                                "1_000",
                                                "nan",
                                                "inf",
                                                "-5",
                                                "1000000000000000000000",
                                                "1e999",
                                                "0.1",
                                                "100000.4",
                                                std::string("\0", 1),
                                                "\U0001f600",
                                                "\u02bc",
                                                "\u0345",
                                                "\u00ad"};
  return kPieces;
}

std::vector<std::string> texts(std::size_t count, unsigned seed, std::size_t longest) {
  std::vector<std::string> out{
      "", " ", "\n", "A", "answer is B.", "U.S.A.", "The answer is 1,000."};
  std::mt19937 random(seed);
  while (out.size() < count) {
    std::string text;
    for (std::size_t left = 1 + random() % longest; left > 0; --left) {
      std::string piece = pieces()[random() % pieces().size()];
      if (piece == "\x85") piece = "\u0085";  // as bytes it is no UTF-8, which Python cannot take
      text += piece;
    }
    out.push_back(text);
  }
  return out;
}

}  // namespace

TEST_CASE("extractors of other harnesses take what their patterns take in Python",
          "[worker][scorers][trap-26]") {
  std::vector<std::string> lines{"names extract"};
  const auto given = texts(4000, 1, 10);
  for (const std::string& text : given) lines.push_back("extract " + hexed(text));
  const auto answers = ask(lines);
  REQUIRE(answers[0].size() == 9);
  std::size_t found = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    for (std::size_t rule = 0; rule < answers[0].size(); ++rule) {
      CAPTURE(given[i], answers[0][rule]);
      const auto answer = find_extractor(answers[0][rule])(given[i]);
      REQUIRE(field(answer.value_or("")) == answers[i + 1][rule]);
      found += answer ? 1U : 0U;
    }
  }
  CHECK(found > 4000);  // the texts are not all without answers
}

TEST_CASE("letters are right where lm-eval's exact_match says so", "[worker][scorers][trap-25]") {
  std::vector<std::string> lines{"names letter"};
  const auto given = texts(4000, 2, 6);
  for (const std::string& text : given) lines.push_back("letter " + hexed(text));
  const auto answers = ask(lines);
  REQUIRE(answers[0].size() == 3);
  std::size_t right = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    for (std::size_t rule = 0; rule < answers[0].size(); ++rule) {
      CAPTURE(given[i], answers[0][rule]);
      const auto answer = find_extractor(answers[0][rule])(given[i]);
      const auto choice = answer ? choice_of(*answer, 4) : std::nullopt;
      for (std::size_t gold = 0; gold < 4; ++gold) {
        const bool expected = answers[i + 1][rule] == hexed(lower(letter_of(gold)));
        REQUIRE((choice == gold) == expected);
        right += expected ? 1U : 0U;
      }
    }
  }
  CHECK(right > 100);
}

TEST_CASE("comparators give the verdicts that their rules give in Python",
          "[worker][scorers][trap-24]") {
  std::vector<std::string> lines{"names compare"};
  const auto given = texts(3000, 3, 4);
  std::vector<std::string> golds = texts(3000, 4, 3);
  std::mt19937 random(5);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::size_t kind = random() % 4;  // random pairs alone are hardly ever equal
    if (kind == 0) golds[i] = given[i];
    if (kind == 1) golds[i] = lower(given[i]) + ".";
    if (kind == 2) golds[i] = given[i].substr(0, 2 + random() % 8);
    if (!tally::is_utf8(golds[i])) golds[i] = "7";
    lines.push_back(fmt::format("compare {} {}", hexed(given[i]), hexed(golds[i])));
    if (golds[i].empty()) lines.back() += "20", golds[i] = " ";
    if (given[i].empty()) lines.back() = fmt::format("compare 20 {}", hexed(golds[i]));
  }
  const auto answers = ask(lines);
  REQUIRE(answers[0].size() == 20);
  std::array<std::size_t, 2> verdicts{};
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string answer = given[i].empty() ? " " : given[i];
    for (std::size_t rule = 0; rule < answers[0].size(); ++rule) {
      CAPTURE(answer, golds[i], answers[0][rule]);
      const Verdict verdict = find_comparator(answers[0][rule]).compare(answer, golds[i]);
      const std::string& expected = answers[i + 1][rule];
      REQUIRE(verdict == (expected == "-"   ? Verdict::bad_target
                          : expected == "1" ? Verdict::equal
                                            : Verdict::different));
      if (expected != "-") ++verdicts[expected == "1" ? 1 : 0];
    }
  }
  CHECK(verdicts[0] > 10'000);
  CHECK(verdicts[1] > 10'000);
}

TEST_CASE("every code point is lowered, folded and stripped as Python does", "[worker][scorers]") {
  const std::string assigned = ask({"assigned"})[0][0];
  std::vector<std::string> given = texts(2000, 6, 8);
  std::string text;
  for (char32_t c = 1; c < 0x110000; ++c) {
    if (assigned[c] == '1') {
      tally::append_utf8(text, c);
      text += '|';  // no letter: each stands for itself
    }
    if (c % 64 == 63 && !text.empty()) given.push_back(std::exchange(text, ""));
  }
  for (char32_t c = 1; c < 0x3100; ++c) {  // ends of texts: spaces, and what is beside one
    if (assigned[c] != '1' || !(is_space(c - 1) || is_space(c) || is_space(c + 1))) continue;
    std::string around;
    tally::append_utf8(around, c);
    given.push_back(around + "x" + around + "x" + around);
  }
  std::vector<std::string> lines;
  for (const std::string& each : given) lines.push_back("text " + hexed(each));
  const auto answers = ask(lines);
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i].empty()) continue;
    CAPTURE(given[i]);
    REQUIRE(answers[i].size() == 4);
    REQUIRE(field(lower(given[i])) == answers[i][0]);
    REQUIRE(field(fold(given[i])) == answers[i][1]);
    REQUIRE(field(strip(given[i])) == answers[i][2]);
    REQUIRE(field(collapse(given[i])) == answers[i][3]);
  }
}

TEST_CASE("numbers are read as Python's float and int read them", "[worker][scorers][trap-13]") {
  std::vector<std::string> given{"1",
                                 "-1",
                                 "+1",
                                 " 1 ",
                                 "1_000",
                                 "1__0",
                                 "_1",
                                 "1_",
                                 "1.",
                                 ".5",
                                 ".",
                                 "1e5",
                                 "1E-5",
                                 "1e",
                                 "0x10",
                                 "1,000",
                                 "inf",
                                 "-INF",
                                 "nan",
                                 "Infinity",
                                 "infin",
                                 "\u0663",
                                 "1\uff15",
                                 "\u00bd",
                                 "\u2212 5",
                                 "1e999",
                                 "-1e999",
                                 "1e-999",
                                 "0e999",
                                 "1 2",
                                 "1_0.0_1",
                                 "1._0",
                                 "1_e5",
                                 "--1",
                                 "+-1",
                                 "\u00a07\u2003",
                                 "0.1",
                                 "12345678901234567890",
                                 "0.30000000000000004",
                                 "5e-324",
                                 "1.7976931348623157e308",
                                 "1.8e308",
                                 "0.0000001e10"};
  given.push_back(std::string(400, '9'));
  given.push_back("0." + std::string(400, '0') + "1");
  given.push_back("1" + std::string(400, '0') + "e-400");
  std::vector<std::string> lines;
  for (const std::string& each : given) lines.push_back("number " + hexed(each));
  const auto answers = ask(lines);
  const auto same = [](const std::optional<double>& found, const std::string& expected) {
    if (expected == "-" || !found) return expected == "-" && !found;
    double value = 0.0;
    const auto end = std::from_chars(expected.data(), expected.data() + expected.size(), value).ptr;
    if (end != expected.data() + expected.size()) return false;
    return value == *found || (std::isnan(value) && std::isnan(*found));
  };
  for (std::size_t i = 0; i < given.size(); ++i) {
    CAPTURE(given[i], answers[i]);
    CHECK(same(python_float(given[i]), answers[i][0]));
    CHECK(same(python_int(given[i]), answers[i][1]));
  }
}

namespace {

// A few of `pieces`, end to end.
template <std::size_t N>
std::string joined(const std::array<const char*, N>& pieces, std::mt19937& random) {
  std::string out;
  for (std::size_t left = 1 + random() % 6; left > 0; --left) out += pieces[random() % N];
  return out;
}

// len(re.findall()), "-" where the pattern is refused.
std::string count_of(const std::string& pattern, const std::string& text) {
  try {
    return std::to_string(UserPattern(pattern, UserPattern::Case::matters).count_in(text));
  } catch (const tally::Error&) {
    return "-";
  }
}

}  // namespace

TEST_CASE("patterns with word characters and boundaries match where Python's do",
          "[worker][scorers][trap-26]") {
  constexpr std::array kParts{
      R"(\w)",      R"(\W)",     R"(\b)",     R"(\B)",     R"(\\w)",    R"(\\\w)",     R"([\w])",
      R"([^\w])",   R"([\W])",   R"([^\W])",  R"([\W\d])", R"([\w\-])", R"([\w-])",    R"([x\W])",
      R"([^\W_])",  R"(\w+)",    R"(\W*)",    R"(\w*?)",   R"(\w{2})",  R"((?:\b|x))", R"((?=\w))",
      R"((?<=\W))", R"([\b])",   "|",         "a",         ".",         "_",           R"(\d)",
      R"([+-\w])",  R"([\w-z])", R"([a-\W])", R"([]\w])"};
  constexpr std::array kPieces{"a",      "x",      "Z",      "7",      "_",      " ",
                               "-",      "\\",     "w",      "\u00e9", "\u0301", "\u0903",
                               "\u203f", "\uff3f", "\u00b2", "\u2167", "\u0663", "\u00aa",
                               "\u200d", "\u3000", "\u4e2d"};
  std::mt19937 random(7);
  std::vector<std::array<std::string, 2>> given;
  std::vector<std::string> lines;
  while (given.size() < 6000) {
    given.push_back({joined(kParts, random), joined(kPieces, random)});
    lines.push_back(fmt::format("count {} {}", hexed(given.back()[0]), hexed(given.back()[1])));
  }
  const auto answers = ask(lines);
  std::size_t matches = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    CAPTURE(given[i][0], given[i][1]);
    REQUIRE(count_of(given[i][0], given[i][1]) == answers[i].at(0));
    matches += answers[i].at(0) == "-" || answers[i].at(0) == "0" ? 0U : 1U;
  }
  CHECK(matches > 1000);
}
