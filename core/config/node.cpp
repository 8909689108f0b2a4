#include "core/config/node.hpp"

#include <fmt/format.h>

#include "core/base/json_writer.hpp"
#include "core/base/utf8.hpp"

namespace tally {
namespace {

// At most about 60 bytes, cut between characters.
std::string shortened(const std::string& text) {
  constexpr std::size_t kShown = 60;
  if (text.size() <= kShown) return text;
  std::size_t end = 0;
  while (end < kShown) {
    const std::size_t length = utf8_sequence(text, end);
    end += length == 0 ? 1 : length;
  }
  return fmt::format("{}...", text.substr(0, end));
}

}  // namespace

const Node* Node::find(std::string_view key) const noexcept {
  for (const Member& member : members)
    if (member.key == key) return &member.value;
  return nullptr;
}

Node* Node::find(std::string_view key) noexcept {
  for (Member& member : members)
    if (member.key == key) return &member.value;
  return nullptr;
}

const Node* Node::at(std::size_t index) const noexcept {
  return index < items.size() ? &items[index] : nullptr;
}

std::string found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::sequence:
      return node.items.empty() ? "an empty list" : "a list";
    case Node::Kind::map:
      return "a mapping";
    case Node::Kind::scalar:
      break;
  }
  if (!node.quoted) return shortened(node.text);
  std::string quoted;
  append_json_string(quoted, shortened(node.text));
  return quoted;
}

}  // namespace tally
