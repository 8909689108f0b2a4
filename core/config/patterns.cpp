#include "core/config/patterns.hpp"

#include <algorithm>
#include <array>

#include "core/config/scalars.hpp"

namespace tally {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) noexcept { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

// A first character, then any of the letters, digits and `more`; 1..max characters.
bool is_word(std::string_view text, bool digit_first, std::string_view more,
             std::size_t max) noexcept {
  if (text.empty() || text.size() > max) return false;
  const bool good_start = is_letter(text[0]) || (digit_first ? is_digit(text[0]) : text[0] == '_');
  return good_start && std::all_of(text.begin() + 1, text.end(), [&](char c) {
           return is_letter(c) || is_digit(c) || more.find(c) != std::string_view::npos;
         });
}

bool is_hex(std::string_view text) noexcept {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

// "0-3,7": ascending and disjoint.
bool is_rows(std::string_view text) noexcept {
  std::optional<std::uint64_t> last;
  for (;;) {
    const auto comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const auto dash = part.find('-');
    const auto first = decimal_unsigned(part.substr(0, dash));
    const auto end =
        dash == std::string_view::npos ? first : decimal_unsigned(part.substr(dash + 1));
    if (!first || !end || *end < *first || (last && *first <= *last)) return false;
    last = end;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

bool is_device(std::string_view text) noexcept {
  if (text == "auto" || text == "cpu") return true;
  constexpr std::string_view kCuda = "cuda:";
  if (!text.starts_with(kCuda)) return false;
  const auto index = decimal_unsigned(text.substr(kCuda.size()));
  return index && *index < 64;
}

// Valid bytes of any script; what a terminal or a log would take for a command is refused.
bool is_argument(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 1024 && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

bool is_option(std::string_view text) noexcept {
  const std::size_t dashes = text.starts_with("--") ? 2 : 1;
  return is_argument(text) && text[0] == '-' && text.size() > dashes && is_letter(text[dashes]);
}

bool is_column(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 63 && is_lower(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

struct PlainMetric {
  std::string_view name;
  MetricKind kind;
};
constexpr std::array<PlainMetric, 6> kPlainMetrics{
    {{"accuracy", MetricKind::accuracy},
     {"median", MetricKind::median},
     {"stddev", MetricKind::stddev},
     {"min", MetricKind::min},
     {"max", MetricKind::max},
     {"truncation_rate", MetricKind::truncation_rate}}};

struct KMetric {
  std::string_view prefix;
  MetricKind kind;
  std::uint64_t least = 1;  // K
};
constexpr std::array<KMetric, 8> kKMetrics{{{"avg@", MetricKind::avg_at},
                                            {"pass@", MetricKind::pass_at},
                                            {"pass^", MetricKind::pass_all},
                                            {"maj@", MetricKind::maj_at},
                                            {"g-pass@", MetricKind::g_pass_at},
                                            {"mg-pass@", MetricKind::mg_pass_at, 2},
                                            {"any@", MetricKind::any_at},
                                            {"at-least@", MetricKind::at_least}}};

// "0", "1" or "0." and up to six digits.
std::optional<double> parse_share(std::string_view text) noexcept {
  constexpr std::string_view kStart = "0.";
  if (text == "0") return 0.0;
  if (text == "1") return 1.0;
  if (!text.starts_with(kStart) || text.size() > 8) return std::nullopt;
  if (!std::all_of(text.begin() + 2, text.end(), is_digit)) return std::nullopt;
  return decimal_number(text);
}

std::optional<MetricName> parse_k_metric(const KMetric& metric, std::string_view text) noexcept {
  MetricName name;
  name.kind = metric.kind;
  if (metric.kind == MetricKind::g_pass_at) {
    const auto colon = text.find(':');
    const auto tau =
        colon == std::string_view::npos ? std::nullopt : parse_share(text.substr(colon + 1));
    if (!tau) return std::nullopt;
    name.tau = *tau;
    text = text.substr(0, colon);
  }
  const auto k = decimal_unsigned(text);
  if (!k || *k < metric.least || *k > 100'000) return std::nullopt;
  name.k = static_cast<std::uint32_t>(*k);
  return name;
}

std::optional<MetricName> parse_ratio(std::string_view text) noexcept {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view column = text.substr(0, slash);
  const std::string_view divisor = text.substr(slash + 1);
  if (!is_column(column) || !is_column(divisor)) return std::nullopt;
  return MetricName{.kind = MetricKind::ratio, .column = column, .divisor = divisor};
}

}  // namespace

std::optional<MetricName> parse_metric(std::string_view text) noexcept {
  constexpr std::string_view kMean = "mean:";
  constexpr std::string_view kRatio = "ratio:";
  for (const auto& [name, kind] : kPlainMetrics)
    if (text == name) return MetricName{.kind = kind};
  if (text.starts_with(kMean)) {
    text.remove_prefix(kMean.size());
    if (!is_column(text)) return std::nullopt;
    return MetricName{.kind = MetricKind::mean, .column = text};
  }
  if (text.starts_with(kRatio)) return parse_ratio(text.substr(kRatio.size()));
  for (const KMetric& metric : kKMetrics)
    if (text.starts_with(metric.prefix))
      return parse_k_metric(metric, text.substr(metric.prefix.size()));
  return std::nullopt;
}

bool matches(Pattern pattern, std::string_view text) noexcept {
  switch (pattern) {
    case Pattern::any:
      return true;
    case Pattern::name:
      return is_word(text, true, "._-", 64);
    case Pattern::model_name:
      return is_word(text, true, "._-/:@", 64);
    case Pattern::sha256:
      return is_hex(text);
    case Pattern::rows:
      return is_rows(text);
    case Pattern::device:
      return is_device(text);
    case Pattern::metric:
      return parse_metric(text).has_value();
    case Pattern::param:
      return is_word(text, false, "_-", 64);
    case Pattern::column:
      return is_column(text);
    case Pattern::argument:
      return is_argument(text);
    case Pattern::option:
      return is_option(text);
  }
  return false;
}

std::string_view expected(Pattern pattern) noexcept {
  switch (pattern) {
    case Pattern::any:
      return "a text";
    case Pattern::name:
      return "a name [A-Za-z0-9][A-Za-z0-9._-]{0,63}";
    case Pattern::model_name:
      return "a name [A-Za-z0-9][A-Za-z0-9._/:@-]{0,63}";
    case Pattern::sha256:
      return "64 hexadecimal digits";
    case Pattern::rows:
      return "ascending rows like 0-3,7";
    case Pattern::device:
      return "auto, cpu or cuda:0..cuda:63";
    case Pattern::metric:
      return "accuracy, avg@K, pass@K, pass^K, maj@K, g-pass@K:TAU, mg-pass@K, any@K, at-least@M, "
             "median, stddev, min, max, truncation_rate, mean:<column> or ratio:<column>/<column>";
    case Pattern::param:
      return "a name [A-Za-z_][A-Za-z0-9_-]{0,63}";
    case Pattern::column:
      return "a name [a-z][a-z0-9_]{0,62}";
    case Pattern::argument:
      return "a text without control characters";
    case Pattern::option:
      return "an option in one word like --name=value";
  }
  return "";
}

std::string_view regular_expression(Pattern pattern) noexcept {
  switch (pattern) {
    case Pattern::any:
      return "";
    case Pattern::name:
      return "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
    case Pattern::model_name:
      return "^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,63}$";
    case Pattern::sha256:
      return "^[0-9A-Fa-f]{64}$";
    case Pattern::rows:
      return "^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$";
    case Pattern::device:
      return "^(auto|cpu|cuda:[0-9]{1,2})$";
    case Pattern::metric:
      return "^(accuracy|median|stddev|min|max|truncation_rate|"
             "(avg@|pass@|pass\\^|maj@|mg-pass@|any@|at-least@)[1-9][0-9]{0,5}|"
             "g-pass@[1-9][0-9]{0,5}:(0|1|0\\.[0-9]{1,6})|"
             "mean:[a-z][a-z0-9_]{0,62}|"
             "ratio:[a-z][a-z0-9_]{0,62}/[a-z][a-z0-9_]{0,62})$";
    case Pattern::param:
      return "^[A-Za-z_][A-Za-z0-9_-]{0,63}$";
    case Pattern::column:
      return "^[a-z][a-z0-9_]{0,62}$";
    case Pattern::argument:
      return "^[^\\u0000-\\u001f\\u007f]{1,1024}$";
    case Pattern::option:
      return "^--?[A-Za-z][^\\u0000-\\u001f\\u007f]*$";
  }
  return "";
}

}  // namespace tally
