#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace tally::worker {

/// Where a pattern matched. Views point into the searched text.
struct RegexMatch {
  static constexpr std::size_t kGroups = 8;
  std::string_view whole;
  std::array<std::string_view, kGroups> groups;  ///< groups[0] is `whole`; unset ones are empty.
};

struct RegexOptions {
  bool ignore_case = false;
  bool multiline = false;                  ///< `^` and `$` also match at line feeds.
  Errc bad_pattern = Errc::internal;       ///< Whose fault it is: Errc::data for one
                                           ///< out of a dataset.
  std::uint32_t match_limit = 10'000'000;  ///< Steps that one search may take.
};

/// One compiled PCRE2 pattern with UTF and UCP, so `\d` means what it means in Python. `\s`
/// differs: it lacks U+001C..U+001F and has U+180E. `\w` and `\b` changed with PCRE2 10.43, so
/// patterns have [\p{L}\p{N}_] instead.
///
/// Any bytes may be searched: a sequence that is not UTF-8 matches nothing, and
/// no match reaches over one. `^` and `$` are the ends of the text; `\A`, `\z`
/// and `\Z` would also match next to such a sequence, so patterns do without. A
/// line ends with a line feed alone. Empty matches are matches for contains()
/// and count() only. Work is bounded by a match limit and a depth limit, so a
/// hostile text costs a bounded time. Compiled once, with JIT where the machine
/// has it; searching is thread-safe.
class Regex {
 public:
  /// `match_limit`: steps that one search may take. Throws Error(internal) for
  /// a bad pattern.
  explicit Regex(std::string pattern, std::uint32_t match_limit = 10'000'000);
  /// Throws Error(options.bad_pattern) for a bad pattern.
  Regex(std::string pattern, const RegexOptions& options);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  /// The leftmost match. Throws Error(data) when a limit was hit.
  [[nodiscard]] std::optional<RegexMatch> find_first(std::string_view text) const;
  /// The last of the non-overlapping matches from the left, as Python's
  /// findall()[-1].
  [[nodiscard]] std::optional<RegexMatch> find_last(std::string_view text) const;
  /// `text` with every match, from the left, replaced by `by` as it stands.
  [[nodiscard]] std::string replace(std::string_view text, std::string_view by) const;
  /// Calls `visit` with each of the non-overlapping matches from the left.
  void each(std::string_view text, const std::function<void(std::string_view)>& visit) const;
  /// Python's `re.search(...) is not None`: an empty match counts.
  [[nodiscard]] bool contains(std::string_view text) const;
  /// Python's len(re.findall(...)), empty matches included, also right behind
  /// another match.
  [[nodiscard]] std::size_t count(std::string_view text) const;
  /// Capturing groups in the pattern.
  [[nodiscard]] std::size_t groups() const noexcept;

 private:
  struct State;
  class Search;
  std::unique_ptr<State> state_;
};

}  // namespace tally::worker
