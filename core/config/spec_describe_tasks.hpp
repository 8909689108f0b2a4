#pragma once
#include <chrono>

#include "core/config/choice_rule.hpp"
#include "core/config/evaluator_rules.hpp"
#include "core/config/rules.hpp"
#include "core/config/run_config.hpp"
#include "core/config/spec_field.hpp"

// The descriptions of tasks: see spec_describe.hpp.

namespace tally {

template <class V>
void describe(V& v, SamplingSpec& s) {
  v.axis({.key = "repeats", .text = "Independent draws per doc"}, s.repeats,
         IntegerRule(1, 100'000));
  v.axis({.key = "temperature", .text = "Sampling temperature; 0 is greedy"}, s.temperature,
         NumberRule(0.0, 1000.0));
  v.axis({.key = "top_p",
          .text = "Nucleus sampling: probability mass kept when temperature is above 0"},
         s.top_p, NumberRule(0.0, 1.0, NumberRule::Min::above));
  v.axis({.key = "max_tokens",
          .text = "Tokens to generate at most; 0 is the generator's own limit, and all that "
                  "classify takes"},
         s.max_tokens, IntegerRule(0, 100'000'000));
}

template <class V>
void describe(V& v, LimitsSpec& s) {
  using std::chrono::milliseconds;
  constexpr milliseconds kDay(86'400'000);
  v.value({.key = "wall",
           .text = "Time from start to end, per test; else by the kind of tests. external: of one "
                   "request; else 60 s"},
          s.wall, DurationRule(milliseconds(10), kDay));
  v.value({.key = "cpu", .text = "Processor time of the process tree, per test; else as `wall`"},
          s.cpu, DurationRule(milliseconds(10), kDay));
  v.value({.key = "memory", .text = "Resident memory of the process tree"}, s.memory, MemoryRule());
  v.value({.key = "processes", .text = "Processes and threads at once"}, s.processes,
          IntegerRule(1, 4096));
  v.value({.key = "output", .text = "Bytes of stdout, and of stderr. external: of one reply"},
          s.output, MemoryRule());
  v.value({.key = "scratch", .text = "Bytes of the private /tmp"}, s.scratch, MemoryRule());
}

/// What is evaluated, and by whom.
template <class V>
void describe_entry(V& v, TaskSpec& s) {
  v.value({.key = "name", .text = "Names the task in results; else the evaluator's name"}, s.name,
          TextRule(Pattern::name));
  v.value(
      {.key = "evaluator",
       .text =
           "How docs become scores; classify takes torchscript models, the others replay models",
       .required = true},
      s.evaluator, evaluator_rule());
  v.list({.key = "models", .text = "Names of models", .required = true}, s.models,
         TextRule(Pattern::model_name));
  v.list({.key = "datasets", .text = "Slugs of datasets", .required = true}, s.datasets,
         TextRule(Pattern::name));
  v.value({.key = "cot", .text = "Marks the completions as chain-of-thought"}, s.cot, FlagRule());
}

/// How an answer is found and compared.
template <class V>
void describe_answers(V& v, TaskSpec& s) {
  constexpr Condition kExtracts{"evaluator", "free_response|multi_choice|code"};
  constexpr Condition kCompares{"evaluator", "free_response|code"};
  constexpr Condition kCode{"evaluator", "code"};
  v.value(
      {.key = "extractor",
       .text = "Finds the answer in a completion",
       .required = true,
       .when = kExtracts,
       .expected_with =
           [](std::string_view evaluator) { return fitting_words(&extractor_words, evaluator); }},
      s.extractor, word_rule(all_words(extractor_words)));
  v.value(
      {.key = "comparator",
       .text = "Compares answer and target; else exact, with code rstrip_lines",
       .when = kCompares,
       .expected_with =
           [](std::string_view evaluator) { return fitting_words(&comparator_words, evaluator); }},
      s.comparator, word_rule(all_words(comparator_words)));
  v.value({.key = "abs_tolerance",
           .text = "comparator tokens_tol: absolute difference of two numbers that are equal",
           .when = kCode},
          s.abs_tolerance, NumberRule(0.0, 1.0));
  v.value({.key = "rel_tolerance",
           .text = "comparator tokens_tol: relative difference of two numbers that are equal",
           .when = kCode},
          s.rel_tolerance, NumberRule(0.0, 1.0));
}

/// How programs under test are run, and what bounds an external scorer.
template <class V>
void describe_programs(V& v, TaskSpec& s) {
  constexpr Condition kCode{"evaluator", "code"};
  constexpr Condition kRuns{"evaluator", "code|external"};
  v.value(
      {.key = "sandbox",
       .text = "What programs under test run in; none isolates nothing and is marked in results",
       .when = kCode},
      s.sandbox,
      ChoiceRule<SandboxMode>(
          {{"bubblewrap", SandboxMode::bubblewrap}, {"none", SandboxMode::none}}));
  v.value({.key = "interpreter",
           .text = "Python of the programs under test: a path, or a name looked up in PATH",
           .when = kCode},
          s.interpreter, TextRule(Pattern::argument));
  v.value({.key = "test_workers", .text = "Tests of a doc at once", .when = kCode}, s.test_workers,
          IntegerRule(1, 256));
  v.group({.key = "limits",
           .text = "What one program under test may use; external: only wall and output",
           .when = kRuns},
          s.limits);
}

/// What the evaluators external and instruction_following take beside.
template <class V>
void describe_helpers(V& v, TaskSpec& s) {
  constexpr Condition kExternal{"evaluator", "external"};
  constexpr Condition kInstructions{"evaluator", "instruction_following"};
  v.list({.key = "command",
          .text = "The scorer's program and its arguments, run without a shell; words that begin "
                  "with ./ or ../ start at the file's folder",
          .required = true,
          .when = kExternal,
          .repeats = true},
         s.command, TextRule(Pattern::argument));
  v.list({.key = "columns",
          .text = "Metric columns that the scorer gives, in the order of its hello",
          .when = kExternal},
         s.columns, TextRule(Pattern::column));
  v.value({.key = "language_profiles",
           .text = "Folder of langdetect's profiles; without it instructions about languages are "
                   "unsupported",
           .when = kInstructions},
          s.language_profiles, PathRule());
}

template <class V>
void describe(V& v, TaskSpec& s) {
  describe_entry(v, s);
  describe_answers(v, s);
  describe_programs(v, s);
  describe_helpers(v, s);
  v.group({.key = "sampling", .text = "How completions are drawn"}, s.sampling);
  v.params({.key = "params", .text = "Free parameters"}, s.params, ScalarRule());
}

}  // namespace tally
