#include "launcher/run_logs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/plan/submission.hpp"
#include "launcher/slurm/submit_record.hpp"
#include "launcher/worker_command.hpp"

namespace tally::launcher {

std::filesystem::path log_of(const RunDir& run, ElementId element) {
  const Submission submission = read_last_submission(run);
  const std::uint32_t index = element.value();
  if (index >= submission.elements.size()) {
    throw Error(Errc::usage, fmt::format("found element {}, expected 0..{} (submission {})", index,
                                         submission.elements.size() - 1, submission.number));
  }
  if (submission.backend != "slurm") return element_log(run, element);
  if (const auto record = read_submit_record(run, submission.number)) {
    for (const SubmitRecord::Array& array : record->arrays) {
      if (index < array.offset || index - array.offset >= array.count) continue;
      return run.logs() / fmt::format("{}_{}.log", array.job, index - array.offset);
    }
  }
  throw Error(Errc::missing, "found no record of what was queued, expected one by `tally launch`",
              {run.submit(), {}, 0});
}

std::vector<std::filesystem::path> all_logs(const RunDir& run) {
  std::vector<std::filesystem::path> logs;
  std::error_code failed;
  for (std::filesystem::directory_iterator it(run.logs(), failed), end; !failed && it != end;
       it.increment(failed)) {
    if (it->path().extension() == ".log") logs.push_back(it->path());
  }
  if (failed) throw errno_error(Errc::io, "list", run.logs(), failed.value());
  std::ranges::sort(logs);
  return logs;
}

}  // namespace tally::launcher
