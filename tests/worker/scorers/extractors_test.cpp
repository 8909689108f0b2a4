#include "worker/scorers/extractors.hpp"

#include <algorithm>
#include <vector>

#include "catch.hpp"
#include "core/base/error.hpp"

using tally::worker::find_extractor;

namespace {

constexpr const char* kNone = "(none)";

std::string extract(const char* name, std::string_view text) {
  return find_extractor(name)(text).value_or(kNone);
}

// One awkward completion, and what each rule makes of it.
struct Awkward {
  std::string text;
  std::string openai;
  std::string strict;
  std::string flexible;
  std::string numeric;
};

const std::vector<Awkward>& awkward() {
  static const std::vector<Awkward> kTable{
      {"#### 18", "18", "18", "18", "18"},
      {"She makes 9 * 2 = <<9*2=18>>18.\n#### 18", "18", "18", "18", "18"},
      {"####18", kNone, kNone, "18", "18"},
      {"#### 7\n#### 8", "7", "7", "8", "8"},
      {"#### 3,000", "3000", "3,000", "3,000", "3000"},
      {"#### $29", kNone, kNone, "$29", "29"},
      {"The total is $29.00", kNone, kNone, "$29.00", "29.00"},
      {"The answer is 18.", kNone, kNone, "18.", "18"},
      {"answer: 18...", kNone, kNone, "18...", "18"},
      {"#### 18.0", "18.0", "18.0", "18.0", "18.0"},
      {"#### -5", "-5", "-5", "-5", "-5"},
      {"#### \u22125", kNone, kNone, "5", "-5"},
      {"The change is -$5", kNone, kNone, "-$5", "-5"},
      {"The change is $-5", kNone, kNone, "-5", "-5"},
      {"#### 20 - 5", "20", "20", "5", "5"},
      {"from 3-5", kNone, kNone, "-5", "5"},
      {"\\boxed{42}", kNone, kNone, "42", "42"},
      {"\\boxed{}", kNone, kNone, kNone, kNone},
      {"**18**", kNone, kNone, "18", "18"},
      {"so it is 25%", kNone, kNone, "25", "25%"},
      {"so it is 25\\%", kNone, kNone, "25", "25%"},
      {"it is 1/3", kNone, kNone, "3", "1/3"},
      {"#### 1,234,567.5", "1234567.5", "1,234,567.5", "1,234,567.5", "1234567.5"},
      {"a list: 1,2,3", kNone, kNone, "1,2,3", "3"},
      {"18 apples and room H2", kNone, kNone, "2", "18"},
      {"see version 1.2.3", kNone, kNone, "1.2.3", "1.2"},
      {"half is .5", kNone, kNone, ".5", ".5"},
      {"about 1.5e3 km", kNone, kNone, "3", "1.5e3"},
      {"\\boxed{3{,}000}", kNone, kNone, "000", "3000"},
      {"so $12{,}345{,}678.5$", kNone, kNone, "678.5$", "12345678.5"},
      {"it is $3\\,000$", kNone, kNone, ",000$", "3000"},
      {"it is $3,\\!000$", kNone, kNone, "000$", "3000"},
      {"$x_1{,}000{,}5$", kNone, kNone, "5$", "5"},
      {"#### ,", kNone, ",", kNone, kNone},
      {"it is 3\u00a0000", kNone, kNone, "000", "3000"},
      {"it is 3\u202f000\u2009000", kNone, kNone, "000", "3000000"},
      {"it is \u20135", kNone, kNone, "5", "-5"},
      {"pages 3\u20135", kNone, kNone, "5", "5"},
      {"$5$\u2013$10$", kNone, kNone, "$10$", "10"},
      {"5%\u201310%", kNone, kNone, "10", "10%"},
      {"3\u00b0\u20135\u00b0", kNone, kNone, "5", "5"},
      {"18 $\\frac{km}{h}$", kNone, kNone, "18", "18"},
      {"so $\\frac{x}{2}$", kNone, kNone, "2", "\\frac{x}{2}"},
      {"so $\\frac{1}{2}$", kNone, kNone, "2", "\\frac{1}{2}"},
      {"so $-\\dfrac{1}{2}$", kNone, kNone, "2", "-\\dfrac{1}{2}"},
      {"$\\frac{4}{2} = 2$", kNone, kNone, "2$", "2"},
      {"so $2^{10}$", kNone, kNone, "10", "2^{10}"},
      {"so 2^10", kNone, kNone, "10", "2^10"},
      {"It costs \\$18", kNone, kNone, "$18", "18"},
      {"It costs \u20ac18 or +7", kNone, kNone, "7", "7"},
      {"#### eighteen", kNone, kNone, kNone, kNone},
      {"I give up.", kNone, kNone, kNone, kNone},
      {"", kNone, kNone, kNone, kNone},
      {" \n ", kNone, kNone, kNone, kNone},
  };
  return kTable;
}

}  // namespace

TEST_CASE("awkward completions give each rule's own answer", "[worker][scorers][trap-24]") {
  for (const Awkward& row : awkward()) {
    CAPTURE(row.text);
    CHECK(extract("openai:gsm8k", row.text) == row.openai);
    CHECK(extract("lm_eval:gsm8k_strict", row.text) == row.strict);
    CHECK(extract("lm_eval:gsm8k_flexible", row.text) == row.flexible);
    CHECK(extract("numeric", row.text) == row.numeric);
  }
}

TEST_CASE("the exact extractor takes the whole text without white space around it",
          "[worker][scorers]") {
  CHECK(extract("exact", " \tParis \r\n") == "Paris");
  CHECK(extract("exact", "two words") == "two words");
  CHECK(extract("exact", "0") == "0");
  CHECK(extract("exact", "") == kNone);
  CHECK(extract("exact", " \n\t") == kNone);
}

TEST_CASE("bytes that are not UTF-8 neither crash nor hide an answer", "[worker][scorers]") {
  const std::string text = "\xff\xfe caf\xc3 #### 18\xe2\x88 \x80";
  CHECK(extract("openai:gsm8k", text) == "18");
  CHECK(extract("lm_eval:gsm8k_strict", text) == "18");
  CHECK(extract("lm_eval:gsm8k_flexible", text) == "18");
  CHECK(extract("numeric", text) == "18");
  CHECK(extract("exact", " \xff ") == "\xff");
}

TEST_CASE("other harnesses' number rules keep their flaws", "[worker][scorers][trap-24]") {
  // What opencompass' pattern makes of thousands is what its users get.
  CHECK(extract("opencompass:gsm8k", "it is 3,000") == "000");
  CHECK(extract("opencompass:gsm8k", "it is 3,000.50") == "000.50");
  CHECK(extract("opencompass:gsm8k", "it is -7.") == "-7");
  CHECK(extract("opencompass:gsm8k", "it is 18\nQuestion: what is 5?") == "18");
  CHECK(extract("opencompass:gsm8k", "Question: what is 5?") == kNone);
  CHECK(extract("opencompass:gsm8k", "from 3-5") == "-5");
  CHECK(extract("lm_eval:gsm8k_cot", "The answer is 1,000.") == "1,000");
  CHECK(extract("lm_eval:gsm8k_cot", "The answer is 7. The answer is 8.") == "7");
  CHECK(extract("lm_eval:gsm8k_cot", "The answer is $7") == kNone);
  CHECK(extract("lm_eval:gsm8k_cot", "the answer is 7") == kNone);
}

TEST_CASE("boxed takes the last box that is closed, whatever is in it",
          "[worker][scorers][trap-24]") {
  CHECK(extract("boxed", R"(so \boxed{42}.)") == "42");
  CHECK(extract("boxed", R"(\boxed{1} then \boxed{ 2 })") == "2");
  CHECK(extract("boxed", R"(\boxed{\frac{1}{2}})") == R"(\frac{1}{2})");
  CHECK(extract("boxed", R"(\boxed{a \boxed{b} c})") == "b");
  CHECK(extract("boxed", R"(\boxed{7} and \boxed{8)") == "7");
  CHECK(extract("boxed", R"(\boxed{\{1, 2\}})") == R"(\{1, 2\})");
  CHECK(extract("boxed", R"(\boxed{\left\{1\right.})") == R"(\left\{1\right.)");
  CHECK(extract("boxed", R"(} \boxed{3})") == "3");
  CHECK(extract("boxed", R"(\boxed{})") == kNone);
  CHECK(extract("boxed", R"(\boxed{1)") == kNone);
  CHECK(extract("boxed", R"(\boxed 1 and boxed{1})") == kNone);
  CHECK(extract("boxed", R"(\fbox{1})") == kNone);
}

TEST_CASE("the first line is the first that is not blank", "[worker][scorers]") {
  CHECK(extract("first_line", "\n \n Paris \nLondon") == "Paris");
  CHECK(extract("first_line", "Paris\r\nLondon") == "Paris");
  CHECK(extract("first_line", " \n ") == kNone);
  CHECK(extract("lm_eval:mmlu_generative", "\nParis") == kNone);  // as lm-eval: the very first one
}

TEST_CASE("lm-eval's rules for letters keep their flaws", "[worker][scorers][trap-25]") {
  CHECK(extract("lm_eval:mmlu_flan_cot", "so the answer is (B).") == "(B)");
  CHECK(extract("lm_eval:mmlu_flan_cot", "so the answer is B") == kNone);  // its last character
  CHECK(extract("lm_eval:mmlu_flan_cot", "answer is \nanswer is C.\nanswer is D.") == "C");
  CHECK(extract("lm_eval:mmlu_flan_cot", "answer is B\u2026") == "B");
  CHECK(extract("lm_eval:mmlu_flan_cot", "answer is B\xff") == "B");
  CHECK(extract("lm_eval:mmlu_pro", "the answer is (J) or the answer is (B)") == "J");
  CHECK(extract("lm_eval:mmlu_pro", "the answer is Apples") == "A");
  CHECK(extract("lm_eval:mmlu_pro", "Answer: B") == kNone);
}

TEST_CASE("a hostile megabyte is extracted from at once", "[worker][scorers][trap-26]") {
  constexpr std::size_t kMegabyte = 1'000'000;
  const std::string nul(1, '\0');
  for (const std::string& unit : {std::string("*"),
                                  std::string("7"),
                                  std::string("#### "),
                                  std::string("-"),
                                  std::string("1,"),
                                  std::string("1 "),
                                  std::string("1/"),
                                  std::string("$"),
                                  std::string("."),
                                  std::string("\xff"),
                                  std::string("1\xff"),
                                  std::string("{"),
                                  std::string("\\boxed{"),
                                  std::string("\\boxed{1} "),
                                  std::string("}"),
                                  std::string("\\"),
                                  std::string("answer is "),
                                  std::string("The answer is "),
                                  std::string("answer: "),
                                  std::string("answer\n"),
                                  std::string("answer:\nA. "),
                                  std::string("3{,}"),
                                  std::string("123{,}456"),
                                  std::string("answer is A word "),
                                  std::string("**"),
                                  std::string("**A"),
                                  std::string("A\n"),
                                  std::string("(A) x\n"),
                                  std::string("\n"),
                                  std::string(" "),
                                  std::string("\u3000"),
                                  std::string("\u00c9\u00e9"),
                                  nul,
                                  nul + "A"}) {
    CAPTURE(unit);
    // A megabyte of each would take long; the first three are what a response may be, the others
    // make more work than the rest.
    const std::vector<std::string> long_ones{"*", "\xff", nul, "\\boxed{", "answer is A word "};
    const bool long_one = std::ranges::find(long_ones, unit) != long_ones.end();
    std::string text;
    while (text.size() < (long_one ? kMegabyte : kMegabyte / 50)) text += unit;
    const std::string answer = "answer is A" + text.substr(0, kMegabyte / 50) + "\xff";
    for (const std::string& hostile : {text, answer}) {
      for (const auto family : {tally::worker::gsm8k_extractors(), tally::worker::mmlu_extractors(),
                                tally::worker::plain_extractors()}) {
        for (const auto& rule : family) {
          CAPTURE(rule.name);
          CHECK_NOTHROW(rule.extract(hostile));
        }
      }
    }
  }
  CHECK(extract("lm_eval:gsm8k_flexible", std::string(kMegabyte, '7')).size() == kMegabyte);
  CHECK(extract("numeric", std::string(kMegabyte, '7')).size() == kMegabyte);
  CHECK(extract("numeric", std::string(kMegabyte, '*')) == kNone);
}

TEST_CASE("an unknown extractor is refused by name", "[worker][scorers]") {
  CHECK_THROWS_WITH(
      find_extractor("gsm8k"),
      "extractor: found 'gsm8k', expected one of openai:gsm8k, "
      "lm_eval:gsm8k_strict, lm_eval:gsm8k_flexible, lm_eval:gsm8k_cot, opencompass:gsm8k, "
      "lm_eval:mmlu_generative, lm_eval:mmlu_flan_cot, lm_eval:mmlu_pro, letter, "
      "numeric, boxed, first_line, exact");
}
