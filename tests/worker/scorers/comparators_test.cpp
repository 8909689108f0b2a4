#include "worker/scorers/comparators.hpp"

#include "catch.hpp"
#include "comma_locale.hpp"
#include "worker/scorers/text.hpp"

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

TEST_CASE("the exact comparator deletes as lm-eval does, in its order", "[worker][scorers]") {
  const auto normalise = find_comparator("exact").normalise;
  CHECK(normalise("$1,234.") == "1234");
  CHECK(normalise("1.2.") == "1.2");
  CHECK(normalise("a #### b\n#### C.") == "c");
  CHECK(normalise("18.\n") == "18");
  CHECK(normalise("$") == "");
  CHECK(normalise("\u00c9COLE") == "\u00e9cole");
}

TEST_CASE("lower case is Unicode's and keeps bytes that are not UTF-8", "[worker][scorers]") {
  CHECK(tally::worker::lower("Stra\u00dfe \u00c4\u00d6\u00dc \u03a3") ==
        "stra\u00dfe \u00e4\u00f6\u00fc \u03c3");
  CHECK(tally::worker::lower("AB\xff"
                             "CD\xc3") ==
        "ab\xff"
        "cd\xc3");
  CHECK(tally::worker::lower("") == "");
}

TEST_CASE("an unknown comparator is refused by name", "[worker][scorers]") {
  CHECK_THROWS_WITH(find_comparator("fuzzy"),
                    "comparator: found 'fuzzy', expected one of exact, numeric");
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
