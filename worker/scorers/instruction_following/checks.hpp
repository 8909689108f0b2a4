#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "worker/scorers/instruction_following/kwargs.hpp"
#include "worker/scorers/instruction_following/language.hpp"

namespace tally::worker {

/// Whether a response follows one instruction. The response is well-formed UTF-8 and not blank.
/// Throws Error(data) when a pattern out of the dataset ran into its limits.
using Check = std::function<bool(std::string_view response)>;

// One maker per instruction: reads its arguments, which are not needed afterwards. They throw
// Error(data) for arguments that no checker could decide by, see Kwargs. Python's `re` and str
// methods say what the words of a rule mean: white space, word characters, lower case.

Check keyword_existence(const Kwargs& kwargs);
Check keyword_frequency(const Kwargs& kwargs);
Check forbidden_words(const Kwargs& kwargs);
/// `letter` may be any one character; is_plain_letter() tells the usual ones.
Check letter_frequency(const Kwargs& kwargs);

Check number_sentences(const Kwargs& kwargs);
Check number_words(const Kwargs& kwargs);
Check number_paragraphs(const Kwargs& kwargs);
Check nth_paragraph_first_word(const Kwargs& kwargs);

Check number_placeholders(const Kwargs& kwargs);
Check postscript(const Kwargs& kwargs);
Check number_bullet_lists(const Kwargs& kwargs);
Check constrained_response(const Kwargs& kwargs);
Check number_highlighted_sections(const Kwargs& kwargs);
Check multiple_sections(const Kwargs& kwargs);
Check json_format(const Kwargs& kwargs);
Check title(const Kwargs& kwargs);

Check two_responses(const Kwargs& kwargs);
Check repeat_prompt(const Kwargs& kwargs);
Check end_checker(const Kwargs& kwargs);
Check quotation(const Kwargs& kwargs);
Check no_comma(const Kwargs& kwargs);
Check capital_word_frequency(const Kwargs& kwargs);

/// The three that need a detector, which must outlive the check.
Check response_language(const Kwargs& kwargs, const LanguageDetector& detector);
Check english_capital(const Kwargs& kwargs, const LanguageDetector& detector);
Check english_lowercase(const Kwargs& kwargs, const LanguageDetector& detector);

/// Whether `letter` is one that the reference's letter_frequency counts: in lower case one of a to
/// z. It draws a random one for any other.
[[nodiscard]] bool is_plain_letter(std::string_view letter);

}  // namespace tally::worker
