#include "core/config/scalars.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace tally {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::size_t digits(std::string_view text, std::size_t at) noexcept {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

// The grammar of RFC 8259, section 6.
bool is_json_number(std::string_view text) noexcept {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits(text, at + 1);
    if (fraction == 0) return false;
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = digits(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

template <class Number>
std::optional<Number> read_number(std::string_view text) noexcept {
  Number number{};
  const auto [end, why] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (why != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// Text that some YAML reader takes for a boolean, a number or a date.
bool is_ambiguous(const std::string& text) {
  static constexpr std::array<std::string_view, 12> kWords{
      "yes", "no", "on", "off", "y", "n", "true", "false", ".inf", ".nan", "inf", "nan"};
  std::string word = lower(text);
  if (word.starts_with('-') || word.starts_with('+')) word.erase(0, 1);
  if (std::find(kWords.begin(), kWords.end(), word) != kWords.end()) return true;
  const bool numeric_start =
      !word.empty() &&
      (is_digit(word[0]) || (word[0] == '.' && word.size() > 1 && is_digit(word[1])));
  if (word.starts_with("0x")) return true;
  return numeric_start && word.find_first_not_of("0123456789.e+-_:o") == std::string::npos;
}

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 4> kUnits{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

}  // namespace

std::optional<std::uint64_t> decimal_unsigned(std::string_view text) noexcept {
  const std::size_t count = digits(text, 0);
  if (count == 0 || count != text.size() || (count > 1 && text[0] == '0')) return std::nullopt;
  return read_number<std::uint64_t>(text);
}

std::optional<double> decimal_number(std::string_view text) noexcept {
  if (!is_json_number(text)) return std::nullopt;
  return read_number<double>(text);  // from_chars refuses what over- or underflows
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
  const std::size_t count = digits(text, 0);
  const auto amount = decimal_unsigned(text.substr(0, count));
  if (!amount) return std::nullopt;
  for (const auto& [name, milliseconds] : kUnits) {
    if (text.substr(count) != name) continue;
    constexpr auto kMost = std::uint64_t{1} << 40U;  // some 34 years: no overflow below
    if (*amount > kMost / static_cast<std::uint64_t>(milliseconds)) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(*amount) * milliseconds);
  }
  return std::nullopt;
}

std::string duration_text(std::chrono::milliseconds duration) {
  for (const auto& [name, milliseconds] : kUnits) {
    if (duration.count() % milliseconds == 0)
      return fmt::format("{}{}", duration.count() / milliseconds, name);
  }
  return {};
}

std::optional<std::chrono::seconds> parse_time_limit(std::string_view text) noexcept {
  if (const auto duration = parse_duration(text)) {
    if (duration->count() % 1000 != 0) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::seconds>(*duration);
  }
  std::int64_t total = 0;
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    const auto days = decimal_unsigned(text.substr(0, dash));
    if (!days || *days > 10'000) return std::nullopt;
    total = static_cast<std::int64_t>(*days) * 24;
    text.remove_prefix(dash + 1);
  }
  for (int part = 0; part < 3; ++part) {
    const auto colon = part < 2 ? text.find(':') : text.size();
    if (colon == std::string_view::npos || colon == 0 || digits(text, 0) != colon || colon > 4)
      return std::nullopt;
    const auto number = read_number<std::int64_t>(text.substr(0, colon));
    if (!number || (part > 0 && *number > 59)) return std::nullopt;
    total = (part == 0 ? total : total * 60) + *number;
    text.remove_prefix(part < 2 ? colon + 1 : colon);
  }
  return std::chrono::seconds(total);
}

std::string time_limit_text(std::chrono::seconds limit) {
  const auto seconds = limit.count();
  const std::string clock =
      fmt::format("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
  return seconds < 86'400 ? clock : fmt::format("{}-{}", seconds / 86'400, clock);
}

namespace {
constexpr std::array<std::string_view, 3> kMemoryUnits{"MiB", "GiB", "TiB"};
}

std::optional<std::uint64_t> parse_memory(std::string_view text) noexcept {
  const std::size_t count = digits(text, 0);
  const auto amount = decimal_unsigned(text.substr(0, count));
  if (!amount || *amount > (std::uint64_t{1} << 20U)) return std::nullopt;
  for (std::size_t i = 0; i < kMemoryUnits.size(); ++i) {
    if (text.substr(count) == kMemoryUnits[i]) return *amount << (20 + 10 * i);
  }
  return std::nullopt;
}

std::string memory_text(std::uint64_t bytes) {
  std::size_t unit = 0;
  std::uint64_t amount = bytes >> 20U;
  for (; unit + 1 < kMemoryUnits.size() && amount > 0 && amount % 1024 == 0; ++unit) amount /= 1024;
  return fmt::format("{}{}", amount, kMemoryUnits[unit]);
}

std::optional<Scalar> plain_scalar(const std::string& text) {
  if (text == "true") return Scalar(true);
  if (text == "false") return Scalar(false);
  if (is_json_number(text)) {
    const bool integer = text.find_first_of(".eE") == std::string::npos;
    if (integer) {
      const auto number = read_number<std::int64_t>(text);
      return number ? std::optional<Scalar>(*number) : std::nullopt;
    }
    const auto number = read_number<double>(text);
    return number ? std::optional<Scalar>(*number + 0.0) : std::nullopt;  // -0.0 is 0.0
  }
  if (is_ambiguous(text)) return std::nullopt;
  return Scalar(text);
}

}  // namespace tally
