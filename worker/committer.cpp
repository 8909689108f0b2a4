#include "worker/committer.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"

namespace tally::worker {

namespace {

// Adding waits when this many times the bounds are in memory.
constexpr std::uint64_t kBacklog = 4;

}  // namespace

Committer::Committer(RunDir run, ShardOrigin origin, CommitterOptions options, Counters& counters,
                     std::function<void()> on_failure)
    : run_(std::move(run)),
      origin_(std::move(origin)),
      options_(options),
      counters_(counters),
      on_failure_(std::move(on_failure)),
      thread_([this] { this->run(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    quit_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::size_t Committer::group(const std::vector<std::string>& metric_names) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i]->metric_names == metric_names) return i;
  }
  auto group = std::make_unique<Group>();
  group->metric_names = metric_names;
  for (RecordBatch* const batch : {&group->waiting, &group->spare}) {
    batch->metric_names = metric_names;
    batch->metrics.resize(metric_names.size());
  }
  groups_.push_back(std::move(group));
  return groups_.size() - 1;
}

void Committer::add(std::size_t group, std::span<const Record> records) {
  if (records.empty()) return;
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] {
    return failure_ || (waiting_bytes_ < kBacklog * options_.bytes &&
                        added_ - settled_ < kBacklog * options_.records);
  });
  if (failure_) std::rethrow_exception(failure_);
  const bool first = waiting_bytes_ == 0;
  if (first) oldest_ = std::chrono::steady_clock::now();
  RecordBatch& batch = groups_.at(group)->waiting;
  const std::size_t before = batch.bytes();
  for (const Record& record : records) batch.add(record);
  waiting_bytes_ += batch.bytes() - before;
  added_ += records.size();
  if (first || due_locked()) wake_.notify_one();
}

void Committer::hurry() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
}

bool Committer::flush(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const std::uint64_t goal = added_;
  now_ = true;
  wake_.notify_all();
  const bool settled = done_.wait_for(lock, limit, [&] { return failure_ || settled_ >= goal; });
  if (failure_) std::rethrow_exception(failure_);
  return settled;
}

bool Committer::due_locked() const {
  if (added_ == settled_) return false;
  return now_ || stopping_ || waiting_bytes_ >= options_.bytes ||
         added_ - settled_ >= options_.records ||
         std::chrono::steady_clock::now() >= oldest_ + options_.interval;
}

void Committer::run() {
  std::unique_lock lock(mutex_);
  while (!quit_ && !failure_) {
    if (due_locked()) {
      cycle(lock);
    } else if (added_ == settled_) {
      now_ = false;
      wake_.wait(lock);
    } else {
      wake_.wait_until(lock, oldest_ + options_.interval);
    }
  }
}

// Swaps the buffers, commits them unlocked, and acknowledges only after all are durable.
void Committer::cycle(std::unique_lock<std::mutex>& lock) {
  now_ = false;
  const std::uint64_t goal = added_;
  const std::uint64_t items = goal - settled_;
  std::vector<Group*> full;
  for (const auto& group : groups_) {
    if (group->waiting.size() == 0) continue;
    std::swap(group->waiting, group->spare);
    full.push_back(group.get());
  }
  waiting_bytes_ = 0;
  std::exception_ptr failure;
  lock.unlock();
  try {
    for (Group* const group : full) commit(*group);
    counters_.add_committed(items);
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  failure_ = failure;
  if (!failure) settled_ = goal;
  done_.notify_all();
  if (failure && !on_failure_) return;
  lock.unlock();
  if (failure) {
    on_failure_();
  } else {
    for (Group* const group : full) fold(*group);
  }
  lock.lock();
}

void Committer::commit(Group& group) {
  CommittedShard shard;
  try {
    shard = commit_shard(run_, origin_, sequence_, group.spare);
  } catch (const Error& error) {
    if (error.code() != Errc::io) throw;
    spdlog::warn("commit failed, one more try: {}", error.what());
    shard = commit_shard(run_, origin_, sequence_, group.spare);
  }
  ++sequence_;
  group.spare.clear();
  note_small(group, shard);
}

void Committer::note_small(Group& group, const CommittedShard& shard) {
  if (!shard.name.empty() && shard.unpacked <= options_.fold_bytes / 2)
    group.small.push_back({shard.name, shard.unpacked});
}

// Folding only keeps the number of files bounded: a failure costs nothing but a try later, and a
// stop has no time for it.
void Committer::fold(Group& group) {
  if (group.small.size() < options_.fold_count * (group.failed_folds + 1)) return;
  const auto by_size = [](const Small& a, const Small& b) { return a.unpacked < b.unpacked; };
  std::stable_sort(group.small.begin(), group.small.end(), by_size);
  std::uint64_t bytes = 0;
  std::vector<std::string> names;
  for (const Small& small : group.small) {
    bytes += small.unpacked;
    if (bytes > options_.fold_bytes) break;
    names.push_back(small.name);
  }
  try {
    const CommittedShard shard =
        fold_shards(run_, origin_, sequence_, names, [this] { return stopping_.load(); });
    if (shard.name.empty() && stopping_) return;
    ++sequence_;
    group.failed_folds = 0;
    group.small.erase(group.small.begin(),
                      group.small.begin() + static_cast<std::ptrdiff_t>(names.size()));
    note_small(group, shard);
  } catch (const std::exception& error) {
    ++group.failed_folds;
    spdlog::warn("folding {} shards failed, they stay as they are: {}", names.size(), error.what());
  }
}

}  // namespace tally::worker
