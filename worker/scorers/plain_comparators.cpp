#include <algorithm>
#include <array>
#include <cmath>

#include "worker/scorers/comparators.hpp"
#include "worker/scorers/number.hpp"
#include "worker/scorers/python_number.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

// lm-eval's exact_match as gsm8k.yaml configures it: delete `,`, `\$`, `(?s).*#### ` and `\.$`, in
// this order, then lower case; ours alone drops white space around. Written without a regex: the
// third is "up to the last mark", and `$` there matches at the end and before a last newline.
std::string exact_normal(std::string_view answer) {
  std::string text(answer);
  std::erase(text, ',');
  std::erase(text, '$');
  if (const auto mark = text.rfind("#### "); mark != std::string::npos) text.erase(0, mark + 5);
  const bool newline = text.ends_with('\n');
  const std::size_t end = text.size() - (newline ? 1 : 0);
  if (end > 0 && text[end - 1] == '.') text.erase(end - 1, 1);
  return lower(strip(text));
}

Verdict exact_compare(std::string_view answer, std::string_view target) {
  return exact_normal(answer) == exact_normal(target) ? Verdict::equal : Verdict::different;
}

std::string numeric_normal(std::string_view answer) {
  const auto number = parse_number(answer);
  return number ? number->canonical : std::string(strip(answer));
}

Verdict numeric_compare(std::string_view answer, std::string_view target) {
  constexpr double kTolerance = 1e-6;
  const auto expected = parse_number(target);
  if (!expected) return Verdict::bad_target;
  const auto found = parse_number(answer);
  if (!found || found->percent != expected->percent) return Verdict::different;
  if (found->canonical == expected->canonical) return Verdict::equal;
  const auto is_integer = [](const Number& number) {
    return number.canonical.find_first_not_of("-0123456789%") == std::string::npos;
  };
  if (is_integer(*found) && is_integer(*expected)) return Verdict::different;
  return std::abs(found->value - expected->value) <= kTolerance ? Verdict::equal
                                                                : Verdict::different;
}

// OpenCompass's gsm8k: equal texts, or abs(float(answer) - int(target)) < 1e-6.
std::string opencompass_normal(std::string_view answer) {
  const auto number = python_float(answer);
  if (!number || !std::isfinite(*number)) return std::string(strip(answer));
  const auto written = parse_number(answer);
  return written ? written->canonical : std::string(strip(answer));
}

Verdict opencompass_compare(std::string_view answer, std::string_view target) {
  if (answer == target) return Verdict::equal;
  const auto found = python_float(answer);
  const auto expected = python_int(target);
  const bool close = found && expected && std::abs(*found - *expected) < 1e-6;
  return close ? Verdict::equal : Verdict::different;
}

constexpr std::array kComparators{
    Comparator{"exact", "a text", exact_normal, exact_compare},
    Comparator{"numeric", "a number", numeric_normal, numeric_compare},
    Comparator{"opencompass:gsm8k", "a text", opencompass_normal, opencompass_compare},
};

}  // namespace

std::span<const Comparator> plain_comparators() noexcept { return kComparators; }

}  // namespace tally::worker
