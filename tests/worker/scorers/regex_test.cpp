#include "worker/scorers/regex.hpp"

#include "catch.hpp"
#include "core/base/error.hpp"

using tally::Errc;
using tally::Error;
using tally::worker::Regex;

TEST_CASE("first and last match of a pattern", "[worker][scorers]") {
  const Regex pattern(R"((\d)(x)?)");
  CHECK(pattern.find_first("a1 b2x")->whole == "1");
  CHECK(pattern.find_first("a1 b2x")->groups[2] == "");
  CHECK(pattern.find_last("a1 b2x")->whole == "2x");
  CHECK(pattern.find_last("a1 b2x")->groups[2] == "x");
  CHECK_FALSE(pattern.find_first("none").has_value());
  CHECK_FALSE(pattern.find_last({}).has_value());
}

TEST_CASE("classes are Unicode's", "[worker][scorers]") {
  CHECK(Regex(R"(\w+)").find_first("\u00e9t\u00e9!")->whole == "\u00e9t\u00e9");
  CHECK(Regex(R"(\d)").find_first("\u0663")->whole == "\u0663");
}

TEST_CASE("a pattern that matches nothing at a place does not loop", "[worker][scorers]") {
  CHECK(Regex("a*").find_last("baab")->whole == "aa");
  CHECK_FALSE(Regex("a*").find_last("bbb").has_value());
}

TEST_CASE("a search that exhausts its limit says so", "[worker][scorers]") {
  const Regex hostile("(a+)+$", 10'000);
  const std::string text = std::string(16, 'a') + "b";
  try {
    static_cast<void>(hostile.find_first(text));
    FAIL("found an end, expected the limit");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::data);
    CHECK(std::string(error.what()) ==
          "pattern '(a+)+$': match limit exceeded in a text of 17 bytes");
  }
  CHECK(hostile.find_first("baaa")->whole == "aaa");
  CHECK_FALSE(Regex("(a+)+$").find_first(text).has_value());  // within the usual limit
}

TEST_CASE("a pattern that is none is our own bug", "[worker][scorers]") {
  CHECK_THROWS_WITH(Regex("("), "pattern '(': missing closing parenthesis");
}
