#include "core/plan/json_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"

namespace tally {

nlohmann::json parse_own_json(std::string_view text, const std::filesystem::path& file,
                              std::string_view format, std::uint32_t newest) {
  nlohmann::json root;
  try {
    root = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& e) {
    throw Error(Errc::data, fmt::format("found no JSON at byte {}, expected {}", e.byte, format),
                {file, {}, 0});
  }
  JsonFields fields(root, file);
  const std::string found = fields.text("format");
  if (found != format)
    fields.fail("format", fmt::format("found '{}', expected '{}'", found, format));
  const std::uint64_t version = fields.u64("version");
  if (version == 0 || version > newest) {
    fields.fail("version", fmt::format("found {}, expected at most {}", version, newest));
  }
  return root;
}

JsonFields::JsonFields(const nlohmann::json& object, const std::filesystem::path& file,
                       std::string path)
    : object_(&object), file_(&file), path_(std::move(path)) {
  if (!object.is_object()) {
    throw Error(Errc::data, fmt::format("found {}, expected an object", object.type_name()),
                {file, path_, 0});
  }
}

std::string JsonFields::dotted(const std::string& key) const {
  return path_.empty() ? key : fmt::format("{}.{}", path_, key);
}

void JsonFields::fail(const std::string& key, const std::string& message) const {
  throw Error(Errc::data, message, {*file_, dotted(key), 0});
}

const nlohmann::json& JsonFields::at(const std::string& key) {
  asked_.insert(key);
  const auto it = object_->find(key);
  if (it == object_->end()) fail(key, "found no such key, expected one");
  return *it;
}

std::string JsonFields::text(const std::string& key) {
  const auto& value = at(key);
  if (!value.is_string()) fail(key, fmt::format("found {}, expected a string", value.type_name()));
  return value.get<std::string>();
}

bool JsonFields::truth(const std::string& key) {
  const auto& value = at(key);
  if (!value.is_boolean()) {
    fail(key, fmt::format("found {}, expected true or false", value.type_name()));
  }
  return value.get<bool>();
}

bool JsonFields::is_null(const std::string& key) { return at(key).is_null(); }

double JsonFields::number(const std::string& key) {
  const auto& value = at(key);
  if (!value.is_number()) fail(key, fmt::format("found {}, expected a number", value.type_name()));
  return value.get<double>();
}

std::uint64_t JsonFields::u64(const std::string& key) {
  const auto& value = at(key);
  if (!value.is_number_unsigned()) {
    fail(key, fmt::format("found {}, expected an unsigned integer", value.dump()));
  }
  return value.get<std::uint64_t>();
}

std::uint32_t JsonFields::u32(const std::string& key) {
  const std::uint64_t value = u64(key);
  constexpr std::uint32_t kMax = std::numeric_limits<std::uint32_t>::max();
  if (value > kMax) fail(key, fmt::format("found {}, expected at most {}", value, kMax));
  return static_cast<std::uint32_t>(value);
}

std::int64_t JsonFields::i64(const std::string& key) {
  const auto& value = at(key);
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (!value.is_number_integer() ||
      (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{kMax})) {
    fail(key, fmt::format("found {}, expected an integer", value.dump()));
  }
  return value.get<std::int64_t>();
}

const nlohmann::json& JsonFields::array(const std::string& key) {
  const auto& value = at(key);
  if (!value.is_array()) fail(key, fmt::format("found {}, expected an array", value.type_name()));
  return value;
}

std::vector<std::string> JsonFields::texts(const std::string& key) {
  std::vector<std::string> out;
  for (const auto& value : array(key)) {
    if (!value.is_string()) {
      fail(key, fmt::format("found {}, expected strings", value.type_name()));
    }
    out.push_back(value.get<std::string>());
  }
  return out;
}

std::vector<JsonFields> JsonFields::objects(const std::string& key) {
  std::vector<JsonFields> out;
  for (const auto& value : array(key)) {
    out.emplace_back(value, *file_, fmt::format("{}.{}", dotted(key), out.size()));
  }
  return out;
}

std::string JsonFields::raw(const std::string& key) {
  const nlohmann::json& value = at(key);
  if (!value.is_object()) fail(key, "found no object, expected one");
  return value.dump();
}

JsonFields JsonFields::object(const std::string& key) {
  return JsonFields(at(key), *file_, dotted(key));
}

std::size_t JsonFields::one_of(const std::string& key, const std::vector<std::string_view>& names) {
  const std::string found = text(key);
  const auto it = std::find(names.begin(), names.end(), found);
  if (it == names.end()) {
    fail(key, fmt::format("found '{}', expected one of {}", found, fmt::join(names, ", ")));
  }
  return static_cast<std::size_t>(it - names.begin());
}

void JsonFields::finish() const {
  for (const auto& item : object_->items()) {
    if (!asked_.contains(item.key())) fail(item.key(), "found an unknown key, expected none");
  }
}

}  // namespace tally
