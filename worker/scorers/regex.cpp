#include "worker/scorers/regex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/utf8.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace tally::worker {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Free(pointer);
  }
};
using Code = std::unique_ptr<pcre2_code, Deleter<pcre2_code_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Deleter<pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Deleter<pcre2_match_context_free>>;

PCRE2_SPTR units(std::string_view text) {
  static const char kNothing = 0;  // an empty view may have no address
  return reinterpret_cast<PCRE2_SPTR>(text.data() == nullptr ? &kNothing : text.data());
}

std::string reason(int code) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(code, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

Code compile(const std::string& pattern, std::uint32_t extra_options) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  Code code(pcre2_compile(units(pattern), pattern.size(), PCRE2_UTF | PCRE2_UCP | extra_options,
                          &error, &offset, nullptr));
  if (!code) {
    throw Error(Errc::internal, fmt::format("pattern '{}': {}", pattern, reason(error)));
  }
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);  // without JIT the interpreter serves
  return code;
}

}  // namespace

// Two programs for one pattern: `valid` skips PCRE2's check of the text, which would read all of it
// again at every match of a search for the last one; `any` is for text that is not UTF-8.
struct Regex::State {
  std::string pattern;
  Code valid;
  Code any;
  MatchContext context;

  // One step of a search from `from`. False: no match.
  [[nodiscard]] bool step(std::string_view text, std::size_t from, bool clean,
                          pcre2_match_data* data) const {
    const std::uint32_t options = PCRE2_NOTEMPTY | (clean ? PCRE2_NO_UTF_CHECK : 0U);
    const int found = pcre2_match((clean ? valid : any).get(), units(text), text.size(), from,
                                  options, data, context.get());
    if (found == PCRE2_ERROR_NOMATCH) return false;
    if (found < 0) {
      throw Error(Errc::data, fmt::format("pattern '{}': {} in a text of {} bytes", pattern,
                                          reason(found), text.size()));
    }
    return true;
  }
};

Regex::Regex(std::string pattern, std::uint32_t match_limit) : state_(std::make_unique<State>()) {
  state_->pattern = std::move(pattern);
  state_->valid = compile(state_->pattern, 0);
  state_->any = compile(state_->pattern, PCRE2_MATCH_INVALID_UTF);
  state_->context.reset(pcre2_match_context_create(nullptr));
  if (!state_->context) throw std::bad_alloc();
  pcre2_set_match_limit(state_->context.get(), match_limit);
  pcre2_set_depth_limit(state_->context.get(), match_limit);
}

Regex::~Regex() = default;

namespace {

RegexMatch to_match(std::string_view text, pcre2_match_data* data) {
  const PCRE2_SIZE* const offsets = pcre2_get_ovector_pointer(data);
  const std::size_t groups =
      std::min<std::size_t>(pcre2_get_ovector_count(data), RegexMatch::kGroups);
  RegexMatch match;
  for (std::size_t i = 0; i < groups; ++i) {
    if (offsets[2 * i] == PCRE2_UNSET) continue;
    match.groups[i] = text.substr(offsets[2 * i], offsets[2 * i + 1] - offsets[2 * i]);
  }
  match.whole = match.groups[0];
  return match;
}

}  // namespace

std::optional<RegexMatch> Regex::find_first(std::string_view text) const {
  const MatchData data(pcre2_match_data_create_from_pattern(state_->valid.get(), nullptr));
  if (!data) throw std::bad_alloc();
  const bool clean = is_utf8(text);
  if (!state_->step(text, 0, clean, data.get())) return std::nullopt;
  return to_match(text, data.get());
}

std::optional<RegexMatch> Regex::find_last(std::string_view text) const {
  const MatchData data(pcre2_match_data_create_from_pattern(state_->valid.get(), nullptr));
  if (!data) throw std::bad_alloc();
  const bool clean = is_utf8(text);
  std::optional<RegexMatch> last;
  std::size_t from = 0;
  while (state_->step(text, from, clean, data.get())) {
    last = to_match(text, data.get());
    from = pcre2_get_ovector_pointer(data.get())[1];
  }
  return last;
}

}  // namespace tally::worker
