#include "core/base/json_writer.hpp"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "catch.hpp"
#include "comma_locale.hpp"
#include "core/base/random.hpp"

using namespace tally;

namespace {

std::string number(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

std::string string(std::string_view value) {
  std::string text;
  append_json_string(text, value);
  return text;
}

}  // namespace

TEST_CASE("numbers take the shortest form that reads back", "[base][json]") {
  CHECK(number(0.0) == "0");
  CHECK(number(1.0) == "1");
  CHECK(number(0.1) == "0.1");
  CHECK(number(-2.5) == "-2.5");
  CHECK(number(1.0 / 3.0) == "0.3333333333333333");
  CHECK(number(5e-324) == "5e-324");
}

TEST_CASE("numbers have a decimal point where the process writes a comma",
          "[base][json][trap-13]") {
  const CommaLocale comma;
  CHECK(number(0.1) == "0.1");
  CHECK(number(-1234567.5) == "-1234567.5");
  JsonWriter json;
  json.begin_array().value(0.5).value(1'234'567).end_array();
  CHECK(json.text() == "[0.5,1234567]");
}

TEST_CASE("any finite double survives writing and reading", "[base][json]") {
  ItemRandom random(2024, 1);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = (std::uint64_t{random.next_u32()} << 32U) | random.next_u32();
    const auto value = std::bit_cast<double>(bits);
    if (!std::isfinite(value)) continue;
    const std::string text = number(value);
    REQUIRE(std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), nullptr)) == bits);
  }
}

TEST_CASE("strings are escaped, and bytes that are not UTF-8 are replaced", "[base][json]") {
  CHECK(string("") == R"("")");
  CHECK(string("a\"b\\c/d") == R"("a\"b\\c/d")");
  CHECK(string("\n\r\t\b\x1f\x7f") == "\"\\n\\r\\t\\u0008\\u001f\x7f\"");
  CHECK(string(std::string_view("\0", 1)) == R"("\u0000")");
  CHECK(string("\xC3\xA9\xF0\x9F\x98\x80") == "\"\xC3\xA9\xF0\x9F\x98\x80\"");
  CHECK(string("a\xFF\xC3z") == "\"a\xEF\xBF\xBD\xEF\xBF\xBDz\"");
}

TEST_CASE("commas and nesting are the writer's business", "[base][json]") {
  JsonWriter json;
  json.begin_object().key("a").value(1).key("b").begin_array().value("x").value(true).null();
  json.begin_object().end_object().begin_array().end_array().end_array();
  json.key("c").value(std::numeric_limits<double>::quiet_NaN()).key("d").raw("[1]");
  json.key("e").value(std::numeric_limits<std::uint64_t>::max());
  json.key("f").value(std::numeric_limits<std::int64_t>::min()).end_object();
  CHECK(json.text() == R"({"a":1,"b":["x",true,null,{},[]],"c":null,"d":[1],)"
                       R"("e":18446744073709551615,"f":-9223372036854775808})");
}

TEST_CASE("an indent puts one element on a line", "[base][json]") {
  JsonWriter json(2);
  json.begin_object().key("a").begin_array().value(1).value(2).end_array();
  json.key("b").begin_object().end_object().end_object();
  CHECK(json.text() == "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}
