#pragma once
#include <chrono>

#include "core/config/choice_rule.hpp"
#include "core/config/rules.hpp"
#include "core/config/run_config.hpp"
#include "core/config/spec_field.hpp"

// The descriptions of what a scheduler is told: see spec_describe.hpp.

namespace tally {

template <class V>
void describe(V& v, ResourcesSpec& s) {
  v.value({.key = "ranks", .text = "MPI processes per element"}, s.ranks, IntegerRule(1, 100'000));
  v.value({.key = "cpus_per_rank", .text = "CPUs of one rank"}, s.cpus_per_rank,
          IntegerRule(1, 4096));
  v.value({.key = "gpus_per_rank", .text = "GPUs of one rank"}, s.gpus_per_rank,
          IntegerRule(0, 64));
  v.value({.key = "memory", .text = "Memory of one rank (Slurm); else the site's default"},
          s.memory, MemoryRule());
  v.value(
      {.key = "time", .text = "Limit of one start of an element (Slurm); else the site's default"},
      s.time, TimeLimitRule());
  v.value({.key = "elements",
           .text = "Parts of the run that start on their own; auto is one for a local run, "
                   "max_running or else 10 on Slurm"},
          s.elements, IntegerRule(1, 1'000'000, "auto"));
  v.value({.key = "max_running", .text = "Elements at once; 0 is no limit"}, s.max_running,
          IntegerRule(0, 1'000'000));
}

template <class V>
void describe(V& v, SlurmSpec& s) {
  using std::chrono::milliseconds;
  const TextRule argument(Pattern::argument);
  v.value({.key = "partition", .text = "Partition"}, s.partition, argument);
  v.value({.key = "account", .text = "Account"}, s.account, argument);
  v.value({.key = "qos", .text = "Quality of service"}, s.qos, argument);
  v.value({.key = "constraint", .text = "Features that nodes must have"}, s.constraint, argument);
  v.value({.key = "reservation", .text = "Reservation"}, s.reservation, argument);
  v.value({.key = "nodes", .text = "Nodes of one element; 0 leaves it to Slurm"}, s.nodes,
          IntegerRule(0, 100'000));
  v.value({.key = "stop", .text = "How long before the time limit the ranks commit and stop"},
          s.stop, DurationRule(milliseconds(10'000), milliseconds(3'600'000)));
  v.value({.key = "requeue", .text = "An unfinished element queues itself again"}, s.requeue,
          FlagRule());
  v.value({.key = "mpi", .text = "How ranks are started; auto asks srun"}, s.mpi,
          word_rule({"auto", "pmix", "pmi2", "mpirun"}));
  v.value({.key = "setup", .text = "Shell file that every job sources first: modules"}, s.setup,
          PathRule());
  v.value({.key = "container",
           .text = "Shell file that sets the array `container`, the words before the worker"},
          s.container, PathRule());
  v.value({.key = "script", .text = "Your edited copy of array.sbatch"}, s.script, PathRule());
  v.value({.key = "aggregate", .text = "Your edited copy of aggregate.sbatch"}, s.aggregate,
          PathRule());
  v.value({.key = "max_array", .text = "Tasks of one array; 0 asks the site"}, s.max_array,
          IntegerRule(0, 4'000'000));
  v.value({.key = "max_submit", .text = "Jobs you may have in the queue; 0 asks the site"},
          s.max_submit, IntegerRule(0, 4'000'000));
  v.list({.key = "extra", .text = "More options of sbatch"}, s.extra, TextRule(Pattern::option));
  v.list({.key = "srun", .text = "More options of srun"}, s.srun, TextRule(Pattern::option));
}

}  // namespace tally
