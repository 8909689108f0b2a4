#include "worker/scorers/comparators.hpp"

#include <array>

#include "catch.hpp"
#include "comma_locale.hpp"

using tally::worker::find_comparator;
using tally::worker::Verdict;

namespace {

struct Pair {
  std::string answer;
  std::string target;
  bool exact;
  bool numeric;
};

Verdict compare(const char* name, const std::string& answer, const std::string& target) {
  return find_comparator(name).compare(answer, target);
}

}  // namespace

TEST_CASE("awkward answers meet their target under each comparator's own rule",
          "[worker][scorers][trap-24]") {
  const std::vector<Pair> table{
      {"18", "18", true, true},
      {"18", "19", false, false},
      {"18.0", "18", false, true},
      {"18.", "18", true, true},
      {"18...", "18", false, true},
      {"$29.00", "29", false, true},
      {"$29", "29", true, true},
      {"3,000", "3000", true, true},
      {"3000", "3,000", true, true},
      {"-5", "5", false, false},
      {"\u22125", "-5", false, true},
      {"\\boxed{18}", "18", false, true},
      {"\\boxed{}", "0", false, false},
      {"3{,}000", "3000", false, true},
      {"\\boxed{3{,}000}", "3000", false, true},
      {"3\\,000", "3,\\!000", false, true},
      {"{3}", "3", false, false},
      {"**18**", "18", false, true},
      {"\u20ac18", "18", false, true},
      {"+7", "7", false, true},
      {"007", "7", false, true},
      {"1e3", "1000", false, true},
      {"0.3333333", "0.33333334", false, true},
      {"0.33", "0.3333", false, false},
      {"25%", "25", false, false},
      {"25%", "0.25", false, false},
      {"25%", "25%", true, true},
      {"2.5%", "2.5", false, false},
      {"2.50%", "2.5%", false, true},
      {"1/3", "0.333333", false, false},
      {"25", "5", false, false},
      {"5 apples", "5", false, false},
      {"inf", "5", false, false},
      {"nan", "5", false, false},
      {"1e999", "5", false, false},
      {"10000000000000000", "10000000000000001", false, false},
      {"9007199254740993", "9007199254740992", false, false},
      {"10000000000000000.0", "10000000000000001", false, false},
      {"1e16", "10000000000000001", false, false},
      {"1e16", "10000000000000000", false, true},
      {"9007199254740993.0", "9007199254740992", false, false},
      {"-1.50e1", "-15", false, true},
      {"\u20135", "-5", false, true},
      {"0", "0", true, true},
      {"-0", "0", false, true},
      {"0.0", "0", false, true},
      {"garbage", "0", false, false},
      {"", "0", false, false},
      {"7", "so 3+4=7\n#### 7", true, true},
      {"\xff", "7", false, false},
  };
  for (const Pair& row : table) {
    CAPTURE(row.answer, row.target);
    CHECK((compare("exact", row.answer, row.target) == Verdict::equal) == row.exact);
    CHECK((compare("numeric", row.answer, row.target) == Verdict::equal) == row.numeric);
  }
}

TEST_CASE("the numeric comparator never compares text", "[worker][scorers]") {
  CHECK(compare("numeric", "abc", "abc") == Verdict::bad_target);
  CHECK(compare("numeric", "18", "") == Verdict::bad_target);
  CHECK(compare("numeric", "1/3", "1/3") == Verdict::bad_target);
  CHECK(compare("exact", "abc", "ABC") == Verdict::equal);
}

TEST_CASE("integers beyond all doubles are numbers", "[worker][scorers][trap-23]") {
  const std::string digits(400, '7');
  CHECK(compare("numeric", "$" + digits + ".", digits) == Verdict::equal);
  CHECK(compare("numeric", digits + "8", digits + "7") == Verdict::different);
  CHECK(compare("numeric", "-" + digits, digits) == Verdict::different);
  CHECK(compare("numeric", "1e308", digits) == Verdict::different);
  CHECK(compare("numeric", digits, "0.5") == Verdict::different);
  CHECK(compare("numeric", "+" + digits + "%", digits + "%") == Verdict::equal);
  CHECK(find_comparator("numeric").normalise("00" + digits) == digits);
  CHECK(compare("numeric", "7", digits + ".5") == Verdict::bad_target);  // no double, no integer
}

TEST_CASE("equal numbers vote as one answer", "[worker][scorers]") {
  const auto normalise = find_comparator("numeric").normalise;
  CHECK(normalise("$3,000.00") == "3000");
  CHECK(normalise("3000") == "3000");
  CHECK(normalise("03000.") == "3000");
  CHECK(normalise("-0.0") == "0");
  CHECK(normalise("0.50") == "0.5");
  CHECK(normalise("25 %") == "25%");
  CHECK(normalise("10000000000000001") == "10000000000000001");
  CHECK(normalise(" two ") == "two");
}

TEST_CASE("the exact comparator deletes as lm-eval does, in its order, and strips",
          "[worker][scorers]") {
  const auto normalise = find_comparator("exact").normalise;
  CHECK(normalise("$1,234.") == "1234");
  CHECK(normalise("1.2.") == "1.2");
  CHECK(normalise("a #### b\n#### C.") == "c");
  CHECK(normalise("18.\n") == "18");
  CHECK(normalise("$") == "");
  CHECK(normalise("\u00c9COLE") == "\u00e9cole");
}

TEST_CASE("HELM's normalisation has its oddities", "[worker][scorers][trap-24]") {
  const auto quasi = [](const char* answer, const char* target) {
    return compare("helm:quasi_exact_match", answer, target) == Verdict::equal;
  };
  CHECK(quasi("U.S.A.", "USA"));
  CHECK(quasi("The  Eiffel Tower!", "eiffel tower"));
  CHECK_FALSE(quasi("a b", "a-b"));                  // punctuation leaves no space: "b" and "ab"
  CHECK(quasi("the", "a"));                          // nothing is left of both
  CHECK_FALSE(quasi("\u201cParis\u201d", "Paris"));  // curly quotes are not punctuation to it
  CHECK_FALSE(quasi("theatre", "atre"));
  CHECK(compare("helm:quasi_prefix_exact_match", "Paris, France", "the Paris") == Verdict::equal);
  CHECK(compare("helm:quasi_prefix_exact_match", "Parisian", "Paris") == Verdict::equal);
  CHECK(compare("helm:quasi_prefix_exact_match", "Paris", "the") == Verdict::bad_target);
  CHECK(compare("helm:prefix_exact_match", " Paris", "Par ") == Verdict::equal);
  CHECK(compare("helm:exact_match", " Paris\n", "Paris") == Verdict::equal);
  CHECK(compare("helm:exact_match", "paris", "Paris") == Verdict::different);
  CHECK(find_comparator("helm:quasi_exact_match").normalise("The U.S.A.") == "usa");
  CHECK(find_comparator("helm:quasi_exact_match").normalise("The") == "the");  // still a vote
}

TEST_CASE("exact_match ignores what its name says", "[worker][scorers]") {
  const auto equal = [](const char* name, const char* answer, const char* target) {
    return compare(name, answer, target) == Verdict::equal;
  };
  CHECK(equal("hf:exact_match", "Paris", "Paris"));
  CHECK_FALSE(equal("hf:exact_match", "Paris", "Paris "));
  CHECK(equal("hf:exact_match_ignore_case", "\u00c9T\u00c9", "\u00e9t\u00e9"));
  CHECK_FALSE(equal("hf:exact_match_ignore_case", "Paris.", "paris"));
  CHECK(equal("hf:exact_match_ignore_punctuation", "(B).", "B"));
  CHECK_FALSE(equal("hf:exact_match_ignore_punctuation", "B\u3002", "B"));  // ASCII's alone
  CHECK(equal("hf:exact_match_ignore_numbers", "room 12", "room 7"));
  CHECK(equal("hf:exact_match_ignore_case_punctuation", "(b)", "B"));
  CHECK(equal("hf:exact_match_ignore_case_punctuation_numbers", "Room-1", "room"));
}

TEST_CASE("match looks where its name says, and compares numbers as numbers", "[worker][scorers]") {
  struct Row {
    const char* answer;
    const char* target;
    const char* text;     // begin, end, any, exact
    const char* numeric;  // the same
  };
  const std::vector<Row> table{
      {"Paris", "paris.", "1111", "1111"},
      {"Paris it is", "Paris", "1010", "1010"},
      {"It is (Paris)!", "Paris", "0110", "0110"},
      {"stra\u00dfe", "STRASSE", "1111", "1111"},
      {"25", "5", "0110", "0000"},
      {"12 or 5", "5", "0110", "0110"},
      {"5 or 12", "5", "1010", "1010"},
      {"$3,000.", "3000", "0000", "1111"},
      {"it costs 42!", "42", "0110", "1110"},
      {"60%", "60", "1111", "0000"},
      {"\u22125", "-5", "0110", "1111"},  // text: the ASCII minus of the target is stripped
      {"1e3", "1000", "0000", "1111"},
      {"no number", "7", "0000", "0000"},
      {"100000.4", "100000", "1010", "1111"},  // five digits
      {"**ANSWER: 28 + 32 = 60**\nThis solves the problem.", "60", "0010", "0110"},
      {"The answer is **42**.", "42", "0110", "1110"},
      {"_7_", "7", "1111", "1111"},
      {"7", "**7**", "1111", "1111"},
      {"U.S.", "u.s.", "1111", "0000"},  // the target alone loses its dots, being no number
  };
  constexpr std::array kPlaces{"begin", "end", "any", "exact"};
  for (const Row& row : table) {
    for (std::size_t i = 0; i < kPlaces.size(); ++i) {
      const std::string place = kPlaces[i];
      CAPTURE(row.answer, row.target, place);
      CHECK((compare(("inspect:match_" + place).c_str(), row.answer, row.target) ==
             Verdict::equal) == (row.text[i] == '1'));
      CHECK((compare(("inspect:match_numeric_" + place).c_str(), row.answer, row.target) ==
             Verdict::equal) == (row.numeric[i] == '1'));
    }
  }
  CHECK(compare("inspect:match_any", "Paris", "...") == Verdict::bad_target);
  CHECK(find_comparator("inspect:match_numeric_end").normalise("it is $3,000.0") == "3000");
  CHECK(find_comparator("inspect:match_end").normalise("(Paris).") == "paris");
}

TEST_CASE("opencompass compares with a tolerance, and only whole targets", "[worker][scorers]") {
  CHECK(compare("opencompass:gsm8k", "18.0", "18") == Verdict::equal);
  CHECK(compare("opencompass:gsm8k", "18.0000001", "18") == Verdict::equal);
  CHECK(compare("opencompass:gsm8k", "000", "3000") == Verdict::different);
  CHECK(compare("opencompass:gsm8k", "1.5", "1.5") == Verdict::equal);
  CHECK(compare("opencompass:gsm8k", "1.50", "1.5") == Verdict::different);
  CHECK(find_comparator("opencompass:gsm8k").normalise("18.0") == "18");
}

TEST_CASE("a hostile megabyte is compared at once", "[worker][scorers][trap-26]") {
  constexpr std::size_t kMegabyte = 1'000'000;
  for (const std::string& unit : {std::string("*"),        std::string("7"),
                                  std::string("7."),       std::string("."),
                                  std::string("$"),        std::string("a "),
                                  std::string("the "),     std::string("a\xff"),
                                  std::string("\xff"),     std::string("\u00c9\u00e9"),
                                  std::string("\u03a3"),   std::string("\u03a3'"),
                                  std::string("x\u0301"),  std::string("\u00df"),
                                  std::string(" "),        std::string("\u3000"),
                                  std::string(1, '\0'),    std::string("#### "),
                                  std::string("\\boxed{"), std::string("1_")}) {
    CAPTURE(unit);
    // A megabyte of each would take half a minute: bench/run S4.
    const bool long_one = unit == "*" || unit == "\xff" || unit == std::string(1, '\0');
    std::string text;
    while (text.size() < (long_one ? kMegabyte : kMegabyte / 100)) text += unit;
    const std::string other = "x" + text.substr(0, kMegabyte / 100) + "\xff";
    for (const std::string& hostile : {text, other}) {
      for (const auto family :
           {tally::worker::plain_comparators(), tally::worker::hf_comparators(),
            tally::worker::helm_comparators(), tally::worker::inspect_comparators()}) {
        for (const auto& rule : family) {
          CAPTURE(rule.name);
          CHECK_NOTHROW(rule.normalise(hostile));
          CHECK(rule.compare(hostile, "7") != Verdict::bad_target);
        }
      }
    }
  }
}

TEST_CASE("an unknown comparator is refused by name", "[worker][scorers]") {
  CHECK_THROWS_WITH(
      find_comparator("fuzzy"),
      "comparator: found 'fuzzy', expected one of exact, numeric, opencompass:gsm8k, "
      "hf:exact_match, hf:exact_match_ignore_case, hf:exact_match_ignore_punctuation, "
      "hf:exact_match_ignore_numbers, hf:exact_match_ignore_case_punctuation, "
      "hf:exact_match_ignore_case_punctuation_numbers, helm:exact_match, helm:prefix_exact_match, "
      "helm:quasi_exact_match, helm:quasi_prefix_exact_match, inspect:match_begin, "
      "inspect:match_end, inspect:match_any, inspect:match_exact, inspect:match_numeric_begin, "
      "inspect:match_numeric_end, inspect:match_numeric_any, inspect:match_numeric_exact");
}

TEST_CASE("numbers compare alike where the process reads a decimal comma",
          "[worker][scorers][trap-13]") {
  const std::vector<Pair> table{{"1.5", "1.5", true, true},     {"1.5", "15", false, false},
                                {"1,5", "1.5", false, false},   {"1,5", "15", true, true},
                                {"1e-3", "0.001", false, true}, {"1.234", "1234", false, false},
                                {"1,234", "1234", true, true}};
  const CommaLocale comma;
  for (const Pair& pair : table) {
    CAPTURE(pair.answer, pair.target);
    CHECK((compare("exact", pair.answer, pair.target) == Verdict::equal) == pair.exact);
    CHECK((compare("numeric", pair.answer, pair.target) == Verdict::equal) == pair.numeric);
  }
}

TEST_CASE("the noise of floats decides no comparison", "[worker][scorers][trap-42]") {
  CHECK(compare("numeric", "0.30000000000000004", "0.3") == Verdict::equal);
  CHECK(compare("numeric", "0.1", "1e-1") == Verdict::equal);
  CHECK(compare("numeric", "0.301", "0.3") != Verdict::equal);
}
