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

TEST_CASE("a search may count as Python does, empty matches included", "[worker][scorers]") {
  CHECK(Regex("x*").count("axb") == 4);
  CHECK(Regex("a|").count("ba") == 3);
  CHECK(Regex("aa").count("aaaaa") == 2);
  CHECK(Regex("$").contains(""));
  CHECK_FALSE(Regex("b").contains("a"));
  CHECK(Regex("(a)(?:b)(c)").groups() == 2);
  std::string all;
  Regex("[a-z]+").each("ab 1 c", [&](std::string_view match) { all.append(match).append("|"); });
  CHECK(all == "ab|c|");
}

TEST_CASE("options of a pattern: case, lines, and whose fault it is", "[worker][scorers]") {
  CHECK(Regex("\u00e9", tally::worker::RegexOptions{.ignore_case = true}).contains("\u00c9"));
  CHECK(Regex("^b$", tally::worker::RegexOptions{.multiline = true}).contains("a\nb\nc"));
  CHECK_FALSE(Regex("^b$").contains("a\nb\nc"));
  CHECK_FALSE(Regex("a.b").contains("a\nb"));
  CHECK(Regex("a.b").contains("a\rb"));
  try {
    const Regex bad("(", tally::worker::RegexOptions{.bad_pattern = Errc::data});
    FAIL("took it");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::data);
  }
}

TEST_CASE("every match is replaced, also between bytes that are not UTF-8", "[worker][scorers]") {
  const Regex pattern(R"(\bthe\b)");
  CHECK(pattern.replace("the other, the", "_") == "_ other, _");
  CHECK(pattern.replace("the\xffthe \xc3 the", "_") == "_\xff_ \xc3 _");
  CHECK(pattern.replace("", "_").empty());
}

TEST_CASE("the ends of a text are not next to bytes that are not UTF-8", "[worker][scorers]") {
  CHECK_FALSE(Regex("^b")
                  .find_first("\xff"
                              "b")
                  .has_value());
  CHECK_FALSE(Regex("b$").find_first("b\xff").has_value());
  CHECK(Regex("^b$").find_first("b")->whole == "b");
  CHECK(Regex("b$")
            .find_last("\xff"
                       "b")
            ->whole == "b");
  CHECK_FALSE(Regex("a.b")
                  .find_first("a\xff"
                              "b")
                  .has_value());
}

TEST_CASE("all of a megabyte is searched in few steps a match, also where one byte is not UTF-8",
          "[worker][scorers][trap-26]") {
  std::string text;
  while (text.size() < 1'000'000) text += "1 ";
  text += "\xff";
  text += "2";
  const Regex digit(R"(\d)", 100);
  CHECK(digit.count(text) == 500'001);
  const auto last = digit.find_last(text);
  REQUIRE(last.has_value());
  CHECK(last->whole == "2");
  CHECK(last->whole.data() == text.data() + text.size() - 1);
}
