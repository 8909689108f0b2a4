#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/plan/plan.hpp"
#include "launcher/backend.hpp"
#include "launcher/geometry.hpp"
#include "launcher/slurm/sbatch.hpp"
#include "launcher/slurm/slurm_client.hpp"

namespace tally::launcher {

/// How long we go on while the controller does not answer.
inline constexpr std::chrono::seconds kSlurmPatience{120};

/// Elements are tasks of one job array, or of several where the site's arrays are shorter; the
/// aggregate is a job that waits for all of them. submit() returns as soon as all is queued.
class SlurmBackend final : public Backend {
 public:
  /// `plan` outlives the backend.
  SlurmBackend(const Plan& plan, SubmitSpec spec, std::chrono::seconds patience = kSlurmPatience);

  /// The arrays and, last, the aggregate, whose dependency names JOB1, JOB2, ... Asks the site once
  /// for the longest array unless the spec says; without an answer Slurm's default is taken.
  [[nodiscard]] std::vector<Command> render(const RunDir& run,
                                            const Submission& submission) const override;
  /// Asks Slurm whether it would take the first array and the aggregate (sbatch --test-only), and
  /// returns its words to the array; queues nothing. Throws Error(config) with its words when it
  /// would not, Error(unavailable | missing).
  std::string test(const RunDir& run, const Submission& submission) const;
  /// Copies the two scripts to submit/, queues everything or nothing, and looks once at what the
  /// scheduler says to it. When the controller went away meanwhile, Error(unavailable) names the
  /// job that may be there all the same.
  [[nodiscard]] SubmissionResult submit(const RunDir& run, const Submission& submission) override;
  [[nodiscard]] std::optional<std::string> at_work(const RunDir& run) const override;
  /// Cancels every queued job of the run, the aggregate included.
  [[nodiscard]] Cancelled cancel(const RunDir& run, std::chrono::milliseconds timeout) override;

  /// array.sbatch and aggregate.sbatch, or the person's own. Throws Error(missing).
  [[nodiscard]] std::vector<std::filesystem::path> scripts() const;
  /// Elements and ranks for `work`: as wished, but no more elements than the site lets one user
  /// queue. Slurm has said that it would take them (test()); throws as test().
  [[nodiscard]] Geometry fit(const RunDir& run, const IntervalSet& work, const GeometryWish& wish);

 private:
  [[nodiscard]] Geometry geometry(std::uint64_t items, const GeometryWish& wish) const;
  [[nodiscard]] SlurmSubmission shared(const RunDir& run, const Submission& submission) const;
  [[nodiscard]] std::string queue(const SlurmSubmission& common, const Command& command,
                                  const JobName& name) const;
  [[nodiscard]] SlurmSubmission kept(const RunDir& run, const Submission& submission) const;
  void take_back(const std::vector<std::string>& jobs) const;
  [[nodiscard]] std::vector<ArrayPart> parts(const Submission& submission) const;
  [[nodiscard]] SiteLimits limits() const;
  void guess_limits() const;
  [[nodiscard]] std::vector<std::string> live_jobs(const RunDir& run, std::size_t& tasks) const;
  void look_at_queue(const RunDir& run, std::uint32_t number, SubmissionResult& result) const;

  const Plan& plan_;
  SubmitSpec spec_;
  SlurmClient client_;
  mutable std::optional<SiteLimits> limits_;  // asked for once
};

/// The user who owns the run directory: whose jobs they are. Throws Error(missing | io).
[[nodiscard]] uid_t run_owner(const RunDir& run);
/// run_token() of the run at its canonical path.
[[nodiscard]] std::string token_of(const RunDir& run, const Digest& plan);

}  // namespace tally::launcher
