#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json_writer.hpp"
#include "core/config/node.hpp"
#include "core/config/patterns.hpp"
#include "core/config/run_config.hpp"

// What one value of the config may be. Every rule has the same four functions:
//   expected()      the end of the message "found X, expected ...", and the reference's column;
//   read(node, out) true when `node` is such a value; `out` is set then, else left alone;
//   schema(json)    writes its JSON Schema keywords into an object that is open;
//   print(value)    a default as JSON text; empty when there is nothing to show.

namespace tally {

/// A decimal integer min..max. `zero_word`, when not empty, is written in place of 0 ("auto").
class IntegerRule {
 public:
  constexpr IntegerRule(std::uint64_t min, std::uint64_t max, std::string_view zero_word = {})
      : min_(min), max_(max), zero_word_(zero_word) {}
  [[nodiscard]] std::string expected() const;
  template <class Integer>
  [[nodiscard]] bool read(const Node& node, Integer& out) const {
    std::uint64_t number = 0;
    if (!read_u64(node, number) || number > std::numeric_limits<Integer>::max()) return false;
    out = static_cast<Integer>(number);
    return true;
  }
  void schema(JsonWriter& json) const;
  [[nodiscard]] std::string print(std::uint64_t value) const;

 private:
  [[nodiscard]] bool read_u64(const Node& node, std::uint64_t& out) const;
  std::uint64_t min_;
  std::uint64_t max_;
  std::string_view zero_word_;
};

/// A finite decimal number min..max; `above` shuts out min itself.
class NumberRule {
 public:
  enum class Min { included, above };
  constexpr NumberRule(double min, double max, Min edge = Min::included)
      : min_(min), max_(max), edge_(edge) {}
  [[nodiscard]] std::string expected() const;
  [[nodiscard]] bool read(const Node& node, double& out) const;
  /// A number that may be absent.
  [[nodiscard]] bool read(const Node& node, std::optional<double>& out) const {
    double number = 0.0;
    if (!read(node, number)) return false;
    out = number;
    return true;
  }
  void schema(JsonWriter& json) const;
  [[nodiscard]] std::string print(double value) const;
  [[nodiscard]] std::string print(const std::optional<double>& value) const {
    return value ? print(*value) : std::string();
  }

 private:
  double min_;
  double max_;
  Min edge_;
};

/// true or false.
class FlagRule {
 public:
  [[nodiscard]] std::string expected() const { return "true or false"; }
  [[nodiscard]] bool read(const Node& node, bool& out) const;
  void schema(JsonWriter& json) const { json.key("type").value("boolean"); }
  [[nodiscard]] std::string print(bool value) const { return value ? "true" : "false"; }
};

/// Text of a form. Plain numbers are taken as the text they are written as: revision 1998, column
/// 0.
class TextRule {
 public:
  constexpr explicit TextRule(Pattern pattern) : pattern_(pattern) {}
  [[nodiscard]] std::string expected() const { return std::string(tally::expected(pattern_)); }
  [[nodiscard]] bool read(const Node& node, std::string& out) const;
  void schema(JsonWriter& json) const;
  [[nodiscard]] std::string print(const std::string& value) const;

 private:
  Pattern pattern_;
};

/// A path, not empty and without control characters.
class PathRule {
 public:
  [[nodiscard]] std::string expected() const { return "a path"; }
  [[nodiscard]] bool read(const Node& node, std::filesystem::path& out) const;
  void schema(JsonWriter& json) const;
  [[nodiscard]] std::string print(const std::filesystem::path& value) const;
};

/// A duration with a unit, min..max.
class DurationRule {
 public:
  constexpr DurationRule(std::chrono::milliseconds min, std::chrono::milliseconds max)
      : min_(min), max_(max) {}
  [[nodiscard]] std::string expected() const;
  [[nodiscard]] bool read(const Node& node, std::chrono::milliseconds& out) const;
  void schema(JsonWriter& json) const;
  [[nodiscard]] std::string print(std::chrono::milliseconds value) const;

 private:
  std::chrono::milliseconds min_;
  std::chrono::milliseconds max_;
};

/// A time limit of whole seconds, at least a minute; nothing is printed for 0.
class TimeLimitRule {
 public:
  [[nodiscard]] std::string expected() const {
    return "a limit like \"01:30:00\", \"2-00:00:00\" or 90m, at least 1m";
  }
  [[nodiscard]] bool read(const Node& node, std::chrono::seconds& out) const;
  void schema(JsonWriter& json) const;
  [[nodiscard]] std::string print(std::chrono::seconds value) const;
};

/// Memory of at least 1 MiB; nothing is printed for 0.
class MemoryRule {
 public:
  [[nodiscard]] std::string expected() const { return "memory like 512MiB or 4GiB"; }
  [[nodiscard]] bool read(const Node& node, std::uint64_t& out) const;
  void schema(JsonWriter& json) const;
  [[nodiscard]] std::string print(std::uint64_t bytes) const;
};

/// A scalar of `params`: boolean, integer, number or text.
class ScalarRule {
 public:
  [[nodiscard]] std::string expected() const;
  [[nodiscard]] bool read(const Node& node, Scalar& out) const;
  void schema(JsonWriter& json) const;
};

}  // namespace tally
