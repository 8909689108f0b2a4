#include "worker/rank_state.hpp"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/version.hpp"
#include "core/plan/process_identity.hpp"

namespace tally::worker {

namespace {

// After the grace there is no promise left to keep but this: what was recorded gets its chance.
constexpr std::chrono::seconds kLastCommit{5};

}  // namespace

RankState::RankState(std::chrono::milliseconds grace, std::function<void(int)> end_process,
                     std::function<void()> on_alone)
    : end_process_(std::move(end_process)),
      watch_(stop_, {.grace = grace,
                     .on_stop = [this] { stopped(); },
                     .on_overdue = [this] { commit_and_end(kLastCommit); },
                     .on_alone = std::move(on_alone)}) {}

RankState::~RankState() {
  std::shared_ptr<Committer> committer;
  {
    const std::lock_guard lock(mutex_);
    committer = std::move(committer_);
  }
  committer.reset();  // before the watch, which a failing commit calls
}

void RankState::open_committer(const Start& start, RankId rank) {
  const ShardOrigin origin{.run_id = start.plan.run_id,
                           .plan = start.digest,
                           .element = start.element,
                           .rank = rank,
                           .attempt = start.attempt,
                           .code_version = std::string(code_version()),
                           .host = host_name()};
  CommitterOptions options;
  options.interval = start.plan.commit.interval;
  options.records = start.plan.commit.records;
  auto committer = std::make_shared<Committer>(start.run, origin, options, counters_,
                                               [this] { watch_.trigger("commit failed"); });
  const std::lock_guard lock(mutex_);
  committer_ = std::move(committer);
  if (stop_seen_) committer_->hurry();
}

void RankState::on_stop(std::function<void()> action) {
  const std::lock_guard lock(mutex_);
  action_ = std::move(action);
  if (stop_seen_ && action_) action_();
}

void RankState::stopped() {
  const std::lock_guard lock(mutex_);
  stop_seen_ = true;
  if (committer_) committer_->hurry();
  if (action_) action_();
}

void RankState::fail(std::exception_ptr failure) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
  }
  watch_.trigger("a helper thread failed");
}

void RankState::check_failure() const {
  const std::lock_guard lock(mutex_);
  if (failure_) std::rethrow_exception(failure_);
}

void RankState::commit_and_end(std::chrono::milliseconds limit) noexcept {
  int code = static_cast<int>(Errc::incomplete);
  try {
    std::shared_ptr<Committer> committer;
    {
      const std::lock_guard lock(mutex_);
      committer = committer_;
    }
    if (committer != nullptr && !committer->flush(limit)) {
      spdlog::error("the last commit took too long: what it held has to be done again");
    }
    spdlog::warn("ended while an item was still running");
  } catch (const std::exception& error) {
    spdlog::error("the last commit failed: {}", error.what());
    code = static_cast<int>(Errc::io);
  }
  end_process_(code);
}

}  // namespace tally::worker
