#pragma once
#include <array>
#include <chrono>
#include <limits>

#include "core/config/choice_rule.hpp"
#include "core/config/rules.hpp"
#include "core/config/run_config.hpp"
#include "core/config/spec_describe_inputs.hpp"
#include "core/config/spec_describe_slurm.hpp"
#include "core/config/spec_describe_tasks.hpp"
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
void describe(V& v, StatisticsSpec& s) {
  v.value({.key = "interval",
           .text = "How ci95 is made; auto is Wilson's where every doc has 0 or 1, else t"},
          s.interval,
          ChoiceRule<IntervalKind>({{"auto", IntervalKind::automatic},
                                    {"t", IntervalKind::t},
                                    {"wilson", IntervalKind::wilson},
                                    {"bootstrap", IntervalKind::bootstrap}}));
  v.value({.key = "replicates", .text = "Resamples of a bootstrap"}, s.replicates,
          IntegerRule(100, 1'000'000));
  v.value(
      {.key = "short_docs",
       .text = "What a doc with fewer draws than K does to a figure at K: the figure is absent, "
               "the doc is left out, or aggregate ends with an error"},
      s.short_docs,
      ChoiceRule<ShortDocs>({{"drop_k", ShortDocs::drop_k},
                             {"skip_doc", ShortDocs::skip_doc},
                             {"error", ShortDocs::error}}));
  v.value({.key = "cluster", .text = "What counts as drawn independently, for standard errors"},
          s.cluster, ChoiceRule<ClusterBy>({{"doc", ClusterBy::doc}, {"group", ClusterBy::group}}));
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
  v.group({.key = "statistics", .text = "How figures get their errors"}, s.statistics);
  v.group({.key = "resources", .text = "What the run may use"}, s.resources);
  v.group({.key = "retry", .text = "When an item is tried again"}, s.retry);
  v.group({.key = "commit", .text = "How often results are made durable"}, s.commit);
  v.group({.key = "slurm", .text = "Where and how Slurm runs it (`--on slurm`)"}, s.slurm);
}

}  // namespace tally
