#include "worker/scorers/text.hpp"

#include <algorithm>
#include <memory>

#include "core/base/error.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace tally::worker {
namespace {

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

const pcre2_code* upper_case_letters() {
  static const std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> kCode = [] {
    constexpr std::string_view kPattern = R"(\p{Lu}++)";
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* const code =
        pcre2_compile(units(kPattern), kPattern.size(),
                      PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF, &error, &offset, nullptr);
    return std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)>(code, &pcre2_code_free);
  }();
  return kCode.get();
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace

std::string_view strip(std::string_view text) noexcept {
  constexpr std::string_view kWhiteSpace = " \t\n\r\f\v";
  const auto first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

// PCRE2 brings the case tables along; the C library's depend on the locales a node has installed.
std::string lower(std::string_view text) {
  if (is_ascii(text)) return ascii_lower(text);
  constexpr std::string_view kLower = R"(\L$0)";
  std::string out(2 * text.size() + 16, '\0');  // no letter's lower case is twice as long
  PCRE2_SIZE length = out.size();
  const int done = pcre2_substitute(upper_case_letters(), units(text), text.size(), 0,
                                    PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_EXTENDED, nullptr,
                                    nullptr, units(kLower), kLower.size(),
                                    reinterpret_cast<PCRE2_UCHAR*>(out.data()), &length);
  if (done < 0) throw Error(Errc::internal, "lower: pcre2_substitute failed");
  out.resize(length);
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
