#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tally {

/// Where a piece of the config was written: a line of the file, or an override.
struct Place {
  int line = 0;                                      ///< 1-based; 0 when unknown.
  std::shared_ptr<const std::string> override_text;  ///< "-O a.b=1"; null: it is from the file.
  bool is_override_root = false;  ///< The override's own target, not a part of it.
};

/// Collects what is wrong with a config, so that one run of the program shows all of it.
class Faults {
 public:
  explicit Faults(std::filesystem::path file) : file_(std::move(file)) {}

  /// `key` is dotted with indices, "tasks[0].models[1]"; empty for the file as a whole.
  void add(const Place& place, std::string_view key, std::string message);
  void append(const Faults& others);
  [[nodiscard]] bool empty() const noexcept { return faults_.empty(); }
  /// Whether `key` itself was found faulty.
  [[nodiscard]] bool has(const std::string& key) const { return keys_.contains(key); }
  /// Throws Error(config) when there are faults: a line each, in the order of lines, at most 100.
  void throw_if_any() const;

 private:
  struct Fault {
    Place place;
    std::string key;
    std::string message;
  };
  [[nodiscard]] std::string line_of(const Fault& fault) const;
  std::filesystem::path file_;
  std::vector<Fault> faults_;
  std::unordered_set<std::string> keys_;
};

}  // namespace tally
