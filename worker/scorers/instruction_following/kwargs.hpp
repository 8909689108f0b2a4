#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tally::worker {

/// How a count is compared: `less than` or `at least`.
struct Threshold {
  bool at_least = true;
  double bound = 0.0;
  [[nodiscard]] bool admits(std::size_t count) const {
    const auto n = static_cast<double>(count);
    return at_least ? n >= bound : n < bound;
  }
};

/// Strict reading of the arguments of one instruction. A key that is absent or null is an error, as
/// is a value that the reference would replace by a random one; 0 is a value like any other. All of
/// it throws Error(data), `kwargs.<key>: found X, expected Y`. Refers to `object`.
class Kwargs {
 public:
  /// Throws Error(data) unless `object` is an object.
  explicit Kwargs(const nlohmann::json& object);

  [[nodiscard]] std::string text(const std::string& key) const;  ///< Well-formed UTF-8.
  [[nodiscard]] std::string nonempty_text(const std::string& key) const;
  [[nodiscard]] std::vector<std::string> texts(const std::string& key) const;  ///< At least one.
  [[nodiscard]] double number(const std::string& key) const;
  [[nodiscard]] double count(const std::string& key) const;  ///< A number >= 0.
  [[nodiscard]] Threshold threshold(const std::string& relation, double bound) const;
  [[noreturn]] static void fail(const std::string& key, const std::string& found,
                                const std::string& expected);

 private:
  [[nodiscard]] const nlohmann::json& at(const std::string& key, const char* expected) const;
  const nlohmann::json* object_;
};

}  // namespace tally::worker
