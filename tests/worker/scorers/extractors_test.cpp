#include "worker/scorers/extractors.hpp"

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
      {"#### ,", kNone, ",", kNone, kNone},
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

TEST_CASE("a megabyte of one character is extracted from at once", "[worker][scorers]") {
  constexpr std::size_t kMegabyte = 1'000'000;
  for (const std::string_view unit :
       {"*", "7", "#### ", "-", "1,", "1 ", "1/", "$", ".", "\xff", "1\xff"}) {
    CAPTURE(unit);
    std::string text;
    while (text.size() < kMegabyte) text += unit;
    for (const char* const name :
         {"openai:gsm8k", "lm_eval:gsm8k_strict", "lm_eval:gsm8k_flexible", "numeric", "exact"}) {
      CAPTURE(name);
      CHECK_NOTHROW(find_extractor(name)(text));
    }
  }
  CHECK(extract("lm_eval:gsm8k_flexible", std::string(kMegabyte, '7')).size() == kMegabyte);
  CHECK(extract("numeric", std::string(kMegabyte, '7')).size() == kMegabyte);
  CHECK(extract("numeric", std::string(kMegabyte, '*')) == kNone);
}

TEST_CASE("an unknown extractor is refused by name", "[worker][scorers]") {
  CHECK_THROWS_WITH(find_extractor("gsm8k"),
                    "extractor: found 'gsm8k', expected one of openai:gsm8k, "
                    "lm_eval:gsm8k_strict, lm_eval:gsm8k_flexible, numeric, exact");
}
