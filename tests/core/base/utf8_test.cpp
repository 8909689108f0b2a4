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
