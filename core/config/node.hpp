#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/faults.hpp"

// The tree of a config file. It is built from yaml-cpp's events, not its nodes: so what we do not
// want (aliases above all, which make bombs and cycles) is refused before it is built, duplicate
// keys are seen, and a quoted "12" stays apart from a plain 12.

namespace tally {

struct Member;

/// One value of a config file.
struct Node {
  enum class Kind { null, scalar, sequence, map };
  Kind kind = Kind::null;
  bool quoted = false;          ///< scalar: in quotes or a block, so never a number or a boolean.
  std::string text;             ///< scalar.
  std::vector<Node> items;      ///< sequence.
  std::vector<Member> members;  ///< map, in the order written.
  Place place;

  /// The value of `key`, or null when this is no map or lacks it.
  [[nodiscard]] const Node* find(std::string_view key) const noexcept;
  [[nodiscard]] Node* find(std::string_view key) noexcept;
  /// Item `index`, or null when this is no sequence or is shorter.
  [[nodiscard]] const Node* at(std::size_t index) const noexcept;
};

/// A key of a map with its value.
struct Member {
  std::string key;
  Place place;  ///< Of the key.
  Node value;
};

/// Bounds on a config: far above what a person writes, far below what hurts.
inline constexpr std::size_t kMaxConfigBytes = std::size_t{1} << 20U;
inline constexpr std::size_t kMaxConfigDepth = 32;
inline constexpr std::size_t kMaxConfigNodes = 200'000;

/// The one document in `text`. Faults go to `faults`, which also names the file: what is not UTF-8
/// without control characters, anchors, aliases, tags, merge keys, duplicate keys, keys that are no
/// text, second documents, and what yaml-cpp refuses. The tree is meaningless when there are any.
/// An empty document is a null node. `override_text`: what to name in place of file and line.
[[nodiscard]] Node parse_yaml(std::string_view text, Faults& faults,
                              std::shared_ptr<const std::string> override_text = nullptr);

/// "nothing", "a list", "a mapping", or the scalar as written, cut when long: for messages.
[[nodiscard]] std::string found(const Node& node);

}  // namespace tally
