#include "worker/scorers/instruction_following/language_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/base/utf8.hpp"
#include "worker/scorers/characters.hpp"

namespace tally::worker {
namespace {

constexpr std::size_t kMaxCharacters = 10'000;

bool is_alphanumeric(char32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
bool is_name(char32_t c) { return is_alphanumeric(c) || c == '-' || c == '_'; }
bool is_dotted_name(char32_t c) { return is_name(c) || c == '.'; }
bool is_url(char32_t c) {
  return is_alphanumeric(c) ||
         (c < 128 &&
          std::string_view("-_.?&~;+=/#").find(static_cast<char>(c)) != std::string_view::npos);
}

// How many characters from `at` on are in a set, at most `limit`.
template <class Set>
std::size_t run(std::u32string_view text, std::size_t at, std::size_t limit, Set set) {
  std::size_t count = 0;
  while (count < limit && at + count < text.size() && set(text[at + count])) ++count;
  return count;
}

// https?://[-_.?&~;+=/#0-9A-Za-z]{1,2076}
std::u32string without_urls(std::u32string_view text) {
  std::u32string out;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t length = 0;
    for (const std::u32string_view scheme : {U"http://", U"https://"}) {
      if (!text.substr(at).starts_with(scheme)) continue;
      const std::size_t rest = run(text, at + scheme.size(), 2076, is_url);
      if (rest > 0) length = scheme.size() + rest;
    }
    out.push_back(length > 0 ? U' ' : text[at]);
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

// Length of [-_0-9A-Za-z]{1,255}[-_.0-9A-Za-z]{1,255} at `at`; 0 when it is not there.
std::size_t domain_length(std::u32string_view text, std::size_t at) {
  const std::size_t first = run(text, at, 255, is_name);
  if (first == 0) return 0;
  const std::size_t second = run(text, at + first, 255, is_dotted_name);
  if (second > 0) return first + second;
  return first >= 2 ? first : 0;  // the last of the first part is then the second
}

// [-_.0-9A-Za-z]{1,64}@ and a domain. Found by its @, so that time stays linear.
std::u32string without_mail(std::u32string_view text) {
  std::u32string out;
  std::size_t done = 0;
  for (auto sign = text.find(U'@'); sign != std::u32string_view::npos;
       sign = text.find(U'@', sign + 1)) {
    if (sign < done) continue;
    std::size_t start = sign;
    while (start > done && sign - start < 64 && is_dotted_name(text[start - 1])) --start;
    const std::size_t domain = start < sign ? domain_length(text, sign + 1) : 0;
    if (domain == 0) continue;
    out.append(text.substr(done, start - done)).push_back(U' ');
    done = sign + 1 + domain;
  }
  return out.append(text.substr(done));
}

std::u32string with_combined_marks(std::u32string_view text, const LanguageProfiles& profiles) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char32_t both = at + 1 < text.size() ? profiles.combined(text[at], text[at + 1]) : 0;
    out.push_back(both != 0 ? both : text[at]);
    if (both != 0) ++at;
  }
  return out;
}

bool is_latin(char32_t c) { return c >= 'A' && c <= 'z'; }

std::u32string without_stray_latin(std::u32string text) {
  std::size_t latin = 0;
  std::size_t others = 0;
  for (const char32_t c : text) {
    if (is_latin(c)) {
      ++latin;
    } else if (c >= 0x300 && !(c >= 0x1E00 && c <= 0x1EFF)) {
      ++others;
    }
  }
  if (latin * 2 < others) std::erase_if(text, is_latin);
  return text;
}

// The character that stands for `c` in the profiles: what is no letter is a space, and scripts that
// are a language of their own are one letter.
char32_t normalised(char32_t c, const LanguageProfiles& profiles) {
  const auto within = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  if (c < 0x80) return within('A', 'Z') || within('a', 'z') ? c : U' ';
  if (c <= 0xFF) return profiles.is_excluded(c) ? U' ' : c;
  if (c == 0x219) return 0x15F;  // Romanian s and t: comma below as cedilla
  if (c == 0x21B) return 0x163;
  if (c == 0x6CC) return 0x64A;  // Farsi yeh as Arabic yeh
  if (within(0x1EA0, 0x1EFF)) return 0x1EC3;
  if (within(0x2000, 0x206F)) return U' ';
  if (within(0x3040, 0x309F)) return 0x3042;                            // hiragana
  if (within(0x30A0, 0x30FF)) return 0x30A2;                            // katakana
  if (within(0x3100, 0x312F) || within(0x31A0, 0x31BF)) return 0x3105;  // bopomofo
  if (within(0x4E00, 0x9FFF)) return profiles.ideograph(c);
  if (within(0xAC00, 0xD7AF)) return 0xAC00;  // hangul
  return c;
}

bool is_capital(char32_t c) { return (flags_of(c) & kUpper) != 0; }

// The last three characters, spaces made one.
class Window {
 public:
  void add(char32_t c) {
    const char32_t last = characters_[size_ - 1];
    if (last == U' ') {
      size_ = 1;
      characters_[0] = U' ';
      in_capitals_ = false;
      if (c == U' ') return;
    } else if (size_ == characters_.size()) {
      std::shift_left(characters_.begin(), characters_.end(), 1);
      --size_;
    }
    characters_[size_++] = c;
    in_capitals_ = is_capital(c) && (in_capitals_ || is_capital(last));
  }
  [[nodiscard]] bool in_capitals() const { return in_capitals_; }
  [[nodiscard]] std::span<const char32_t> characters() const {
    return std::span(characters_).first(size_);
  }

 private:
  std::array<char32_t, 3> characters_{U' '};
  std::size_t size_ = 1;
  bool in_capitals_ = false;
};

}  // namespace

std::u32string language_text(std::string_view text, const LanguageProfiles& profiles) {
  std::u32string characters = utf8_code_points(text);
  characters = with_combined_marks(without_mail(without_urls(characters)), profiles);
  characters.resize(std::min(characters.size(), kMaxCharacters));
  const auto repeated = std::ranges::unique(
      characters, [](char32_t a, char32_t b) { return a == U' ' && b == U' '; });
  characters.erase(repeated.begin(), repeated.end());
  return without_stray_latin(std::move(characters));
}

std::vector<std::span<const GramProbability>> known_grams(std::u32string_view text,
                                                          const LanguageProfiles& profiles) {
  std::vector<std::span<const GramProbability>> grams;
  Window window;
  for (const char32_t c : text) {
    window.add(normalised(c, profiles));
    if (window.in_capitals()) continue;
    const std::span<const char32_t> characters = window.characters();
    for (std::size_t n = 1; n <= characters.size(); ++n) {
      if (n == 1 && characters.back() == U' ') continue;
      const auto found = profiles.find(gram_key(characters.last(n)));
      if (!found.empty()) grams.push_back(found);
    }
  }
  return grams;
}

}  // namespace tally::worker
