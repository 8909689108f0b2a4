#include "worker/scorers/instruction_following/kwargs.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/utf8.hpp"

namespace tally::worker {
namespace {

using nlohmann::json;

std::string shown(const json& value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > 60) text = std::string(value.type_name());
  return text;
}

}  // namespace

void Kwargs::fail(const std::string& key, const std::string& found, const std::string& expected) {
  throw Error(Errc::data, fmt::format("found {}, expected {}", found, expected),
              {{}, "kwargs." + key});
}

Kwargs::Kwargs(const json& object) : object_(&object) {
  if (!object.is_object()) {
    throw Error(Errc::data, fmt::format("found {}, expected an object", shown(object)),
                {{}, "kwargs"});
  }
}

const json& Kwargs::at(const std::string& key, const char* expected) const {
  const auto found = object_->find(key);
  if (found == object_->end()) fail(key, "no such key", expected);
  return *found;
}

std::string Kwargs::text(const std::string& key) const {
  constexpr const char* kExpected = "a string";
  const json& value = at(key, kExpected);
  if (!value.is_string()) fail(key, shown(value), kExpected);
  return well_formed(value.get_ref<const std::string&>());
}

std::string Kwargs::nonempty_text(const std::string& key) const {
  std::string value = text(key);
  if (value.empty()) fail(key, "\"\"", "a string that is not empty");
  return value;
}

std::vector<std::string> Kwargs::texts(const std::string& key) const {
  constexpr const char* kExpected = "an array of strings that is not empty";
  const json& value = at(key, kExpected);
  if (!value.is_array() || value.empty()) fail(key, shown(value), kExpected);
  std::vector<std::string> texts;
  for (const json& element : value) {
    if (!element.is_string()) fail(key, shown(value), kExpected);
    texts.push_back(well_formed(element.get_ref<const std::string&>()));
  }
  return texts;
}

double Kwargs::number(const std::string& key) const {
  constexpr const char* kExpected = "a number";
  const json& value = at(key, kExpected);
  if (!value.is_number()) fail(key, shown(value), kExpected);
  return value.get<double>();
}

double Kwargs::count(const std::string& key) const {
  const double value = number(key);
  if (value < 0.0) fail(key, shown(at(key, "")), "a number that is not negative");
  return value;
}

Threshold Kwargs::threshold(const std::string& relation, double bound) const {
  const std::string word = text(relation);
  if (word != "less than" && word != "at least") {
    fail(relation, shown(word), "\"less than\" or \"at least\"");
  }
  return {word == "at least", bound};
}

}  // namespace tally::worker
