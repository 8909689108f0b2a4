#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/json_writer.hpp"
#include "core/config/outline.hpp"
#include "core/config/patterns.hpp"
#include "core/config/run_config.hpp"

namespace tally {
namespace {

using Shape = Outline::Shape;

void write_map(JsonWriter& json, const std::vector<Outline>& keys);

using Keywords = std::function<void(JsonWriter&)>;

void write_object(JsonWriter& json, const Keywords& keywords) {
  json.begin_object();
  keywords(json);
  json.end_object();
}

void write_list(JsonWriter& json, const Keywords& item, bool may_be_empty, bool repeats = false) {
  json.key("type").value("array").key("items");
  write_object(json, item);
  if (!may_be_empty) json.key("minItems").value(1);
  if (!repeats) json.key("uniqueItems").value(true);
}

void write_axis(JsonWriter& json, const Keywords& item) {
  json.key("anyOf").begin_array();
  write_object(json, item);
  json.begin_object();
  write_list(json, item, false);
  json.end_object().end_array();
}

void write_params(JsonWriter& json, const Keywords& item) {
  json.key("type").value("object");
  json.key("propertyNames").begin_object().key("pattern");
  json.value(regular_expression(Pattern::param)).end_object();
  json.key("additionalProperties").begin_object();
  write_axis(json, item);
  json.end_object();
}

void write_shape(JsonWriter& json, const Outline& outline) {
  switch (outline.shape) {
    case Shape::value:
      return outline.schema(json);
    case Shape::axis:
      return write_axis(json, outline.schema);
    case Shape::list:
      return write_list(json, outline.schema, outline.key == "on", outline.repeats);
    case Shape::params:
      return write_params(json, outline.schema);
    case Shape::group:
      return write_map(json, outline.keys);
    case Shape::groups:
      json.key("type").value("array").key("minItems").value(1).key("items").begin_object();
      write_map(json, outline.keys);
      json.end_object();
      return;
  }
}

void write_property(JsonWriter& json, const Outline& outline) {
  json.key(outline.key).begin_object().key("description").value(outline.text);
  if (!outline.fallback.empty()) json.key("default").raw(outline.fallback);
  write_shape(json, outline);
  json.end_object();
}

void write_names(JsonWriter& json, const std::vector<std::string>& names) {
  json.begin_array();
  for (const std::string& name : names) json.value(name);
  json.end_array();
}

// For each deciding value: the keys it demands, and for all others: the keys it shuts out.
void write_conditions(JsonWriter& json, const std::vector<Outline>& keys) {
  struct Bound {
    std::vector<std::string> demanded, allowed;
  };
  std::map<std::pair<std::string, std::vector<std::string>>, Bound> conditions;
  for (const Outline& outline : keys) {
    if (outline.when_key.empty()) continue;
    Bound& bound = conditions[{outline.when_key, outline.when_words}];
    bound.allowed.push_back(outline.key);
    if (outline.required) bound.demanded.push_back(outline.key);
  }
  if (conditions.empty()) return;
  json.key("allOf").begin_array();
  for (const auto& [condition, bound] : conditions) {
    json.begin_object().key("if").begin_object();
    json.key("properties").begin_object().key(condition.first).begin_object();
    json.key("enum");
    write_names(json, condition.second);
    json.end_object().end_object();
    json.key("required");
    write_names(json, {condition.first});
    json.end_object().key("then").begin_object();
    if (!bound.demanded.empty()) {
      json.key("required");
      write_names(json, bound.demanded);
    }
    json.end_object().key("else").begin_object().key("properties").begin_object();
    for (const std::string& key : bound.allowed) json.key(key).value(false);
    json.end_object().end_object().end_object();
  }
  json.end_array();
}

void write_map(JsonWriter& json, const std::vector<Outline>& keys) {
  json.key("type").value("object").key("additionalProperties").value(false);
  std::vector<std::string> required;
  for (const Outline& outline : keys)
    if (outline.required && outline.when_key.empty()) required.push_back(outline.key);
  if (!required.empty()) {
    json.key("required");
    write_names(json, required);
  }
  json.key("properties").begin_object();
  for (const Outline& outline : keys) write_property(json, outline);
  json.end_object();
  write_conditions(json, keys);
}

}  // namespace

std::string run_config_schema() {
  JsonWriter json(2);
  json.begin_object();
  json.key("$schema").value("https://json-schema.org/draft/2020-12/schema");
  json.key("title").value("Tally run.yaml");
  write_map(json, run_config_outline());
  json.end_object();
  std::string text = std::move(json).text();
  text += '\n';
  return text;
}

}  // namespace tally
