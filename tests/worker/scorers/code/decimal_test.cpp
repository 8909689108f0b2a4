#include "worker/scorers/code/decimal.hpp"

#include "catch.hpp"
#include "worker/scorers/code/python.hpp"
#include "worker/scorers/text.hpp"

using tally::worker::Decimal;
using tally::worker::parse_plain_decimal;
using tally::worker::parse_python_decimal;

namespace {

constexpr const char* kJudge = R"(
from decimal import Decimal, InvalidOperation
def judge(text):
    try:
        d = Decimal(text)
    except InvalidOperation:
        return "none"
    if d.is_nan():
        return "nan"
    sign = "-" if d.is_signed() else ""
    if d.is_infinite():
        return sign + "inf"
    digits = "".join(map(str, d.as_tuple().digits)).lstrip("0")
    if not digits:
        return "0"
    kept = digits.rstrip("0")
    return f"{sign}{kept}e{d.as_tuple().exponent + len(digits) - len(kept)}"
)";

std::string shown(const std::string& text) {
  const auto number = parse_python_decimal(text);
  if (!number) return "none";
  if (number->kind == Decimal::Kind::nan) return "nan";
  const std::string sign = number->negative ? "-" : "";
  if (number->kind == Decimal::Kind::infinite) return sign + "inf";
  if (number->digits.empty()) return "0";
  return sign + number->digits + "e" + std::to_string(number->exponent);
}

}  // namespace

TEST_CASE("a decimal is read as Python reads it", "[code][decimal]") {
  std::vector<std::vector<std::string>> rows;
  for (const char* text : {"1_0",
                           "_1",
                           "1_",
                           "_",
                           "-_1",
                           "i_nf",
                           "1e_5",
                           "1_e5",
                           "\uff11\uff12",
                           "1\u0661",
                           "1e\uff11",
                           "\u0660x",
                           "1\u200b",
                           "\U0001d7cf",
                           "1e999999999999999999",
                           "1e1000000000000000000",
                           "10e999999999999999999",
                           "0.1e1000000000000000000",
                           "0e1000000000000000000",
                           "0e999999999999999999",
                           "00e999999999999999999",
                           "1e-1999999999999999997",
                           "1e-1999999999999999998",
                           "10e-1999999999999999998",
                           "0e-1999999999999999998",
                           "0e-99999999999999999999999",
                           "1e99999999999999999999999",
                           "nan",
                           "NaN12",
                           "sNaN0",
                           "nan1x",
                           "-nan",
                           "+Infinity",
                           "-iNf",
                           "infin",
                           "infinityx",
                           "infinit",
                           "snan",
                           "snanx",
                           "1e",
                           "1e+",
                           ".",
                           "",
                           "+",
                           "-",
                           ".5",
                           "5.",
                           "+.5e-3",
                           "++1",
                           "+-1",
                           "0x10",
                           "1e5.0",
                           "-0",
                           "-0.0",
                           "e5",
                           ".e5",
                           "1.2.3",
                           "1,000",
                           "1 2",
                           "\xff",
                           "1\xc3",
                           "\xe0\x80\xb1",
                           "\xc0\xb1",
                           "\xf4\x90\x80\x80",
                           "100.00e2",
                           "000120.0340",
                           "\u00b2",
                           "\u2160",
                           "\u0bf0"}) {
    rows.push_back({text});
  }
  rows.push_back({std::string("1\0", 2)});
  rows.push_back({std::string("\0", 1)});
  Dice dice(7);
  const std::vector<std::string> pieces{"0", "1",   "9",   "00",     "_", ".", "e",  "E",  "-",
                                        "+", "inf", "nan", "\u0967", "7", "3", "5e", "10", ".0"};
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (std::size_t n = 1 + dice.roll(5); n > 0; --n) text += dice.pick(pieces);
    rows.push_back({text});
  }
  const auto answers = ask_python(kJudge, rows);
  std::size_t numbers = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(rows[i][0]);
    CHECK(shown(rows[i][0]) == answers[i]);
    if (answers[i] != "none") ++numbers;
  }
  CHECK(numbers > 500);
}

TEST_CASE("the digits of every script are Python's", "[code][decimal]") {
  std::vector<std::vector<std::string>> rows;
  for (char32_t c = 0x80; c < 0x20000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    if (c >= 0x10000) {
      text = {static_cast<char>(0xF0 | c >> 18U), static_cast<char>(0x80 | (c >> 12U & 63U)),
              static_cast<char>(0x80 | (c >> 6U & 63U)), static_cast<char>(0x80 | (c & 63U))};
    } else if (c >= 0x800) {
      text = {static_cast<char>(0xE0 | c >> 12U), static_cast<char>(0x80 | (c >> 6U & 63U)),
              static_cast<char>(0x80 | (c & 63U))};
    } else {
      text = {static_cast<char>(0xC0 | c >> 6U), static_cast<char>(0x80 | (c & 63U))};
    }
    if (shown(text) != "none") rows.push_back({text});
  }
  CHECK(rows.size() == 650);  // 660 characters are Nd in Unicode 14, ten of them ASCII
  const auto answers = ask_python(kJudge, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(shown(rows[i][0]) == answers[i]);
}

TEST_CASE("a plain decimal has no underscores, other scripts or words", "[code][decimal]") {
  for (const char* text : {"1_0", "\uff11", "inf", "nan", "", "+", ".", "1e", " 1", "1 "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_plain_decimal(text));
  }
  const auto number = parse_plain_decimal("-0012.50e3");
  REQUIRE(number);
  CHECK(number->digits == "125");
  CHECK(number->exponent == 2);
  CHECK(number->negative);
}

TEST_CASE("white space is Python's", "[code][text]") {
  std::vector<std::vector<std::string>> rows;
  Dice dice(11);
  const std::vector<std::string> pieces{
      " ",      "\t",     "\n",     "\v",       "\f",     "\r",     "\x1c",   "\x1d",
      "\x1e",   "\x1f",   "\u0085", "\u00a0",   "\u1680", "\u2000", "\u200a", "\u2028",
      "\u2029", "\u202f", "\u205f", "\u3000",   "\u200b", "\ufeff", "\u180e", "a",
      "\u00e9", "\u20ac", "\xff",   "\xe2\x80", "\x85",   "\xa0"};
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (std::size_t n = dice.roll(7); n > 0; --n) text += dice.pick(pieces);
    rows.push_back({text});
  }
  const auto answers = ask_python(R"(
def judge(text):
    return "|".join([text.strip()] + text.split())
)",
                                  rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string ours(tally::worker::strip(rows[i][0]));
    std::string_view rest = rows[i][0];
    for (auto token = tally::worker::next_token(rest); !token.empty();
         token = tally::worker::next_token(rest)) {
      ours.append("|").append(token);
    }
    CHECK(ours == answers[i]);
  }
}
