#include "core/base/utf8.hpp"

#include <string>

#include "catch.hpp"

using namespace tally;

TEST_CASE("well-formed UTF-8 is told from ill-formed", "[base][utf8]") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("plain"));
  CHECK(is_utf8("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
  CHECK(is_utf8("\xEF\xBF\xBF\xF4\x8F\xBF\xBF\xED\x9F\xBF\xEE\x80\x80"));
  const std::string bad = GENERATE(values<std::string>({
      "\x80",              // a tail without a lead
      "\xC0\xAF",          // overlong
      "\xE0\x9F\xBF",      // overlong
      "\xF0\x8F\xBF\xBF",  // overlong
      "\xED\xA0\x80",      // a surrogate
      "\xF4\x90\x80\x80",  // above U+10FFFF
      "\xFF",
      "\xC3",          // cut off
      "\xE2\x82",      // cut off
      "\xF0\x9F\x98",  // cut off
      "\xC3(",
  }));
  CHECK_FALSE(is_utf8(bad));
  CHECK(utf8_sequence(bad, 0) == 0);
}

TEST_CASE("code points are counted, read and written", "[base]") {
  CHECK(tally::utf8_length("") == 0);
  CHECK(tally::utf8_length("a\u00e9\u20ac\U0001f600") == 4);
  CHECK(tally::utf8_length("\xff\xc3") == 2);
  CHECK(tally::utf8_run("a\u00e9\xff"
                        "b",
                        0) == 3);
  CHECK(tally::utf8_run("\xff", 0) == 0);
  for (const char32_t c : {U'\0', U'a', U'\u007f', U'\u0080', U'\u07ff', U'\u0800', U'\uffff',
                           U'\U00010000', U'\U0010ffff'}) {
    std::string text;
    tally::append_utf8(text, c);
    CHECK(tally::is_utf8(text));
    CHECK(tally::utf8_decode(text, 0).c == c);
    CHECK(tally::utf8_decode(text, 0).length == text.size());
    CHECK(tally::utf8_decode_before(text + "a", text.size()).c == c);
    CHECK(tally::utf8_decode_before(text + "a", text.size()).length == text.size());
  }
}

TEST_CASE("a text has the same code points forwards and backwards", "[base][utf8]") {
  const std::string text = GENERATE(values<std::string>({
      "a\u00e9\u20ac\U0001f600z",
      "\x80\x80\x80\x80\x80",  // tails alone
      "\u00e9\x80",            // a tail too many
      "a\xE2\x82\u00e9",       // a sequence that another one cuts off
      "\xF0\x9F\x98",          // one that the end cuts off
      "\xC0\xAF\xED\xA0\x80\xF4\x90\x80\x80",
  }));
  const std::u32string forwards = utf8_code_points(text);
  std::u32string backwards;
  for (std::size_t at = text.size(); at > 0;) {
    const CodePoint d = utf8_decode_before(text, at);
    CHECK((d.c == kNoCodePoint) == !is_utf8(text.substr(at - d.length, d.length)));
    backwards.insert(backwards.begin(), d.c);
    at -= d.length;
  }
  CHECK(backwards == forwards);
  CHECK(utf8_code_points("\xff"
                         "a\u20ac") == std::u32string{kNoCodePoint, U'a', U'\u20ac'});
}

TEST_CASE("bytes that are not UTF-8 become U+FFFD", "[base][utf8]") {
  CHECK(well_formed("a\xff"
                    "b\xc3") == "a\ufffdb\ufffd");
  CHECK(well_formed("\xff\xff") == "\ufffd\ufffd");
  CHECK(well_formed("\u00e9\U0001f44d") == "\u00e9\U0001f44d");
  CHECK(well_formed("") == "");
}

TEST_CASE("a text is ASCII up to its last byte", "[base][utf8]") {
  CHECK(is_ascii(""));
  CHECK(is_ascii(std::string("a\0\x7f", 3)));
  CHECK_FALSE(is_ascii("plain up to here \u00e9"));
  CHECK_FALSE(is_ascii("\x80"));
}
