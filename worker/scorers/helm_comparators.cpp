#include <array>

#include "worker/scorers/comparators.hpp"
#include "worker/scorers/regex.hpp"
#include "worker/scorers/text.hpp"

// HELM's basic metrics. An empty answer never gets here (it is no answer, so 0), as there. A target
// of which nothing is left would be the start of every answer: HELM counts that as right, here it
// is a target to be refused.

namespace tally::worker {
namespace {

// normalize_text: lower case, ASCII punctuation deleted without a space in its place, articles made
// a space, white space collapsed. The boundaries are those of Python's \b, written out: \w changes
// between versions of PCRE2.
std::string normalised(std::string_view text) {
  static const Regex kArticle(R"((?<![\p{L}\p{N}_])(?:an?|the)(?![\p{L}\p{N}_]))");
  return collapse(kArticle.replace(erase_all(lower(text), kPunctuation), " "));
}

// "the" is left with nothing, and still is an answer: it votes as it was written.
std::string quasi_vote(std::string_view answer) {
  std::string text = normalised(answer);
  return text.empty() ? lower(strip(answer)) : text;
}

std::string plain_vote(std::string_view answer) { return std::string(strip(answer)); }

Verdict verdict(bool equal) { return equal ? Verdict::equal : Verdict::different; }

Verdict exact(std::string_view answer, std::string_view target) {
  return verdict(strip(answer) == strip(target));
}

Verdict prefix(std::string_view answer, std::string_view target) {
  target = strip(target);
  if (target.empty()) return Verdict::bad_target;
  return verdict(strip(answer).starts_with(target));
}

Verdict quasi_exact(std::string_view answer, std::string_view target) {
  return verdict(normalised(answer) == normalised(target));
}

Verdict quasi_prefix(std::string_view answer, std::string_view target) {
  const std::string start = normalised(target);
  if (start.empty()) return Verdict::bad_target;
  return verdict(normalised(answer).starts_with(start));
}

constexpr std::string_view kPrefixTarget = "a text that normalisation leaves something of";
constexpr std::array kComparators{
    Comparator{"helm:exact_match", "a text", plain_vote, exact},
    Comparator{"helm:prefix_exact_match", kPrefixTarget, plain_vote, prefix},
    Comparator{"helm:quasi_exact_match", "a text", quasi_vote, quasi_exact},
    Comparator{"helm:quasi_prefix_exact_match", kPrefixTarget, quasi_vote, quasi_prefix},
};

}  // namespace

std::span<const Comparator> helm_comparators() noexcept { return kComparators; }

}  // namespace tally::worker
