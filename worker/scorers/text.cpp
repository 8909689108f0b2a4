#include "worker/scorers/text.hpp"

#include <algorithm>

#include "core/base/utf8.hpp"
#include "worker/scorers/characters.hpp"

namespace tally::worker {

std::size_t space_length(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size()) return 0;
  const CodePoint d = utf8_decode(text, at);
  return is_space(d.c) ? d.length : 0;
}

std::size_t skip_spaces(std::string_view text, std::size_t at) noexcept {
  while (const std::size_t length = space_length(text, at)) at += length;
  return at;
}

bool is_blank(std::string_view text) noexcept { return skip_spaces(text, 0) == text.size(); }

std::string_view strip_right(std::string_view text) noexcept {
  while (!text.empty()) {
    const CodePoint d = utf8_decode_before(text, text.size());
    if (!is_space(d.c)) break;
    text.remove_suffix(d.length);
  }
  return text;
}

std::string_view strip(std::string_view text) noexcept {
  return strip_right(text.substr(skip_spaces(text, 0)));
}

std::string_view strip_left_of(std::string_view text, std::string_view set) noexcept {
  return text.substr(std::min(text.find_first_not_of(set), text.size()));
}

std::string_view strip_right_of(std::string_view text, std::string_view set) noexcept {
  return text.substr(0, text.find_last_not_of(set) + 1);
}

std::string_view strip_of(std::string_view text, std::string_view set) noexcept {
  return strip_right_of(strip_left_of(text, set), set);
}

std::string_view next_token(std::string_view& rest) noexcept {
  const std::size_t begin = skip_spaces(rest, 0);
  std::size_t end = begin;
  while (end < rest.size()) {
    const CodePoint d = utf8_decode(rest, end);
    if (is_space(d.c)) break;
    end += d.length;
  }
  const std::string_view token = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return token;
}

std::string collapse(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (auto token = next_token(text); !token.empty(); token = next_token(text)) {
    if (!out.empty()) out.push_back(' ');
    out.append(token);
  }
  return out;
}

std::size_t count_upper_tokens(std::string_view text) {
  std::size_t count = 0;
  unsigned seen = 0;  // flags of the token so far
  const auto end_token = [&] {
    if ((seen & kUpper) != 0 && (seen & (kLower | kTitle)) == 0) ++count;
    seen = 0;
  };
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint d = utf8_decode(text, at);
    const std::uint8_t flags = flags_of(d.c);
    if ((flags & kSpace) != 0) {
      end_token();
    } else {
      seen |= flags;
    }
    at += d.length;
  }
  end_token();
  return count;
}

std::size_t count_words(std::string_view text) {
  std::size_t count = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint d = utf8_decode(text, at);
    const bool word = (flags_of(d.c) & kWord) != 0;
    if (word && !inside) ++count;
    inside = word;
    at += d.length;
  }
  return count;
}

std::vector<std::string_view> split_text(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> pieces;
  std::size_t done = 0;
  for (auto at = text.find(separator); at != std::string_view::npos;
       at = text.find(separator, done)) {
    pieces.push_back(text.substr(done, at - done));
    done = at + separator.size();
  }
  pieces.push_back(text.substr(done));
  return pieces;
}

std::size_t count_text(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

std::string erase_all(std::string_view text, std::string_view set) {
  std::string out(text);
  std::erase_if(out, [&](char c) { return set.find(c) != std::string_view::npos; });
  return out;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  out.reserve(text.size());
  std::size_t done = 0;
  for (auto at = text.find(from); at != std::string_view::npos; at = text.find(from, done)) {
    out.append(text.substr(done, at - done)).append(to);
    done = at + from.size();
  }
  return out.append(text.substr(done));
}

}  // namespace tally::worker
