#include "launcher/progress_view.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "launcher/run_status.hpp"

namespace tally::launcher {
namespace {

constexpr unsigned kBarWidth = 30;

double share(const ProgressTotals& totals) {
  return totals.total == 0 ? 1.0
                           : static_cast<double>(totals.done) / static_cast<double>(totals.total);
}

}  // namespace

ProgressTotals add_up(const Submission& submission, const std::vector<Progress>& progress) {
  ProgressTotals totals;
  for (const IntervalSet& items : submission.elements) totals.total += items.size();
  for (const Progress& entry : progress) {
    if (entry.element.value() >= submission.elements.size()) continue;
    const std::uint64_t items = submission.elements[entry.element.value()].size();
    // A second start of an element plans only what the first left over.
    const std::uint64_t before = items - std::min(items, entry.planned);
    totals.done += std::min(items, before + entry.done);
    if (entry.state != "running" && entry.state != "stopping") continue;
    ++totals.running;
    totals.rate += entry.rate;
  }
  return totals;
}

std::string progress_line(const ProgressTotals& totals) {
  // Rounded down: 100.0% is said of a whole only.
  const auto tenths = static_cast<std::uint64_t>(share(totals) * 1000.0);
  std::string line =
      fmt::format("{}/{} items ({}.{}%)", totals.done, totals.total, tenths / 10, tenths % 10);
  if (totals.running == 0) return line;
  const double left = static_cast<double>(totals.total - totals.done);
  line += fmt::format(", {:.1f}/s, {} left, {} running", totals.rate,
                      duration_text(totals.rate > 0.0 ? left / totals.rate : -1.0), totals.running);
  return line;
}

std::string progress_bar(const ProgressTotals& totals, unsigned width) {
  const auto full = static_cast<std::size_t>(share(totals) * width);
  std::string bar(full, '#');
  bar.append(width - full, '.');
  return fmt::format("[{}] {}", bar, progress_line(totals));
}

ProgressPrinter::ProgressPrinter(const RunDir& run, const Submission& submission)
    : run_(run),
      submission_(submission),
      terminal_(::isatty(STDERR_FILENO) == 1),
      every_(terminal_ ? 500 : 5000),
      next_(std::chrono::steady_clock::now() + every_) {}

void ProgressPrinter::tick() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + every_;
  print();
}

void ProgressPrinter::print() {
  const ProgressTotals totals = add_up(submission_, read_progress(run_));
  std::string line = terminal_ ? progress_bar(totals, kBarWidth) : progress_line(totals);
  if (line == last_) return;
  last_ = std::move(line);
  if (terminal_) {
    std::fputs(fmt::format("\r\033[K{}", last_).c_str(), stderr);  // clears the line
  } else {
    std::fputs(fmt::format("{}\n", last_).c_str(), stderr);
  }
  std::fflush(stderr);
}

void ProgressPrinter::finish() {
  print();
  if (terminal_ && !last_.empty()) std::fputs("\n", stderr);
}

}  // namespace tally::launcher
