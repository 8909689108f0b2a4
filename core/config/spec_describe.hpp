#pragma once
#include <array>
#include <chrono>
#include <limits>

#include "core/config/choice_rule.hpp"
#include "core/config/rules.hpp"
#include "core/config/run_config.hpp"
#include "core/config/spec_describe_inputs.hpp"
#include "core/config/spec_describe_slurm.hpp"
#include "core/config/spec_field.hpp"

// The one description of run.yaml. A visitor gets every key, in the order of the reference:
//   value(field, member, rule)    a scalar
//   axis(field, member, rule)     a sweep axis: a scalar or a list of distinct ones
//   list(field, member, rule)     a list of distinct texts
//   flags(field, flags)           a list of words, a bool each
//   params(field, member, rule)   free keys, each a sweep axis
//   group(field, member)          a mapping, described by its own describe()
//   groups(field, member)         a list of such mappings, at least one
// SpecReader fills the structs; OutlineMaker makes what `tally schema` and docs/config.md print.

namespace tally {

template <class V>
void describe(V& v, RunSpec& s) {
  v.value({.key = "id", .text = "Names the run and its directory", .required = true}, s.id,
          TextRule(Pattern::name));
  v.value({.key = "mode", .text = "What the run does"}, s.mode, word_rule({"eval"}));
  v.value({.key = "seed", .text = "The only source of randomness"}, s.seed,
          IntegerRule(0, std::numeric_limits<std::uint64_t>::max()));
}

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
void describe(V& v, TaskSpec& s) {
  constexpr Condition kFree{"evaluator", "free_response"};
  v.value({.key = "name", .text = "Names the task in results; else the evaluator's name"}, s.name,
          TextRule(Pattern::name));
  v.value(
      {.key = "evaluator",
       .text =
           "How docs become scores; classify takes torchscript models, free_response replay models",
       .required = true},
      s.evaluator,
      ChoiceRule<Evaluator>(
          {{"classify", Evaluator::classify}, {"free_response", Evaluator::free_response}}));
  v.list({.key = "models", .text = "Names of models", .required = true}, s.models,
         TextRule(Pattern::model_name));
  v.list({.key = "datasets", .text = "Slugs of datasets", .required = true}, s.datasets,
         TextRule(Pattern::name));
  v.value({.key = "cot", .text = "Marks the completions as chain-of-thought"}, s.cot, FlagRule());
  v.value({.key = "extractor",
           .text = "Finds the answer in a completion",
           .required = true,
           .when = kFree},
          s.extractor,
          word_rule({"openai:gsm8k", "lm_eval:gsm8k_strict", "lm_eval:gsm8k_flexible", "numeric",
                     "exact"}));
  v.value({.key = "comparator", .text = "Compares answer and target; else exact", .when = kFree},
          s.comparator, word_rule({"exact", "numeric"}));
  v.group({.key = "sampling", .text = "How completions are drawn"}, s.sampling);
  v.params({.key = "params", .text = "Free parameters"}, s.params, ScalarRule());
}

template <class V>
void describe(V& v, RetrySpec& s) {
  v.value({.key = "attempts", .text = "Tries of one item"}, s.attempts, IntegerRule(1, 100));
  v.flags({.key = "on", .text = "Outcomes that are tried again"},
          std::array{Flag{"infra_error", &s.on_infra_error},
                     Flag{"generation_error", &s.on_generation_error}});
  v.value({.key = "hang",
           .text = "A rank that finishes no item for so long is given up, and its items are dealt "
                   "again: longer than the slowest forward pass"},
          s.hang, DurationRule(std::chrono::seconds(1), std::chrono::hours(48)));
}

template <class V>
void describe(V& v, CommitSpec& s) {
  using std::chrono::milliseconds;
  v.value({.key = "interval", .text = "Time between commits: what a crash can cost"}, s.interval,
          DurationRule(milliseconds(10), milliseconds(3'600'000)));
  v.value({.key = "records", .text = "Records that make a commit due earlier"}, s.records,
          IntegerRule(1, 100'000'000));
}

template <class V>
void describe(V& v, RunConfig& s) {
  v.value({.key = "version", .text = "Version of this format", .required = true}, s.version,
          IntegerRule(1, 1));
  v.group({.key = "run", .text = "The run as a whole", .required = true}, s.run);
  v.groups({.key = "models", .text = "The models to evaluate", .required = true}, s.models);
  v.groups({.key = "datasets", .text = "The data to evaluate on", .required = true}, s.datasets);
  v.groups({.key = "tasks",
            .text = "What to evaluate: every model of an entry meets every dataset of it",
            .required = true},
           s.tasks);
  v.list({.key = "metrics", .text = "Figures to compute from the scores"}, s.metrics,
         TextRule(Pattern::metric));
  v.group({.key = "resources", .text = "What the run may use"}, s.resources);
  v.group({.key = "retry", .text = "When an item is tried again"}, s.retry);
  v.group({.key = "commit", .text = "How often results are made durable"}, s.commit);
  v.group({.key = "slurm", .text = "Where and how Slurm runs it (`--on slurm`)"}, s.slurm);
}

}  // namespace tally
