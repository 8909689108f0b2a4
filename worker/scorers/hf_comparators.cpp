#include <array>

#include "worker/scorers/comparators.hpp"
#include "worker/scorers/text.hpp"

// exact_match of Hugging Face evaluate and lm-eval: what is ignored is deleted on both sides, in
// the order case, punctuation, digits, then the texts are equal or not. White space counts.

namespace tally::worker {
namespace {

constexpr std::string_view kDigits = "0123456789";

std::string as_is(std::string_view text) { return std::string(text); }
std::string no_punctuation(std::string_view text) { return erase_all(text, kPunctuation); }
std::string no_numbers(std::string_view text) { return erase_all(text, kDigits); }
std::string no_case_no_punctuation(std::string_view text) { return no_punctuation(lower(text)); }
std::string letters_only(std::string_view text) { return no_numbers(no_case_no_punctuation(text)); }

template <std::string (*Normal)(std::string_view)>
Verdict compare(std::string_view answer, std::string_view target) {
  return Normal(answer) == Normal(target) ? Verdict::equal : Verdict::different;
}

// An answer of which nothing is left is still one: it votes as it was written.
template <std::string (*Normal)(std::string_view)>
std::string vote(std::string_view answer) {
  std::string text = Normal(answer);
  return text.empty() ? std::string(answer) : text;
}

template <std::string (*Normal)(std::string_view)>
constexpr Comparator rule(std::string_view name) {
  return {name, "a text", vote<Normal>, compare<Normal>};
}

constexpr std::array kComparators{
    rule<as_is>("hf:exact_match"),
    rule<lower>("hf:exact_match_ignore_case"),
    rule<no_punctuation>("hf:exact_match_ignore_punctuation"),
    rule<no_numbers>("hf:exact_match_ignore_numbers"),
    rule<no_case_no_punctuation>("hf:exact_match_ignore_case_punctuation"),
    rule<letters_only>("hf:exact_match_ignore_case_punctuation_numbers"),
};

}  // namespace

std::span<const Comparator> hf_comparators() noexcept { return kComparators; }

}  // namespace tally::worker
