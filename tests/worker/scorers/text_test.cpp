#include "worker/scorers/text.hpp"

#include "catch.hpp"

using namespace tally::worker;

// Every expected value is what /usr/bin/python3 (3.11) gives for the method of the same name.

TEST_CASE("white space is Python's, not PCRE2's", "[worker][scorers][text]") {
  CHECK(strip("\u3000\x1c a b\u00a0\u0085\n") == "a b");
  CHECK(strip("\u180e") == "\u180e");
  CHECK(strip(" \t\n") == "");
  CHECK(strip_right(" a \u2003") == " a");
  CHECK(is_blank("\u2028\u205f"));
  CHECK_FALSE(is_blank("\u200b"));
  std::string_view rest = "\u3000ab\u00a0c ";
  CHECK(next_token(rest) == "ab");
  CHECK(next_token(rest) == "c");
  CHECK(next_token(rest) == "");
}

TEST_CASE("lower case is of whole texts: dotted i, final sigma, numerals",
          "[worker][scorers][text]") {
  struct Case {
    const char* text;
    const char* lower;
  };
  const auto c = GENERATE(values<Case>({{"ABC \u00c9\u00dcX", "abc \u00e9\u00fcx"},
                                        {"\u0130X", "i\u0307x"},
                                        {"\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c2"},
                                        {"\u03a3\u0391\u03a3.", "\u03c3\u03b1\u03c2."},
                                        {"\u0391\u03a3'\u0391", "\u03b1\u03c3'\u03b1"},
                                        {"\u03a3", "\u03c3"},
                                        {"\u2167 \u24b6 \u2020", "\u2177 \u24d0 \u2020"},
                                        {"\u01c5 \u1e9e \u212a", "\u01c6 \u00df k"},
                                        {"\U00010400", "\U00010428"}}));
  CHECK(lower(c.text) == c.lower);
}

TEST_CASE("lower case is Unicode's and keeps bytes that are not UTF-8", "[worker][scorers][text]") {
  CHECK(lower("Stra\u00dfe \u00c4\u00d6\u00dc \u03a3") == "stra\u00dfe \u00e4\u00f6\u00fc \u03c3");
  CHECK(lower("AB\xff"
              "CD\xc3") ==
        "ab\xff"
        "cd\xc3");
  CHECK(lower("") == "");
}

TEST_CASE("a sigma alone knows no end of a word", "[worker][scorers][text]") {
  CHECK(lower_characters("\u0391\u03a3") == "\u03b1\u03c3");
}

TEST_CASE("upper and lower case need a letter and tolerate none of the other",
          "[worker][scorers][text]") {
  CHECK(is_upper("ABC 1!"));
  CHECK_FALSE(is_upper("ABc"));
  CHECK_FALSE(is_upper("1!"));
  CHECK_FALSE(is_upper(""));
  CHECK(is_upper("\u2167"));
  CHECK_FALSE(is_upper("A\u01c5"));  // title case
  CHECK_FALSE(is_upper("A\u00aa"));  // an ordinal is lower case
  CHECK(is_lower("abc 1!"));
  CHECK(is_lower("\u00df"));
  CHECK_FALSE(is_lower("aB"));
  CHECK_FALSE(is_lower("\u4f60"));
}

TEST_CASE("tokens, words and pieces are counted as Python does", "[worker][scorers][text]") {
  CHECK(count_upper_tokens("A I'M \u00c9T\u00c9, a1 A1 42 NASA's\u3000OK") == 5);
  CHECK(count_upper_tokens(" ") == 0);
  CHECK(count_words("don't na\u00efve a_b \u0663\u0664 x\u00b2 \u4f60\u597d e\u0301") == 8);
  CHECK(count_words("") == 0);
  CHECK(split_text("a**b**", "**") == std::vector<std::string_view>{"a", "b", ""});
  CHECK(split_text("", "x") == std::vector<std::string_view>{""});
  CHECK(count_text("aaaaa", "aa") == 2);
  CHECK(strip_of("\"\"a\"b\"", "\"") == "a\"b");
  CHECK(strip_of("\"\"", "\"") == "");
  CHECK(strip_left_of("-+a+", "+-") == "a+");
  CHECK(strip_left_of("--", "-") == "");
  CHECK(strip_right_of("-a-+", "+-") == "-a");
  CHECK(strip_right_of("--", "-") == "");
}

TEST_CASE("bytes that are not UTF-8 are neither space nor letter", "[worker][scorers][text]") {
  const std::string_view cut = "\xe2\x80";  // of U+2003, an em space
  CHECK(strip(cut) == cut);
  CHECK(strip_right("a \x80 ") == "a \x80");
  CHECK(collapse("\xff \u00a0 \xc2") == "\xff \xc2");
  CHECK(lower_characters("\xc3"
                         "A\u00c9") ==
        "\xc3"
        "a\u00e9");
  CHECK(lower("\u0391\u03a3\xff") == "\u03b1\u03c2\xff");
  CHECK(is_upper("A\xff"));
  CHECK_FALSE(is_lower("\xff"));
  CHECK(count_words("a\xff"
                    "b") == 2);
  CHECK(count_upper_tokens("A\xff B") == 2);
  CHECK_FALSE(is_blank(" \xff"));
}
