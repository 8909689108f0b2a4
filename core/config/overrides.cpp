#include "core/config/overrides.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/config/scalars.hpp"
#include "core/config/words.hpp"

namespace tally {
namespace {

// "tasks[0].cot" -> "tasks.0.cot": the form that messages use is welcome too.
std::string dotted(std::string_view key) {
  std::string text;
  for (const char c : key) {
    if (c == '[')
      text += '.';
    else if (c != ']')
      text += c;
  }
  return text;
}

std::string_view name_of(const Node& element) {
  for (const char* key : {"name", "slug", "evaluator"}) {
    const Node* const name = element.find(key);
    if (name != nullptr && name->kind == Node::Kind::scalar) return name->text;
  }
  return {};
}

// One override on its way through the tree.
class Setter {
 public:
  Setter(const Override& override_spec, Faults& faults) : faults_(faults) {
    place_.override_text = std::make_shared<const std::string>(
        fmt::format("-O {}={}", override_spec.key, override_spec.value));
    place_.is_override_root = true;
  }

  [[nodiscard]] const Place& place() const noexcept { return place_; }
  void fault(std::string message) { faults_.add(place_, "", std::move(message)); }

  // The value as a flow list of its own: one element is the value itself, more are a list.
  std::optional<Node> value(const std::string& text) {
    Faults own("");
    Node list = parse_yaml(fmt::format("[{}\n]", text), own, place_.override_text);
    faults_.append(own);
    if (!own.empty()) return std::nullopt;
    if (list.kind != Node::Kind::sequence || list.items.empty()) {
      fault("found nothing, expected a value");
      return std::nullopt;
    }
    Node node = list.items.size() == 1 ? std::move(list.items.front()) : std::move(list);
    node.place = place_;
    return node;
  }

  void set(Node& node, std::string_view key, const Node& value) {
    if (node.kind == Node::Kind::sequence) return set_in_list(node, key, value);
    if (node.kind == Node::Kind::scalar)
      return fault(fmt::format("found a value before \"{}\", expected a mapping", key));
    node.kind = Node::Kind::map;
    const auto dot = key.find('.');
    const std::string_view first = key.substr(0, dot);
    if (first.empty()) return fault("found an empty part in the key, expected a.b.c");
    Node* member = node.find(first);
    if (member == nullptr) {
      Node fresh;
      fresh.place = place_;
      node.members.push_back({std::string(first), place_, std::move(fresh)});
      member = &node.members.back().value;
    }
    if (dot == std::string_view::npos)
      *member = value;
    else
      set(*member, key.substr(dot + 1), value);
  }

 private:
  // Names may hold dots, so the longest name that the key begins with is meant.
  void set_in_list(Node& node, std::string_view key, const Node& value) {
    Node* chosen = nullptr;
    std::size_t length = 0;
    std::vector<std::string> names;
    for (Node& element : node.items) {
      const std::string_view name = name_of(element);
      if (!name.empty()) names.emplace_back(name);
      const bool fits = key == name || (key.starts_with(name) && key[name.size()] == '.');
      if (name.size() <= length || !fits) continue;
      chosen = &element;
      length = name.size();
    }
    const std::string_view first = key.substr(0, key.find('.'));
    if (const auto index = decimal_unsigned(first); chosen == nullptr && index) {
      if (*index >= node.items.size())
        return fault(fmt::format("found index {}, expected below {}", *index, node.items.size()));
      chosen = &node.items[static_cast<std::size_t>(*index)];
      length = first.size();
    }
    if (chosen == nullptr)
      return fault(fmt::format("found no element {}, expected an index or one of {}", first,
                               joined_words(names)));
    if (length == key.size())
      *chosen = value;
    else
      set(*chosen, key.substr(length + 1), value);
  }

  Faults& faults_;
  Place place_;
};

}  // namespace

Override parse_override(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error(Errc::usage, fmt::format("-O {}: found no key=value, expected a.b.c=value", text));
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void apply_override(Node& root, const Override& override_spec, Faults& faults) {
  Setter setter(override_spec, faults);
  const auto value = setter.value(override_spec.value);
  if (!value) return;
  const std::string key = dotted(override_spec.key);
  const std::string_view first = std::string_view(key).substr(0, key.find('.'));
  if (first != "sampling" && first != "params") return setter.set(root, key, *value);
  Node* const tasks = root.find("tasks");
  if (tasks == nullptr || tasks->kind != Node::Kind::sequence)
    return setter.fault("found no tasks, expected at least one");
  for (Node& task : tasks->items) setter.set(task, key, *value);
}

}  // namespace tally
