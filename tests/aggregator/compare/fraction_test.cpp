#include "aggregator/compare/fraction.hpp"

#include "catch.hpp"
#include "comma_locale.hpp"
#include "core/base/error.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

struct Good {
  const char* text;
  double value;
};

struct Bad {
  const char* text;
  const char* message;
};

}  // namespace

TEST_CASE("a fraction may be written as a percentage", "[aggregator][compare][trap-10]") {
  const auto good = GENERATE(values<Good>({{"0.5", 0.5},
                                           {"50%", 0.5},
                                           {"1", 1.0},
                                           {"1.0", 1.0},
                                           {"100%", 1.0},
                                           {"1%", 0.01},
                                           {"0.5%", 0.005},
                                           {"0", 0.0},
                                           {"0%", 0.0},
                                           {"8e-1", 0.8}}));
  CAPTURE(good.text);
  CHECK(parse_fraction(good.text, "--min") == good.value);
}

TEST_CASE("what could be percent or no fraction is refused", "[aggregator][compare][trap-10]") {
  static constexpr const char* kExpected = "a fraction 0..1 or a percentage 0%..100%";
  const auto bad =
      GENERATE(values<Bad>({{"1.5", "a fraction 0..1, or \"1.5%\" if percent is meant"},
                            {"80", "a fraction 0..1, or \"80%\" if percent is meant"},
                            {"100", "a fraction 0..1, or \"100%\" if percent is meant"},
                            {"1.0000001", "a fraction 0..1, or \"1.0000001%\" if percent is meant"},
                            {"100.1", kExpected},
                            {"101%", kExpected},
                            {"-0.1", kExpected},
                            {"-1%", kExpected},
                            {"nan", kExpected},
                            {"nan%", kExpected},
                            {"inf", kExpected},
                            {"0,8", kExpected},
                            {"0.8 ", kExpected},
                            {" 0.8", kExpected},
                            {"0.8%%", kExpected},
                            {"50 %", kExpected},
                            {"+0.8", kExpected},
                            {"%", kExpected},
                            {"", kExpected}}));
  CAPTURE(bad.text);
  try {
    static_cast<void>(parse_fraction(bad.text, "--min"));
    FAIL("it was taken");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::usage);
    CHECK(error.what() ==
          "--min: found \"" + std::string(bad.text) + "\", expected " + bad.message);
  }
}

TEST_CASE("a step of one would be a limit that limits nothing", "[aggregator][compare][trap-10]") {
  CHECK(parse_fraction_step("0.01", "--max-drop") == 0.01);
  CHECK(parse_fraction_step("1%", "--max-drop") == 0.01);
  CHECK(parse_fraction_step("0", "--max-drop") == 0.0);
  for (const char* const text : {"1", "1.0", "100%"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(parse_fraction_step(text, "--max-drop"),
                      "--max-drop: found \"" + std::string(text) +
                          "\", expected a fraction below 1 (0.01) or a percentage below 100% (1%)");
  }
}

TEST_CASE("a number of a column has its own unit and takes no percent", "[aggregator][compare]") {
  CHECK(parse_plain_number("25", "--min") == 25.0);
  CHECK(parse_plain_number("-0.5", "--min") == -0.5);
  for (const char* const text : {"25%", "nan", "inf", ""}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(
        parse_plain_number(text, "--min"),
        "--min: found \"" + std::string(text) + "\", expected a finite number without a unit");
  }
}

TEST_CASE("a locale with a comma changes no fraction", "[aggregator][compare][trap-10]") {
  const CommaLocale locale;
  CHECK(parse_fraction("0.8", "--min") == 0.8);
  CHECK_THROWS_AS(parse_fraction("0,8", "--min"), Error);
}
