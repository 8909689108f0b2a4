#include "worker/scorers/code/judge.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace tally::worker {
namespace {

constexpr std::size_t kCallsOfProcess = 16;
constexpr std::size_t kMostLimits = 3;
constexpr std::size_t kMostSignals = 3;
constexpr std::chrono::milliseconds kShortSignalWait{50};

std::size_t unit_of(CodeDoc::Style style) {
  return style == CodeDoc::Style::stdio ? 1 : kCallsOfProcess;
}

// The one that counts: of loading, or of the last test.
TestResult& last_of(CodeRun& run) { return run.load ? *run.load : run.tests.back(); }

}  // namespace

struct Judge::Board {
  explicit Board(std::size_t tests) : results(tests) {}

  /// So many tests before this one met a limit that it is not run.
  [[nodiscard]] bool given_up(std::size_t test) {
    const std::lock_guard lock(mutex);
    const auto end = results.begin() + static_cast<std::ptrdiff_t>(test);
    const auto limits = std::count_if(results.begin(), end, [](const auto& result) {
      return result && met_limit(result->verdict);
    });
    return limits >= static_cast<std::ptrdiff_t>(kMostLimits);
  }
  void set(std::size_t test, TestResult result) {
    const std::lock_guard lock(mutex);
    results[test] = std::move(result);
  }
  /// The start of the next `unit` tests; nothing when there are no more.
  std::optional<std::size_t> take(std::size_t unit) {
    const std::lock_guard lock(mutex);
    if (next >= results.size() || failure) return std::nullopt;
    return std::exchange(next, next + unit);
  }
  /// A program was ended by a signal, and for all that is known not by one to the whole step.
  void note_signal() {
    const std::lock_guard lock(mutex);
    ++signals;
  }
  /// Who ends itself again and again would cost the whole wait for each test.
  [[nodiscard]] std::chrono::milliseconds signal_wait(std::chrono::milliseconds usual) {
    const std::lock_guard lock(mutex);
    return signals < kMostSignals ? usual : std::min(usual, kShortSignalWait);
  }
  void fail(std::exception_ptr error) {
    const std::lock_guard lock(mutex);
    if (!failure) failure = std::move(error);
  }

  std::mutex mutex;
  std::size_t next = 0;
  std::size_t signals = 0;
  std::exception_ptr failure;
  std::vector<std::optional<TestResult>> results;
};

CodeRun Judge::step(const CodeJob& job, std::size_t first, std::size_t end) const {
  return job.doc.style == CodeDoc::Style::stdio ? runner_.feed(job, first)
                                                : runner_.ask(job, first, end);
}

// A checker that ends without a word twice, while others do as they should: that is the answers.
CodeRun Judge::run_once(const CodeJob& job, std::size_t first, std::size_t end) const {
  CodeRun run = step(job, first, end);
  if (run.silent) run = step(job, first, end);
  if (run.silent && machine_.is_sound()) last_of(run).verdict = TestVerdict::error;
  return run;
}

void Judge::try_again(const CodeJob& job, std::size_t first, CodeRun& run) const {
  const auto repeat = [&](std::size_t test) {
    CodeRun again = run_once(job, test, test + 1);
    again.signalled = again.signalled || run.signalled;
    if (run.load) {
      run = std::move(again);  // who loads this time has passed or failed this one test, no more
      return;
    }
    run.tests.back() = std::move(last_of(again));
    run.slow = again.slow;
    run.waited = again.waited;
    run.paused = again.paused;
    run.killed = again.killed;
    run.signalled = again.signalled;
  };
  const std::size_t last = first + std::max<std::size_t>(run.tests.size(), 1) - 1;
  // Others of the same process had their share of its limits.
  if (last > first && met_limit(last_of(run).verdict)) repeat(last);
  // By itself, or by somebody who meant something else.
  if (run.killed) repeat(last);
  // By its own work, or by a pause.
  if (run.paused) repeat(last);
  bool slow_alone = false;
  if (run.slow && (run.waited || machine_.is_busy())) {
    const LoneTurn turn(stop_);
    repeat(last);
    slow_alone = run.slow;
  }
  last_of(run).starved = slow_alone || run.paused;
}

void Judge::run_unit(CodeJob job, Board& board, std::size_t first, std::size_t end) const {
  const std::chrono::milliseconds usual_wait = job.limits.signal_wait;
  while (first < end && !board.given_up(first)) {
    if (stop_.requested()) return;
    job.limits.signal_wait = board.signal_wait(usual_wait);
    CodeRun run = run_once(job, first, end);
    try_again(job, first, run);
    if (run.signalled) board.note_signal();
    if (run.load) {
      for (; first < end; ++first) board.set(first, *run.load);
      return;
    }
    for (TestResult& result : run.tests) board.set(first++, std::move(result));
    if (board.results[first - 1]->verdict == TestVerdict::broken) return;
  }
}

void Judge::run_units(const CodeJob& job, Board& board, std::size_t unit) const {
  try {
    while (const auto first = board.take(unit)) {
      run_unit(job, board, *first, std::min(*first + unit, board.results.size()));
    }
  } catch (...) {
    board.fail(std::current_exception());
  }
}

std::vector<TestResult> Judge::judge(const CodeJob& job) const {
  const std::size_t unit = unit_of(job.doc.style);
  Board board(test_count(job.doc));
  const std::size_t units = (board.results.size() + unit - 1) / unit;
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min<std::size_t>(workers_, units); ++i)
      others.emplace_back([&] { run_units(job, board, unit); });
    run_units(job, board, unit);
  }
  if (board.failure) std::rethrow_exception(board.failure);
  std::vector<TestResult> results;
  std::size_t limits = 0;
  for (std::optional<TestResult>& result : board.results) {
    if (limits >= kMostLimits) {
      results.push_back({TestVerdict::not_run, "not run: three tests before it met a limit"});
      continue;
    }
    if (!result) result = TestResult{TestVerdict::stopped, "stopped"};
    if (met_limit(result->verdict)) ++limits;
    results.push_back(std::move(*result));
  }
  return results;
}

}  // namespace tally::worker
