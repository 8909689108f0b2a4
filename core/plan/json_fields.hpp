#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// Parses `text`, a file of ours: an object with "format": `format` and a "version".
/// Throws Error(data) naming `file`: no JSON, another format, a version above `newest`.
[[nodiscard]] nlohmann::json parse_own_json(std::string_view text,
                                            const std::filesystem::path& file,
                                            std::string_view format, std::uint32_t newest);

/// Strict reading of one JSON object: it remembers every key asked for, and finish() refuses the
/// others. All of it throws Error(data) with file and dotted key. Refers to `object` and `file`,
/// which must outlive it.
class JsonFields {
 public:
  JsonFields(const nlohmann::json& object, const std::filesystem::path& file,
             std::string path = {});

  [[nodiscard]] std::string text(const std::string& key);
  [[nodiscard]] bool truth(const std::string& key);
  [[nodiscard]] double number(const std::string& key);
  /// Whether the key, which must be there, is null.
  [[nodiscard]] bool is_null(const std::string& key);
  [[nodiscard]] std::uint64_t u64(const std::string& key);
  [[nodiscard]] std::uint32_t u32(const std::string& key);
  [[nodiscard]] std::int64_t i64(const std::string& key);
  [[nodiscard]] std::vector<std::string> texts(const std::string& key);
  /// The elements of an array as objects of their own.
  [[nodiscard]] std::vector<JsonFields> objects(const std::string& key);
  [[nodiscard]] JsonFields object(const std::string& key);
  /// An object as JSON text, for a reader of its own.
  [[nodiscard]] std::string raw(const std::string& key);
  /// An array, its elements unread.
  [[nodiscard]] const nlohmann::json& array(const std::string& key);
  /// The value of an enum: its index in `names`.
  [[nodiscard]] std::size_t one_of(const std::string& key,
                                   const std::vector<std::string_view>& names);
  void finish() const;

  [[noreturn]] void fail(const std::string& key, const std::string& message) const;

 private:
  [[nodiscard]] const nlohmann::json& at(const std::string& key);
  [[nodiscard]] std::string dotted(const std::string& key) const;
  const nlohmann::json* object_;
  const std::filesystem::path* file_;
  std::string path_;
  std::set<std::string> asked_;
};

}  // namespace tally
