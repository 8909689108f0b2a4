#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/missed_time.hpp"
#include "core/plan/process_identity.hpp"
#include "worker/ledger.hpp"
#include "worker/monitor.hpp"
#include "worker/mpi/dealer.hpp"
#include "worker/roles.hpp"

namespace tally::worker {

namespace {

constexpr int kIncomplete = static_cast<int>(Errc::incomplete);
// After a stop the other ranks have their grace and a last commit; then we do not wait any more.
constexpr std::chrono::seconds kStopWait{10};
constexpr std::chrono::seconds kLastCommit{60};

// What a stop sets off besides the commit, as long as this lives.
class StopHook {
 public:
  StopHook(RankState& state, std::function<void()> action) : state_(state) {
    state_.on_stop(std::move(action));
  }
  ~StopHook() { state_.on_stop({}); }
  StopHook(const StopHook&) = delete;
  StopHook& operator=(const StopHook&) = delete;

 private:
  RankState& state_;
};

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000.0));
}

std::unique_ptr<Ledger> make_ledger(const RankWork& work) {
  DealOptions dealing;
  dealing.ranks = static_cast<std::size_t>(work.session.size());
  dealing.chunk = work.options.chunk;
  LedgerOptions options;
  options.hang = work.start.plan.retry.hang;
  const std::vector<Ordinal> cuts = model_cuts(work.start.plan);
  return std::make_unique<Ledger>(Deal(work.start.work, cuts, dealing), work.names, options,
                                  Ledger::Clock::now());
}

Progress first_progress(const RankWork& work) {
  Progress progress;
  progress.element = work.start.element;
  progress.attempt = work.start.attempt;
  progress.host = host_name();
  progress.pid = ::getpid();
  progress.start_ticks = own_identity().start_ticks;
  progress.ranks = static_cast<std::uint32_t>(work.session.size());
  progress.planned = work.start.work.size();
  return progress;
}

// Until every rank has committed and said so, or is lost. Never for ever, nor beside a dead one.
void wait_for_others(const RankWork& work, const Ledger& ledger) {
  constexpr std::chrono::milliseconds kRound{2};
  std::optional<WaitLimit> patience;
  while (!ledger.over()) {
    work.state.check_failure();
    const auto now = Ledger::Clock::now();
    if (work.state.stop().requested() && !patience) {
      patience.emplace(now, milliseconds(work.options.grace_seconds) + kStopWait, kRound);
    }
    if (work.state.stop().alone() || (patience && patience->left(now) <= kRound.zero())) return;
    std::this_thread::sleep_for(kRound);
  }
}

// All ranks together, or not at all: false leaves the session unfinished, and the caller aborts.
void meet(const RankWork& work, const Ledger& ledger, Dealer* dealer) {
  if (!ledger.over()) return;
  if (dealer != nullptr) dealer->finish();
  if (ledger.any_lost()) return;
  if (dealer == nullptr || work.comm->barrier(kBarrier)) work.session.set_met();
}

int verdict(const RankWork& work) {
  const Start& start = work.start;
  const Coverage now = read_coverage(start.run, start.digest, Trust::headers, &start.items);
  const IntervalSet missing = now.to_do(start.plan).intersected(start.items);
  if (missing.empty()) {
    spdlog::info("element {}: complete, {} items", start.element.value(), start.items.size());
    return 0;
  }
  spdlog::warn("element {}: {} of {} items are to be done", start.element.value(), missing.size(),
               start.items.size());
  return kIncomplete;
}

}  // namespace

int lead(const RankWork& work) {
  RankState& state = work.state;
  const auto ledger = make_ledger(work);
  std::unique_ptr<Dealer> dealer;
  if (work.comm != nullptr) {
    dealer = std::make_unique<Dealer>(
        *work.comm, *ledger,
        Dealer::Events{.on_stop_asked = [&] { state.watch().trigger("another rank stops"); },
                       .on_failure = [&](std::exception_ptr failure) { state.fail(failure); }});
  }
  const StopHook hook(state, [&] {
    ledger->stop();
    if (dealer) dealer->stop_all();
  });
  Monitor monitor(work.start.run, first_progress(work), *ledger, state.counters(), state.stop(),
                  [&] { state.commit_and_end(kLastCommit); });
  spdlog::info("element {}, attempt {}: {} of {} items to do, {} ranks", work.start.element.value(),
               work.start.attempt.value(), work.start.work.size(), work.start.items.size(),
               work.session.size());
  work.runner.probe(work.start.work);
  LocalSource source(*ledger, state.counters(), state.stop());
  work.runner.run(source);
  state.watch().release();
  work.runner.on_complete();
  state.check_failure();
  ledger->leave(0, state.counters().snapshot());
  wait_for_others(work, *ledger);
  meet(work, *ledger, dealer.get());
  const int code = ledger->any_lost() || !work.session.may_return() ? kIncomplete : verdict(work);
  monitor.finish(code == 0 ? "done" : "incomplete");
  return code;
}

}  // namespace tally::worker
