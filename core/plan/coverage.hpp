#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/interval_set.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/run_dir.hpp"
#include "core/plan/shard_header.hpp"

namespace tally {

enum class Trust {
  headers,  ///< Read user blocks only: fast, for display.
  digests,  ///< Hash every shard too: for deciding what is done.
};

/// A shard that was not counted, and why.
struct BadShard {
  std::string name;
  std::string reason;
};

/// What the committed shards of a run hold.
struct Coverage {
  IntervalSet recorded;  ///< Ordinals with a committed record of any outcome.
  /// Ordinals whose best record is a failure, with the number of that try. Disjoint.
  std::vector<FailedItems> failed;
  std::vector<BadShard> bad;
  std::uint64_t shards = 0;
  std::uint64_t bytes = 0;

  /// What has to run (again): ordinals without a record, and failed ones of a retryable outcome
  /// with tries left.
  [[nodiscard]] IntervalSet to_do(const Plan& plan) const;
  /// Failed and without tries left, or of an outcome that is not retried.
  [[nodiscard]] IntervalSet given_up(const Plan& plan) const;
  /// The try number a new record of `ordinal` gets: 1, or that of the failed one + 1.
  [[nodiscard]] std::uint32_t next_attempt(Ordinal ordinal) const;
};

/// Lists `run.shards()` and unites the headers of every shard of this plan. Shards that are
/// damaged or foreign (another plan) are listed in `bad`, never counted. When
/// `only` is given, shards that do not meet it are not hashed. Throws Error(io | missing) when the
/// folder or a shard cannot be read, Error(unavailable) when shards keep vanishing while they are
/// listed, and Error(data) for a whole shard of a newer version: its items must not be done again.
[[nodiscard]] Coverage read_coverage(const RunDir& run, const Digest& plan, Trust trust,
                                     const IntervalSet* only = nullptr);

}  // namespace tally
