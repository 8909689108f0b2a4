#include "core/config/outline.hpp"

#include <array>
#include <utility>

#include "core/base/json_writer.hpp"
#include "core/config/spec_describe.hpp"
#include "core/config/words.hpp"

namespace tally {
namespace {

// The visitor that turns descriptions into outlines; defaults are those of the structs it is shown.
class OutlineMaker {
 public:
  template <class T, class Rule>
  void value(const Field& field, const T& initial, const Rule& rule) {
    Outline& outline = add(field, Outline::Shape::value, rule);
    if (!field.required) outline.fallback = rule.print(initial);
  }

  template <class T, class Rule>
  void axis(const Field& field, const Axis<T>& initial, const Rule& rule) {
    add(field, Outline::Shape::axis, rule).fallback = rule.print(initial.values.front());
  }

  template <class T, class Rule>
  void list(const Field& field, const std::vector<T>& initial, const Rule& rule) {
    Outline& outline = add(field, Outline::Shape::list, rule);
    if (initial.empty()) return;
    JsonWriter json;
    json.begin_array();
    for (const T& each : initial) json.raw(rule.print(each));
    outline.fallback = json.end_array().text();
  }

  template <std::size_t N>
  void flags(const Field& field, const std::array<Flag, N>& flags) {
    std::vector<std::string_view> choices;
    JsonWriter initial;
    initial.begin_array();
    for (const Flag& flag : flags) {
      choices.push_back(flag.word);
      if (*flag.target) initial.value(flag.word);
    }
    add(field, Outline::Shape::list, word_rule(std::move(choices))).fallback =
        initial.end_array().text();
  }

  template <class Rule>
  void params(const Field& field, const std::vector<ParamAxis>&, const Rule& rule) {
    add(field, Outline::Shape::params, rule);
  }

  template <class T>
  void group(const Field& field, const T&) {
    add_keys<T>(field, Outline::Shape::group);
  }

  template <class T>
  void groups(const Field& field, const std::vector<T>&) {
    add_keys<T>(field, Outline::Shape::groups);
  }

  [[nodiscard]] std::vector<Outline> take() { return std::move(keys_); }

 private:
  Outline& add(const Field& field, Outline::Shape shape) {
    Outline outline;
    outline.key = field.key;
    outline.text = field.text;
    outline.required = field.required;
    outline.when_key = field.when.key;
    for (const std::string_view word : alternatives(field.when.words))
      outline.when_words.emplace_back(word);
    outline.repeats = field.repeats;
    outline.shape = shape;
    keys_.push_back(std::move(outline));
    return keys_.back();
  }

  template <class Rule>
  Outline& add(const Field& field, Outline::Shape shape, const Rule& rule) {
    Outline& outline = add(field, shape);
    outline.expected = rule.expected();
    outline.schema = [rule](JsonWriter& json) { rule.schema(json); };
    return outline;
  }

  template <class T>
  void add_keys(const Field& field, Outline::Shape shape) {
    OutlineMaker inner;
    T initial{};
    describe(inner, initial);
    add(field, shape).keys = inner.take();
  }

  std::vector<Outline> keys_;
};

}  // namespace

std::vector<Outline> run_config_outline() {
  OutlineMaker maker;
  RunConfig initial;
  describe(maker, initial);
  return maker.take();
}

}  // namespace tally
