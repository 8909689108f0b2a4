#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tally::worker {

/// Where a pattern matched. Views point into the searched text.
struct RegexMatch {
  static constexpr std::size_t kGroups = 8;
  std::string_view whole;
  std::array<std::string_view, kGroups> groups;  ///< groups[0] is `whole`; unset ones are empty.
};

/// One compiled PCRE2 pattern with UTF and UCP, so `\d`, `\w` and `\s` mean what they mean in
/// Python.
///
/// Any bytes may be searched: a sequence that is not UTF-8 matches nothing
/// (PCRE2_MATCH_INVALID_UTF). Empty matches are not matches. Work is bounded by a match limit and a
/// depth limit, so a hostile text costs a bounded time. Compiled once, with JIT where the machine
/// has it; searching is thread-safe.
class Regex {
 public:
  /// `match_limit`: steps that one search may take. Throws Error(internal) for a bad pattern.
  explicit Regex(std::string pattern, std::uint32_t match_limit = 10'000'000);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  /// The leftmost match. Throws Error(data) when a limit was hit.
  [[nodiscard]] std::optional<RegexMatch> find_first(std::string_view text) const;
  /// The last of the non-overlapping matches from the left, as Python's findall()[-1].
  [[nodiscard]] std::optional<RegexMatch> find_last(std::string_view text) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tally::worker
