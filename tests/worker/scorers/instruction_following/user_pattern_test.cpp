#include "worker/scorers/instruction_following/user_pattern.hpp"

#include "catch.hpp"
#include "core/base/error.hpp"

using namespace tally::worker;

namespace {

bool found(const std::string& pattern, const std::string& text, bool whole_word = false) {
  return UserPattern(pattern, UserPattern::Case::ignored, whole_word).found_in(text);
}

std::size_t count(const std::string& pattern, const std::string& text) {
  return UserPattern(pattern, UserPattern::Case::ignored).count_in(text);
}

}  // namespace

// Every expected value is what Python's re gives with re.IGNORECASE.

TEST_CASE("plain words are found whatever their case", "[worker][scorers][ifeval]") {
  CHECK(found("cat", "conCATenate"));
  CHECK_FALSE(found("cat", "c at"));
  CHECK(found("na\u00efve", "NA\u00cfVE"));
  CHECK(count("aa", "aAaAa") == 2);
  CHECK(found("k", "\u212a"));
  CHECK(found("sun", "\u017fun"));
  CHECK(found("i", "\u0131"));
  CHECK(found("\u0131", "I"));
}

TEST_CASE("whole words end where Unicode says", "[worker][scorers][ifeval]") {
  CHECK(found("cat", "a CAT.", true));
  CHECK_FALSE(found("cat", "concat", true));
  CHECK_FALSE(found("cat", "\u00e9cat", true));
  CHECK(found("cat", "\u3002cat\u3002", true));
  CHECK(found("cat", "cats cat", true));
  CHECK_FALSE(found("#tag", "#tag", true));  // no boundary before the sign
  CHECK(found("#tag", "a#tag", true));
}

TEST_CASE("patterns are regular expressions of Python", "[worker][scorers][ifeval]") {
  CHECK(found("^a.c$", "ABC"));
  CHECK_FALSE(found("^b", "a\nb"));
  CHECK(count("x*", "axb") == 4);
  CHECK(count("\\bcat\\b|dog", "cat dog concat") == 2);
  CHECK(found("\\s", "\x1c"));
  CHECK_FALSE(found("\\s", "\u180e"));
  CHECK(found("[\\s]", "\x1d"));
  CHECK_FALSE(found("[^\\s]", "\u3000"));
  CHECK(found("\\S", "\u180e"));
  CHECK_FALSE(found("\\S", " \u2003"));
  CHECK(found("a\\Z", "a"));
  CHECK_FALSE(found("a\\Z", "a\n"));
  CHECK(found("\\u00e9", "\u00c9"));
  CHECK(count("a{,2}b", "b ab aab") == 3);
  CHECK(found("[[:alpha:]]", ":]"));
  CHECK_FALSE(found("[[:alpha:]]", "b"));
  CHECK_FALSE(found("\\v", "\n"));
  CHECK(UserPattern("(a)(?:b)(c)", UserPattern::Case::matters).groups() == 2);
}

TEST_CASE("word characters are spelled out: PCRE2 changed what it takes for one",
          "[worker][scorers][ifeval][trap-26]") {
  CHECK(python_pattern(R"(\w+)") == R"([\p{L}_\p{N}]+)");
  CHECK(python_pattern(R"(\W)") == R"([^\p{L}_\p{N}])");
  CHECK(python_pattern(R"([\w-])") == R"([\p{L}_\p{N}-])");
  CHECK(python_pattern(R"(\\w\\b)") == R"(\\w\\b)");
  for (const char* const pattern : {R"(\b)", R"(\B)", R"([\W])", R"([^\W\d])"}) {
    const std::string translated = python_pattern(pattern);
    CAPTURE(translated);
    for (const char* const escape : {R"(\w)", R"(\W)", R"(\b)", R"(\B)"}) {
      CHECK(translated.find(escape) == std::string::npos);
    }
  }
  CHECK(count("\\w", "e\u0301\u203f_") == 2);  // neither the accent nor the tie
  CHECK(count("[\\W]", "e\u0301\u203f_") == 2);
  CHECK(count("\\bb", "a\u0301b") == 1);
  CHECK(found("cat", "cat\u203f", true));
  CHECK(found("[\\b]", "\b"));  // a backspace
}

TEST_CASE("a pattern that Python refuses is the dataset's fault", "[worker][scorers][ifeval]") {
  CHECK_THROWS_WITH(found("(", "a"), "pattern '(': missing closing parenthesis");
  CHECK_THROWS_WITH(found("\\q", "a"),
                    "pattern '\\q': found '\\q', expected an escape of Python's re");
  CHECK_THROWS_WITH(found("a\\", "a"), "pattern 'a\\': found '\\' at the end, expected an escape");
  CHECK_THROWS_WITH(found("\\u12", "a"), "pattern '\\u12': found an escape of fewer than 4 digits");
  for (const char* const range : {R"([+-\w])", R"([\w-z])", R"([+-\W])", R"([\W-z])"}) {
    CAPTURE(range);
    CHECK_THROWS_AS(found(range, "a"), tally::Error);
  }
  try {
    static_cast<void>(found("*", "a"));
    FAIL("took it");
  } catch (const tally::Error& error) {
    CHECK(error.code() == tally::Errc::data);
  }
}

TEST_CASE("a pattern that backtracks for ever hits its limit", "[worker][scorers][trap-26]") {
  CHECK_THROWS_WITH(found("(a|aa)+$", std::string(200, 'a') + "b"),
                    "pattern '(a|aa)+$': match limit exceeded in a text of 201 bytes");
}
