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

using CompileContext = std::unique_ptr<pcre2_compile_context, Deleter<pcre2_compile_context_free>>;

Code compile(const std::string& pattern, const RegexOptions& options) {
  const CompileContext context(pcre2_compile_context_create(nullptr));
  if (!context) throw std::bad_alloc();
  pcre2_set_newline(context.get(),
                    PCRE2_NEWLINE_LF);  // whatever the library was built with
  std::uint32_t flags = PCRE2_UTF | PCRE2_UCP;
  if (options.ignore_case) flags |= PCRE2_CASELESS;
  if (options.multiline) flags |= PCRE2_MULTILINE;
  int error = 0;
  PCRE2_SIZE offset = 0;
  Code code(pcre2_compile(units(pattern), pattern.size(), flags, &error, &offset, context.get()));
  if (!code) {
    throw Error(options.bad_pattern, fmt::format("pattern '{}': {}", pattern, reason(error)));
  }
  pcre2_jit_compile(code.get(),
                    PCRE2_JIT_COMPLETE);  // without JIT the interpreter serves
  return code;
}

}  // namespace

struct Regex::State {
  std::string pattern;
  Code code;
  MatchContext context;
};

Regex::Regex(std::string pattern, std::uint32_t match_limit)
    : Regex(std::move(pattern), RegexOptions{.match_limit = match_limit}) {}

Regex::Regex(std::string pattern, const RegexOptions& options) : state_(std::make_unique<State>()) {
  state_->pattern = std::move(pattern);
  state_->code = compile(state_->pattern, options);
  state_->context.reset(pcre2_match_context_create(nullptr));
  if (!state_->context) throw std::bad_alloc();
  pcre2_set_match_limit(state_->context.get(), options.match_limit);
  pcre2_set_depth_limit(state_->context.get(), options.match_limit);
}

Regex::~Regex() = default;

/// The matches of a pattern in a text, from the left. Each run of UTF-8 is
/// searched on its own and unchecked: PCRE2's check would read all that is left
/// of the text again at every match.
class Regex::Search {
 public:
  /// What an empty match is.
  enum class Empty { no_match, a_match };

  Search(const State& state, std::string_view text, Empty empty = Empty::no_match)
      : state_(state),
        text_(text),
        empty_(empty),
        data_(pcre2_match_data_create_from_pattern(state.code.get(), nullptr)),
        run_end_(utf8_run(text, 0)) {
    if (!data_) throw std::bad_alloc();
  }

  std::optional<RegexMatch> next() {
    while (!step()) {
      if (run_end_ == text_.size()) return std::nullopt;
      run_ = at_ = run_end_ + 1;
      run_end_ = utf8_run(text_, run_);
      after_empty_ = false;
    }
    const RegexMatch match = current();
    at_ = run_ + pcre2_get_ovector_pointer(data_.get())[1];
    after_empty_ = match.whole.empty();
    return match;
  }

 private:
  // Searches the rest of the run.
  bool step() {
    if (run_ == run_end_ && (empty_ == Empty::no_match || !text_.empty())) return false;
    const std::string_view run = text_.substr(run_, run_end_ - run_);
    std::uint32_t options = PCRE2_NO_UTF_CHECK;
    if (empty_ == Empty::no_match)
      options |= PCRE2_NOTEMPTY;
    else if (after_empty_)
      options |= PCRE2_NOTEMPTY_ATSTART;  // not the same one again
    if (run_ > 0) options |= PCRE2_NOTBOL;
    if (run_end_ < text_.size()) options |= PCRE2_NOTEOL;
    const int found = pcre2_match(state_.code.get(), units(run), run.size(), at_ - run_, options,
                                  data_.get(), state_.context.get());
    if (found == PCRE2_ERROR_NOMATCH) return false;
    if (found < 0) {
      throw Error(Errc::data, fmt::format("pattern '{}': {} in a text of {} bytes", state_.pattern,
                                          reason(found), text_.size()));
    }
    return true;
  }

  [[nodiscard]] RegexMatch current() const {
    const PCRE2_SIZE* const offsets = pcre2_get_ovector_pointer(data_.get());
    const std::size_t groups =
        std::min<std::size_t>(pcre2_get_ovector_count(data_.get()), RegexMatch::kGroups);
    RegexMatch match;
    for (std::size_t i = 0; i < groups; ++i) {
      if (offsets[2 * i] == PCRE2_UNSET) continue;
      match.groups[i] = text_.substr(run_ + offsets[2 * i], offsets[2 * i + 1] - offsets[2 * i]);
    }
    match.whole = match.groups[0];
    return match;
  }

  const State& state_;
  std::string_view text_;
  Empty empty_;
  bool after_empty_ = false;
  MatchData data_;
  std::size_t run_ = 0;  // the run that is searched: [run_, run_end_)
  std::size_t run_end_;
  std::size_t at_ = 0;  // where the search goes on
};

std::optional<RegexMatch> Regex::find_first(std::string_view text) const {
  return Search(*state_, text).next();
}

std::optional<RegexMatch> Regex::find_last(std::string_view text) const {
  Search search(*state_, text);
  std::optional<RegexMatch> last;
  while (auto match = search.next()) last = match;
  return last;
}

void Regex::each(std::string_view text, const std::function<void(std::string_view)>& visit) const {
  Search search(*state_, text);
  while (const auto match = search.next()) visit(match->whole);
}

bool Regex::contains(std::string_view text) const {
  return Search(*state_, text, Search::Empty::a_match).next().has_value();
}

std::size_t Regex::count(std::string_view text) const {
  Search search(*state_, text, Search::Empty::a_match);
  std::size_t matches = 0;
  while (search.next()) ++matches;
  return matches;
}

std::size_t Regex::groups() const noexcept {
  std::uint32_t count = 0;
  pcre2_pattern_info(state_->code.get(), PCRE2_INFO_CAPTURECOUNT, &count);
  return count;
}

std::string Regex::replace(std::string_view text, std::string_view by) const {
  Search search(*state_, text);
  std::string out;
  std::size_t done = 0;
  while (const auto match = search.next()) {
    const auto begin = static_cast<std::size_t>(match->whole.data() - text.data());
    out.append(text.substr(done, begin - done)).append(by);
    done = begin + match->whole.size();
  }
  return out.append(text.substr(done));
}

}  // namespace tally::worker
