#pragma once
#include <array>
#include <string>
#include <vector>

#include "core/base/json_writer.hpp"
#include "core/config/spec_field.hpp"

namespace tally {

/// The visitor that writes a spec struct as one JSON object, keys in the order of the description.
/// What print() has nothing for (empty texts and paths) is left out. SpecReader reads it back.
class SpecWriter {
 public:
  explicit SpecWriter(JsonWriter& json) : json_(json) { json_.begin_object(); }
  void finish() { json_.end_object(); }

  template <class T, class Rule>
  void value(const Field& field, const T& value, const Rule& rule) {
    if (const std::string text = rule.print(value); !text.empty()) json_.key(field.key).raw(text);
  }

  template <class T, class Rule>
  void list(const Field& field, const std::vector<T>& values, const Rule& rule) {
    if (values.empty()) return;
    json_.key(field.key).begin_array();
    for (const T& each : values) json_.raw(rule.print(each));
    json_.end_array();
  }

  template <class T>
  void group(const Field& field, T& spec) {
    json_.key(field.key);
    SpecWriter inner(json_);
    describe(inner, spec);
    inner.finish();
  }

 private:
  JsonWriter& json_;
};

}  // namespace tally
