#include "worker/scorers/instruction_following/instructions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/error.hpp"
#include "core/base/utf8.hpp"
#include "worker/scorers/instruction_following/checks.hpp"
#include "worker/scorers/instruction_following/variants.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

using Maker = Check (*)(const Kwargs&);
using LanguageMaker = Check (*)(const Kwargs&, const LanguageDetector&);

// Exactly one of the makers is set.
struct Instruction {
  std::string_view id;
  Maker make = nullptr;
  LanguageMaker make_with_language = nullptr;
};

constexpr std::array<Instruction, 25> kInstructions = {{
    {"change_case:capital_word_frequency", capital_word_frequency},
    {"change_case:english_capital", nullptr, english_capital},
    {"change_case:english_lowercase", nullptr, english_lowercase},
    {"combination:repeat_prompt", repeat_prompt},
    {"combination:two_responses", two_responses},
    {"detectable_content:number_placeholders", number_placeholders},
    {"detectable_content:postscript", postscript},
    {"detectable_format:constrained_response", constrained_response},
    {"detectable_format:json_format", json_format},
    {"detectable_format:multiple_sections", multiple_sections},
    {"detectable_format:number_bullet_lists", number_bullet_lists},
    {"detectable_format:number_highlighted_sections", number_highlighted_sections},
    {"detectable_format:title", title},
    {"keywords:existence", keyword_existence},
    {"keywords:forbidden_words", forbidden_words},
    {"keywords:frequency", keyword_frequency},
    {"keywords:letter_frequency", letter_frequency},
    {"language:response_language", nullptr, response_language},
    {"length_constraints:nth_paragraph_first_word", nth_paragraph_first_word},
    {"length_constraints:number_paragraphs", number_paragraphs},
    {"length_constraints:number_sentences", number_sentences},
    {"length_constraints:number_words", number_words},
    {"punctuation:no_comma", no_comma},
    {"startend:end_checker", end_checker},
    {"startend:quotation", quotation},
}};

constexpr std::array<std::string_view, 25> ids_of_all() {
  std::array<std::string_view, 25> ids{};
  std::ranges::transform(kInstructions, ids.begin(), &Instruction::id);
  return ids;
}

InstructionVerdict unsupported(std::string note) {
  InstructionVerdict verdict;
  verdict.note = std::move(note);
  return verdict;
}

Decision to_decision(bool followed) {
  return followed ? Decision::followed : Decision::not_followed;
}

// Of the reference's letter_frequency alone the verdict is drawn at random for some arguments.
void flag(InstructionVerdict& verdict, std::string_view id, const Kwargs& kwargs) {
  if (id != "keywords:letter_frequency") return;
  const std::string letter = kwargs.text("letter");
  if (is_plain_letter(letter)) return;
  verdict.flagged = true;
  verdict.note = fmt::format("counted the character '{}', which is no letter from a to z", letter);
}

InstructionVerdict judge(std::string_view id, const nlohmann::json& object, Variants& variants,
                         const LanguageDetector* detector) {
  const auto* const known = std::ranges::find(kInstructions, id, &Instruction::id);
  if (known == kInstructions.end()) return unsupported("not one of the 25 instructions of IFEval");
  const Kwargs kwargs(object);
  if (known->make == nullptr && detector == nullptr) {
    return unsupported("needs language_profiles, and none are configured");
  }
  const Check check =
      known->make != nullptr ? known->make(kwargs) : known->make_with_language(kwargs, *detector);
  InstructionVerdict verdict;
  verdict.strict = to_decision(variants.first_follows(check));
  verdict.loose =
      to_decision(verdict.strict == Decision::followed || variants.other_follows(check));
  flag(verdict, id, kwargs);
  return verdict;
}

}  // namespace

constinit const std::array<std::string_view, 25> kInstructionIds = ids_of_all();

std::vector<InstructionVerdict> judge_instructions(const std::vector<std::string>& ids,
                                                   const std::vector<nlohmann::json>& kwargs,
                                                   std::string_view response,
                                                   const LanguageDetector* detector) {
  if (ids.size() != kwargs.size()) {
    throw Error(Errc::data, fmt::format("found {} kwargs and {} instructions, expected as many",
                                        kwargs.size(), ids.size()));
  }
  Variants variants(well_formed(response));
  std::vector<InstructionVerdict> verdicts;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    try {
      verdicts.push_back(judge(ids[i], kwargs[i], variants, detector));
    } catch (const Error& error) {
      if (error.code() != Errc::data) throw;
      throw Error(Errc::data, fmt::format("{}: {}", ids[i], error.what()));
    }
  }
  return verdicts;
}

}  // namespace tally::worker
