#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/plan/process_identity.hpp"
#include "core/plan/run_dir.hpp"
#include "core/plan/submission.hpp"
#include "launcher/process.hpp"

namespace tally::launcher {

/// How one element of a submission ended.
struct ElementResult {
  ElementId element;
  int code = 75;             ///< Exit code of `tally element`, 75 when it never started.
  std::uint32_t starts = 0;  ///< How often it was started.
};

/// How a submission ended.
struct SubmissionResult {
  std::vector<ElementResult> elements;
  bool stopped = false;  ///< A stop signal came.
  /// The 64, 65, 66 or 78 of an element: the input is wrong, so the others were stopped too.
  std::optional<int> abort_code;
  /// Jobs that a scheduler has now: the submission has not ended, `elements` is empty.
  std::vector<std::string> jobs;
  std::vector<std::string> warnings;  ///< Of the scheduler: what will not start or work, and why.
  bool stuck = false;                 ///< A job will never start.
};

/// What cancel() met.
enum class Cancelled { nothing_running, ended, still_ending };

/// Where elements run. Rendering is pure, submitting is separate.
class Backend {
 public:
  virtual ~Backend() = default;
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  /// The commands that submit() would run.
  [[nodiscard]] virtual std::vector<Command> render(const RunDir& run,
                                                    const Submission& submission) const = 0;
  /// Runs the submission to its end, or hands it to a scheduler.
  /// Throws Error(missing | io | unavailable | config).
  [[nodiscard]] virtual SubmissionResult submit(const RunDir& run,
                                                const Submission& submission) = 0;
  /// What is at work or queued for `run`, in words; nullopt when nothing is, as far as can be seen
  /// from here.
  [[nodiscard]] virtual std::optional<std::string> at_work(const RunDir& run) const = 0;
  /// Ends it gracefully and waits. Throws Error(unavailable) when it is out of reach, Error(io).
  [[nodiscard]] virtual Cancelled cancel(const RunDir& run, std::chrono::milliseconds timeout) = 0;
};

}  // namespace tally::launcher
