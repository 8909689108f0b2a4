#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "worker/scorers/regex.hpp"

namespace tally::worker {

/// The PCRE2 pattern that means what `pattern` means to Python's re over str: `\s` with U+001C to
/// U+001F and without U+180E, `\w` and `\b` by letters, numbers and `_` alone, `\Z` as the very
/// end, `\uXXXX`, `{,n}`, no POSIX classes, no escapes that Python has not. Throws Error(data) for
/// an escape that Python refuses; other mistakes are left to PCRE2.
[[nodiscard]] std::string python_pattern(std::string_view pattern);

/// A pattern out of a dataset, searched in well-formed UTF-8. One without special characters, which
/// nearly all are, is searched as text; the others by PCRE2 under its match limit.
class UserPattern {
 public:
  enum class Case { matters, ignored };
  /// `whole_word`: between `\b` and `\b`. Throws Error(data) for a pattern that is none.
  UserPattern(std::string_view pattern, Case letters, bool whole_word = false);

  /// Whether it matches anywhere. Throws Error(data) when a limit was hit; so does count().
  [[nodiscard]] bool found_in(std::string_view text) const;
  /// len(re.findall(...)).
  [[nodiscard]] std::size_t count_in(std::string_view text) const;
  /// Capturing groups.
  [[nodiscard]] std::size_t groups() const;

 private:
  [[nodiscard]] bool searches_as_text(std::string_view text) const;
  [[nodiscard]] std::size_t find(std::string_view text, std::size_t from) const;
  [[nodiscard]] const Regex& regex() const;

  std::string pattern_;
  std::string literal_;  // lower case when case is ignored; empty: only PCRE2 can tell
  Case letters_;
  bool whole_word_;
  mutable std::unique_ptr<const Regex> regex_;  // compiled when a text needs it
};

}  // namespace tally::worker
