#include "core/config/evaluators.hpp"

#include <array>

namespace tally {
namespace {

struct Line {
  std::string_view name;
  ModelKind kind;
  std::string_view columns;
};

constexpr std::array kLines{
#define TALLY_EVALUATOR(name, kind, columns) Line{#name, ModelKind::kind, columns},
#include "core/config/evaluators.def"
#undef TALLY_EVALUATOR
};

const Line& line_of(Evaluator evaluator) { return kLines[static_cast<std::size_t>(evaluator)]; }

std::vector<std::string> split(std::string_view words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const std::size_t end = words.find(' ');
    out.emplace_back(words.substr(0, end));
    words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
  }
  return out;
}

using Words = std::vector<std::string_view>;
const Words kNone;

}  // namespace

const std::vector<std::string_view>& evaluator_names() noexcept {
  static const Words names = [] {
    Words all;
    for (const Line& line : kLines) all.push_back(line.name);
    return all;
  }();
  return names;
}

std::string_view evaluator_name(Evaluator evaluator) noexcept { return line_of(evaluator).name; }

ModelKind model_kind(Evaluator evaluator) noexcept { return line_of(evaluator).kind; }

ModelKind model_kind(ModelBackend backend) noexcept {
  return backend == ModelBackend::torchscript ? ModelKind::tensor : ModelKind::text;
}

std::vector<std::string> metric_columns(const TaskSpec& entry) {
  std::vector<std::string> columns = split(line_of(entry.evaluator).columns);
  columns.insert(columns.end(), entry.columns.begin(), entry.columns.end());
  return columns;
}

const std::vector<std::string_view>& extractor_words(Evaluator evaluator) noexcept {
  static const Words free{"openai:gsm8k",
                          "lm_eval:gsm8k_strict",
                          "lm_eval:gsm8k_flexible",
                          "lm_eval:gsm8k_cot",
                          "opencompass:gsm8k",
                          "lm_eval:mmlu_generative",
                          "lm_eval:mmlu_flan_cot",
                          "lm_eval:mmlu_pro",
                          "letter",
                          "numeric",
                          "boxed",
                          "first_line",
                          "exact"};
  static const Words choice{"loglikelihood", "letter", "lm_eval:mmlu_generative",
                            "lm_eval:mmlu_flan_cot", "lm_eval:mmlu_pro"};
  if (evaluator == Evaluator::multi_choice) return choice;
  static const Words code{"raw",
                          "humaneval:raw",
                          "first_block",
                          "lcb:last_block",
                          "opencompass:first_block",
                          "lm_eval:mbpp_first_block"};
  if (evaluator == Evaluator::code) return code;
  return evaluator == Evaluator::free_response ? free : kNone;
}

const std::vector<std::string_view>& comparator_words(Evaluator evaluator) noexcept {
  static const Words free{"exact",
                          "numeric",
                          "opencompass:gsm8k",
                          "hf:exact_match",
                          "hf:exact_match_ignore_case",
                          "hf:exact_match_ignore_punctuation",
                          "hf:exact_match_ignore_numbers",
                          "hf:exact_match_ignore_case_punctuation",
                          "hf:exact_match_ignore_case_punctuation_numbers",
                          "helm:exact_match",
                          "helm:prefix_exact_match",
                          "helm:quasi_exact_match",
                          "helm:quasi_prefix_exact_match",
                          "inspect:match_begin",
                          "inspect:match_end",
                          "inspect:match_any",
                          "inspect:match_exact",
                          "inspect:match_numeric_begin",
                          "inspect:match_numeric_end",
                          "inspect:match_numeric_any",
                          "inspect:match_numeric_exact"};
  static const Words code{"exact", "rstrip_lines", "lcb", "codecontests", "tokens_tol"};
  if (evaluator == Evaluator::code) return code;
  return evaluator == Evaluator::free_response ? free : kNone;
}

const std::vector<FormatWord>& fitting_formats(Evaluator evaluator) noexcept {
  using Formats = std::vector<FormatWord>;
  // Free answers need a target that is text: docs of code and of ifeval have tests and
  // instructions.
  static const Formats free{{DatasetFormat::csv, "csv"},
                            {DatasetFormat::jsonl, "jsonl"},
                            {DatasetFormat::gsm8k, "gsm8k"},
                            {DatasetFormat::mmlu, "mmlu"}};
  static const Formats choice{{DatasetFormat::mmlu, "mmlu"}};
  static const Formats code{{DatasetFormat::humaneval, "humaneval"},
                            {DatasetFormat::mbpp, "mbpp"},
                            {DatasetFormat::lcb, "lcb"},
                            {DatasetFormat::apps, "apps"},
                            {DatasetFormat::codecontests, "codecontests"}};
  static const Formats instructions{{DatasetFormat::ifeval, "ifeval"}};
  static const Formats any;
  switch (evaluator) {
    case Evaluator::free_response:
      return free;
    case Evaluator::multi_choice:
      return choice;
    case Evaluator::code:
      return code;
    case Evaluator::instruction_following:
      return instructions;
    default:
      return any;
  }
}

}  // namespace tally
