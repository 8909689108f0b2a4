#include "launcher/element_work.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/plan/coverage.hpp"
#include "core/plan/submission.hpp"

namespace tally::launcher {

IntervalSet ElementWork::left() const {
  return read_coverage(run, plan.digest(), Trust::digests, &items).to_do(plan).intersected(items);
}

ElementWork load_element_work(const std::filesystem::path& run, ElementId element) {
  RunDir opened = RunDir::open(run);
  Submission submission = read_last_submission(opened);
  const std::uint32_t index = element.value();
  if (index >= submission.elements.size()) {
    throw Error(Errc::usage, fmt::format("found element {}, expected 0..{} (submission {})", index,
                                         submission.elements.size() - 1, submission.number));
  }
  Plan plan = load_plan(opened.plan());
  return {std::move(opened), std::move(plan), element, std::move(submission.elements[index]),
          submission.ranks};
}

}  // namespace tally::launcher
