#include "core/config/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/config/choice_rule.hpp"
#include "core/config/scalars.hpp"

namespace tally {
namespace {

bool is_plain(const Node& node) noexcept { return node.kind == Node::Kind::scalar && !node.quoted; }

std::string number_text(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

std::string IntegerRule::expected() const {
  const std::string range =
      min_ == max_ ? fmt::format("{}", min_) : fmt::format("{}..{}", min_, max_);
  return zero_word_.empty() ? range : fmt::format("{} or {}", zero_word_, range);
}

bool IntegerRule::read_u64(const Node& node, std::uint64_t& out) const {
  if (node.kind == Node::Kind::scalar && !zero_word_.empty() && node.text == zero_word_) {
    out = 0;
    return true;
  }
  if (!is_plain(node)) return false;
  const auto number = decimal_unsigned(node.text);
  if (!number || *number < min_ || *number > max_) return false;
  out = *number;
  return true;
}

void IntegerRule::schema(JsonWriter& json) const {
  if (!zero_word_.empty()) {
    json.key("oneOf").begin_array();
    json.begin_object().key("const").value(zero_word_).end_object().begin_object();
  }
  json.key("type").value("integer").key("minimum").value(min_).key("maximum").value(max_);
  if (!zero_word_.empty()) json.end_object().end_array();
}

std::string IntegerRule::print(std::uint64_t value) const {
  return value == 0 && !zero_word_.empty() ? json_text(zero_word_) : fmt::format("{}", value);
}

std::string NumberRule::expected() const {
  if (edge_ == Min::included)
    return fmt::format("a number {}..{}", number_text(min_), number_text(max_));
  return fmt::format("a number above {}, at most {}", number_text(min_), number_text(max_));
}

bool NumberRule::read(const Node& node, double& out) const {
  const auto number = is_plain(node) ? decimal_number(node.text) : std::nullopt;
  if (!number || *number < min_ || *number > max_) return false;
  if (edge_ == Min::above && *number <= min_) return false;
  out = *number + 0.0;  // -0 is 0: they must not become two tasks
  return true;
}

void NumberRule::schema(JsonWriter& json) const {
  json.key("type").value("number");
  json.key(edge_ == Min::included ? "minimum" : "exclusiveMinimum").value(min_);
  json.key("maximum").value(max_);
}

std::string NumberRule::print(double value) const { return number_text(value); }

bool FlagRule::read(const Node& node, bool& out) const {
  if (!is_plain(node) || (node.text != "true" && node.text != "false")) return false;
  out = node.text == "true";
  return true;
}

bool TextRule::read(const Node& node, std::string& out) const {
  if (node.kind != Node::Kind::scalar || !matches(pattern_, node.text)) return false;
  out = node.text;
  return true;
}

void TextRule::schema(JsonWriter& json) const {
  if (pattern_ == Pattern::any || pattern_ == Pattern::rows)
    json.key("type").begin_array().value("string").value("number").end_array();
  else
    json.key("type").value("string");
  if (const auto pattern = regular_expression(pattern_); !pattern.empty())
    json.key("pattern").value(pattern);
}

std::string TextRule::print(const std::string& value) const {
  return value.empty() ? value : json_text(value);
}

bool PathRule::read(const Node& node, std::filesystem::path& out) const {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (node.kind != Node::Kind::scalar || node.text.empty() ||
      std::any_of(node.text.begin(), node.text.end(), is_control))
    return false;
  out = node.text;
  return true;
}

void PathRule::schema(JsonWriter& json) const {
  json.key("type").value("string").key("minLength").value(1);
}

std::string PathRule::print(const std::filesystem::path& value) const {
  return value.empty() ? std::string() : json_text(value.string());
}

bool TimeLimitRule::read(const Node& node, std::chrono::seconds& out) const {
  const auto limit = node.kind == Node::Kind::scalar ? parse_time_limit(node.text) : std::nullopt;
  if (!limit || *limit < std::chrono::minutes(1)) return false;
  out = *limit;
  return true;
}

void TimeLimitRule::schema(JsonWriter& json) const {
  json.key("type").value("string");
  json.key("pattern").value("^(([0-9]+-)?[0-9]{1,4}:[0-5]?[0-9]:[0-5]?[0-9]|[0-9]+(s|m|h))$");
}

std::string TimeLimitRule::print(std::chrono::seconds value) const {
  return value.count() == 0 ? std::string() : json_text(time_limit_text(value));
}

bool MemoryRule::read(const Node& node, std::uint64_t& out) const {
  const auto bytes = node.kind == Node::Kind::scalar ? parse_memory(node.text) : std::nullopt;
  if (!bytes || *bytes == 0) return false;
  out = *bytes;
  return true;
}

void MemoryRule::schema(JsonWriter& json) const {
  json.key("type").value("string").key("pattern").value("^[1-9][0-9]*(MiB|GiB|TiB)$");
}

std::string MemoryRule::print(std::uint64_t bytes) const {
  return bytes == 0 ? std::string() : json_text(memory_text(bytes));
}

std::string DurationRule::expected() const {
  return fmt::format("a duration {}..{}", duration_text(min_), duration_text(max_));
}

bool DurationRule::read(const Node& node, std::chrono::milliseconds& out) const {
  const auto duration = node.kind == Node::Kind::scalar ? parse_duration(node.text) : std::nullopt;
  if (!duration || *duration < min_ || *duration > max_) return false;
  out = *duration;
  return true;
}

void DurationRule::schema(JsonWriter& json) const {
  json.key("type").value("string").key("pattern").value("^[0-9]+(ms|s|m|h)$");
}

std::string DurationRule::print(std::chrono::milliseconds value) const {
  return json_text(duration_text(value));
}

ChoiceRule<std::string> word_rule(std::vector<std::string_view> words) {
  std::vector<ChoiceRule<std::string>::Choice> choices;
  for (const std::string_view word : words) choices.push_back({word, std::string(word)});
  return ChoiceRule<std::string>(std::move(choices));
}

std::string ScalarRule::expected() const {
  return "true, false, a decimal number or a text (quoted when it looks like a number)";
}

bool ScalarRule::read(const Node& node, Scalar& out) const {
  if (node.kind != Node::Kind::scalar) return false;
  const auto scalar = node.quoted ? std::optional<Scalar>(node.text) : plain_scalar(node.text);
  if (!scalar) return false;
  out = *scalar;
  return true;
}

void ScalarRule::schema(JsonWriter& json) const {
  json.key("type").begin_array().value("boolean").value("integer").value("number").value("string");
  json.end_array();
}

}  // namespace tally
