#include "worker/scorers/instruction_following/user_pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/error.hpp"
#include "core/base/utf8.hpp"
#include "worker/scorers/characters.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

constexpr std::string_view kSpecial = R"(\.^$*+?{}[]|())";

// Python's \w, and its \b, written out: since 10.43 PCRE2's have marks and connectors, too. In a
// class there is nothing at either end that could be the end of a range.
constexpr std::string_view kWordClass = R"(\p{L}_\p{N})";
// The other categories, and of Pc all but _.
constexpr std::string_view kNoWordClass =
    R"(\p{M}\x{203f}\x{2040}\x{2054}\x{fe33}\x{fe34}\x{fe4d}-\x{fe4f}\x{ff3f})"
    R"(\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}\p{S}\p{Z}\p{C})";
constexpr std::string_view kBoundary =
    R"((?:(?<=[\p{L}_\p{N}])(?![\p{L}_\p{N}])|(?<![\p{L}_\p{N}])(?=[\p{L}_\p{N}])))";
constexpr std::string_view kNoBoundary =
    R"((?:(?<=[\p{L}_\p{N}])(?=[\p{L}_\p{N}])|(?<![\p{L}_\p{N}])(?![\p{L}_\p{N}])))";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

[[noreturn]] void refuse(std::string_view pattern, std::string_view what) {
  throw Error(Errc::data, fmt::format("pattern '{}': {}", pattern, what));
}

// Rewrites one pattern from left to right.
class Translation {
 public:
  explicit Translation(std::string_view pattern) : pattern_(pattern) {}

  std::string run() {
    while (at_ < pattern_.size()) {
      const char c = pattern_[at_];
      if (c == '\\') {
        escape();
      } else if (in_class_) {
        inside_class(c);
      } else {
        outside_class(c);
      }
    }
    return std::move(out_);
  }

 private:
  void copy(std::size_t count) {
    out_.append(pattern_.substr(at_, count));
    at_ += count;
  }

  void outside_class(char c) {
    if (c == '[') {
      in_class_ = true;
      copy(1);
      if (at_ < pattern_.size() && pattern_[at_] == '^') copy(1);
      if (at_ < pattern_.size() && pattern_[at_] == ']') copy(1);  // a first ] is itself
    } else if (c == '{' && pattern_.substr(at_, 2) == "{," && upper_bound_follows()) {
      out_.append("{0");
      ++at_;
    } else {
      copy(1);
    }
  }

  // "{,n}", which PCRE2 10.42 would take for text.
  [[nodiscard]] bool upper_bound_follows() const {
    std::size_t end = at_ + 2;
    while (end < pattern_.size() && pattern_[end] >= '0' && pattern_[end] <= '9') ++end;
    return end > at_ + 2 && end < pattern_.size() && pattern_[end] == '}';
  }

  void inside_class(char c) {
    if (c == '[') out_.push_back('\\');  // "[:" would begin a POSIX class
    if (c == ']') in_class_ = false;
    copy(1);
  }

  void escape() {
    if (at_ + 1 == pattern_.size()) refuse(pattern_, "found '\\' at the end, expected an escape");
    const char c = pattern_[at_ + 1];
    if (c == 'u' || c == 'U') return code_point(c == 'u' ? 4 : 8);
    if (c == 's' || c == 'S') return space(c == 's');
    if (c == 'w' || c == 'W') return word(c == 'w');
    if (c == 'Z' && !in_class_) return replace("\\z");
    if (c == 'b' && !in_class_) return replace(kBoundary);
    if (c == 'B' && !in_class_) return replace(kNoBoundary);
    constexpr std::string_view kOutside = "AadDfnrtvx";
    constexpr std::string_view kInside = "abdDfnrtvx";
    if (is_letter(c) && (in_class_ ? kInside : kOutside).find(c) == std::string_view::npos) {
      refuse(pattern_, fmt::format("found '\\{}', expected an escape of Python's re", c));
    }
    if (c == 'v') return replace("\\x0b");  // a vertical tab, not PCRE2's vertical white space
    copy(1);
    copy(utf8_decode(pattern_, at_).length);
  }

  // An escape of one letter.
  void replace(std::string_view by) {
    out_.append(by);
    at_ += 2;
  }

  void word(bool positive) {
    if (in_class_) return replace(positive ? kWordClass : kNoWordClass);
    replace(fmt::format("[{}{}]", positive ? "" : "^", kWordClass));
  }

  void space(bool positive) {
    if (in_class_ && !positive) refuse(pattern_, "found '\\S' in a class, which is not supported");
    // PCRE2's class lacks U+001C to U+001F and has U+180E.
    constexpr std::string_view kSpaces =
        R"(\x09-\x0d\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
    if (in_class_) {
      out_.append(kSpaces);
    } else {
      out_.append(positive ? "[" : "[^").append(kSpaces).append("]");
    }
    at_ += 2;
  }

  void code_point(std::size_t digits) {
    const std::string_view hex = pattern_.substr(at_ + 2, digits);
    const bool good =
        hex.size() == digits && std::ranges::all_of(hex, [](char h) {
          return (h >= '0' && h <= '9') || (h >= 'a' && h <= 'f') || (h >= 'A' && h <= 'F');
        });
    if (!good) refuse(pattern_, fmt::format("found an escape of fewer than {} digits", digits));
    out_.append(fmt::format("\\x{{{}}}", hex));
    at_ += 2 + digits;
  }

  std::string_view pattern_;
  std::string out_;
  std::size_t at_ = 0;
  bool in_class_ = false;
};

// Of the characters beyond ASCII, Python takes these for the letters k, s and i when case is
// ignored.
bool has_ascii_look_alikes(std::string_view text) {
  constexpr std::array<std::string_view, 4> kAll = {"\u212a", "\u017f", "\u0130", "\u0131"};
  return std::ranges::any_of(
      kAll, [&](std::string_view c) { return text.find(c) != std::string_view::npos; });
}

// Python takes both dotted and dotless i for an i when case is ignored; PCRE2 does not.
std::string plain_i(std::string_view text) {
  return replace_all(replace_all(text, "\u0130", "i"), "\u0131", "i");
}

bool is_word_at(std::string_view text, std::size_t at) {
  return at < text.size() && (flags_of(utf8_decode(text, at).c) & kWord) != 0;
}

// `\b` of Python: a word character on one side only.
bool is_boundary(std::string_view text, std::size_t at) {
  const bool before = at > 0 && (flags_of(utf8_decode_before(text, at).c) & kWord) != 0;
  return before != is_word_at(text, at);
}

}  // namespace

std::string python_pattern(std::string_view pattern) { return Translation(pattern).run(); }

UserPattern::UserPattern(std::string_view pattern, Case letters, bool whole_word)
    : pattern_(pattern), letters_(letters), whole_word_(whole_word) {
  const bool plain = !pattern.empty() && pattern.find_first_of(kSpecial) == std::string_view::npos;
  if (plain && (letters == Case::matters || is_ascii(pattern))) {
    literal_ = letters == Case::ignored ? lower(pattern) : std::string(pattern);
  } else {
    static_cast<void>(regex());  // a bad pattern is refused even where no text needs it
  }
}

const Regex& UserPattern::regex() const {
  if (!regex_) {
    std::string translated = python_pattern(pattern_);
    if (letters_ == Case::ignored) translated = plain_i(translated);
    if (whole_word_) translated = fmt::format("{0}{1}{0}", kBoundary, translated);
    regex_ = std::make_unique<const Regex>(
        std::move(translated),
        RegexOptions{.ignore_case = letters_ == Case::ignored, .bad_pattern = Errc::data});
  }
  return *regex_;
}

bool UserPattern::searches_as_text(std::string_view text) const {
  return !literal_.empty() && (letters_ == Case::matters || !has_ascii_look_alikes(text));
}

std::size_t UserPattern::find(std::string_view text, std::size_t from) const {
  while (true) {
    std::size_t at = std::string_view::npos;
    if (letters_ == Case::matters) {
      at = text.find(literal_, from);
    } else {
      const auto begin = text.begin() + static_cast<std::ptrdiff_t>(std::min(from, text.size()));
      const auto hit = std::search(begin, text.end(), literal_.begin(), literal_.end(),
                                   [](char a, char b) { return ascii_lower(a) == b; });
      if (hit != text.end()) at = static_cast<std::size_t>(hit - text.begin());
    }
    if (at == std::string_view::npos || !whole_word_) return at;
    if (is_boundary(text, at) && is_boundary(text, at + literal_.size())) return at;
    from = at + 1;
  }
}

bool UserPattern::found_in(std::string_view text) const {
  if (searches_as_text(text)) return find(text, 0) != std::string_view::npos;
  return regex().contains(letters_ == Case::ignored ? plain_i(text) : std::string(text));
}

std::size_t UserPattern::count_in(std::string_view text) const {
  if (!searches_as_text(text)) {
    return regex().count(letters_ == Case::ignored ? plain_i(text) : std::string(text));
  }
  std::size_t count = 0;
  for (auto at = find(text, 0); at != std::string_view::npos;
       at = find(text, at + literal_.size())) {
    ++count;
  }
  return count;
}

std::size_t UserPattern::groups() const { return literal_.empty() ? regex().groups() : 0; }

}  // namespace tally::worker
