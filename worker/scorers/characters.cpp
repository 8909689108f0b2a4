#include "worker/scorers/characters.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/utf8.hpp"
#include "worker/scorers/regex.hpp"
#include "worker/scorers/text.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace tally::worker {
namespace {

constexpr char32_t kCodePoints = 0x110000;

constexpr std::array<std::uint8_t, 128> ascii_flags() {
  std::array<std::uint8_t, 128> flags{};
  for (char32_t c = 0; c < 128; ++c) {
    unsigned f = 0;
    if (c >= '0' && c <= '9') f |= kWord | kDigit;
    if (c >= 'A' && c <= 'Z') f |= kWord | kUpper;
    if (c >= 'a' && c <= 'z') f |= kWord | kLower;
    if (c == '_') f |= kWord;
    if (c == '\'' || c == '.' || c == ':' || c == '^' || c == '`') f |= kIgnorable;
    if (is_space(c)) f |= kSpace;
    flags[c] = static_cast<std::uint8_t>(f);
  }
  return flags;
}

// Every code point that can have a property: the others (planes 4 to 13, 15 and 16) are unassigned
// or private.
std::string assigned_planes() {
  std::string all;
  for (char32_t c = 0; c < 0xF0000; ++c) {
    if (c == 0xD800) c = 0xE000;    // surrogates are no characters
    if (c == 0x40000) c = 0xE0000;  // planes 4 to 13
    append_utf8(all, c);
  }
  return all;
}

struct Tables {
  std::vector<std::uint8_t> flags;                    // of every code point
  std::vector<std::pair<char32_t, char32_t>> lowers;  // of those that have another, ascending
};

// PCRE2 brings the Unicode tables along; the C library's depend on the locales a node has. Its \w
// is not asked for: since 10.43 it has marks, too.
std::vector<std::uint8_t> read_flags() {
  struct Property {
    const char* runs;
    CharacterFlag flag;
  };
  constexpr std::array<Property, 6> kProperties = {{{R"([\p{L}\p{N}_]++)", kWord},
                                                    {R"(\d++)", kDigit},
                                                    {R"(\p{Uppercase}++)", kUpper},
                                                    {R"(\p{Lowercase}++)", kLower},
                                                    {R"(\p{Lt}++)", kTitle},
                                                    {R"(\p{Case_Ignorable}++)", kIgnorable}}};
  std::vector<std::uint8_t> flags(kCodePoints);
  const std::string all = assigned_planes();
  for (const Property& property : kProperties) {
    Regex(property.runs).each(all, [&](std::string_view run) {
      for (std::size_t at = 0; at < run.size();) {
        const CodePoint d = utf8_decode(run, at);
        flags[d.c] = static_cast<std::uint8_t>(flags[d.c] | property.flag);
        at += d.length;
      }
    });
  }
  for (char32_t c = 0; c <= 0x3000; ++c) {
    if (is_space(c)) flags[c] = static_cast<std::uint8_t>(flags[c] | kSpace);
  }
  return flags;
}

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

// The simple lower case of each letter.
std::string lower_letters(std::string_view text) {
  constexpr std::string_view kLetters = R"([\p{Lu}\p{Lt}]++)";
  constexpr std::string_view kLowered = R"(\L$0)";
  int error = 0;
  PCRE2_SIZE offset = 0;
  const std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code(
      pcre2_compile(units(kLetters), kLetters.size(), PCRE2_UTF | PCRE2_UCP, &error, &offset,
                    nullptr),
      &pcre2_code_free);
  if (!code) throw Error(Errc::internal, "lower: pcre2_compile failed");
  PCRE2_SIZE length = 2 * text.size() + 16;  // no letter's lower case is twice as long
  std::string out(length, '\0');
  const int done = pcre2_substitute(
      code.get(), units(text), text.size(), 0,
      PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_EXTENDED | PCRE2_NO_UTF_CHECK, nullptr, nullptr,
      units(kLowered), kLowered.size(), reinterpret_cast<PCRE2_UCHAR*>(out.data()), &length);
  if (done < 0) throw Error(Errc::internal, "lower: pcre2_substitute failed");
  out.resize(length);
  return out;
}

// PCRE2's case substitution leaves out what is upper case and no letter.
char32_t lower_symbol(char32_t c) {
  if (c >= 0x2160 && c <= 0x216F) return c + 0x10;  // Roman numerals
  if (c >= 0x24B6 && c <= 0x24CF) return c + 26;    // circled letters
  return c;
}

Tables read_tables() {
  Tables tables{read_flags(), {}};
  std::u32string capitals;
  std::string text;
  for (char32_t c = 0; c < kCodePoints; ++c) {
    if ((tables.flags[c] & (kUpper | kTitle)) == 0) continue;
    capitals.push_back(c);
    append_utf8(text, c);
  }
  const std::u32string small = utf8_code_points(lower_letters(text));
  for (std::size_t i = 0; i < capitals.size(); ++i) {
    const char32_t lowered = lower_symbol(small.at(i));
    if (lowered != capitals[i]) tables.lowers.emplace_back(capitals[i], lowered);
  }
  return tables;
}

const Tables& tables() {
  static const Tables kTables = read_tables();
  return kTables;
}

}  // namespace

constinit const std::array<std::uint8_t, 128> kAsciiFlags = ascii_flags();

std::uint8_t unicode_flags(char32_t c) {
  return c < kCodePoints ? tables().flags[c] : std::uint8_t{0};
}

char32_t lower_of(char32_t c) {
  if (c < 128) return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  if ((unicode_flags(c) & (kUpper | kTitle)) == 0) return c;
  const auto& lowers = tables().lowers;
  const auto found = std::ranges::lower_bound(lowers, c, {}, &std::pair<char32_t, char32_t>::first);
  return found != lowers.end() && found->first == c ? found->second : c;
}

}  // namespace tally::worker
