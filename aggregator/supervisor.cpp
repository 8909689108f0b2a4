#include "aggregator/supervisor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <set>
#include <system_error>

extern "C" {  // glibc 2.36 forgets it
#include <sys/pidfd.h>
}

#include "aggregator/child.hpp"
#include "aggregator/outputs/publish.hpp"
#include "aggregator/quarantine.hpp"
#include "aggregator/shard_channel.hpp"
#include "core/base/descriptor.hpp"
#include "core/base/error.hpp"
#include "core/base/missed_time.hpp"

namespace tally::aggregator {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kIncomplete = static_cast<int>(Errc::incomplete);
constexpr int kInternal = static_cast<int>(Errc::internal);
constexpr int kLooks = 8;  // at the board, while our patience lasts
constexpr std::chrono::milliseconds kLockLook{200};

/// Stop signals as something to poll, while it lives.
class StopSignals {
 public:
  StopSignals() {
    sigset_t stops;
    ::sigemptyset(&stops);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&stops, signal);
    ::pthread_sigmask(SIG_BLOCK, &stops, &before_);
    fd_ = Descriptor(::signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_.valid()) throw errno_error(Errc::unavailable, "signalfd", {}, errno);
  }
  ~StopSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] const sigset_t& before() const noexcept { return before_; }
  [[nodiscard]] std::string name() const {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != sizeof info) return "a signal";
    const char* const text = ::sigabbrev_np(static_cast<int>(info.ssi_signo));
    return fmt::format("SIG{}", text == nullptr ? "?" : text);
  }
  /// Whether one is there by then.
  [[nodiscard]] bool come_within(std::chrono::milliseconds time) const {
    pollfd polled{fd_.get(), POLLIN, 0};
    return ::poll(&polled, 1, static_cast<int>(time.count())) > 0;
  }

 private:
  sigset_t before_{};
  Descriptor fd_;
};

struct Child {
  pid_t pid = -1;
  Descriptor ended;  // readable when it has
  Descriptor board;
};

void check_spawn(int error, const char* doing) {
  if (error != 0) throw errno_error(Errc::unavailable, doing, {}, error);
}

Descriptor make_board() {
  Descriptor board(::memfd_create("tally-shard", MFD_CLOEXEC));
  if (!board.valid() || ::ftruncate(board.get(), sizeof(ShardBoard)) != 0)
    throw errno_error(Errc::io, "make the board", {}, errno);
  return board;
}

/// posix_spawn, with board and lock as kBoardFd and kLockFd.
Child start(const std::vector<std::string>& command, const Descriptor& lock,
            const sigset_t& signals) {
  Child child{-1, Descriptor(), make_board()};
  // Moved out of the way of the numbers that the child gets, so no dup2 meets its own source.
  const Descriptor far_board(::fcntl(child.board.get(), F_DUPFD_CLOEXEC, 10));
  const Descriptor far_lock(::fcntl(lock.get(), F_DUPFD_CLOEXEC, 10));
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&files, far_board.get(), kBoardFd);
  ::posix_spawn_file_actions_adddup2(&files, far_lock.get(), kLockFd);
  ::posix_spawnattr_setsigmask(&attributes, &signals);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const int error =
      ::posix_spawn(&child.pid, arguments[0], &files, &attributes, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  check_spawn(error, "start the child");
  child.ended = Descriptor(::pidfd_open(child.pid, 0));
  if (!child.ended.valid()) {
    const int why = errno;
    ::kill(child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
    throw errno_error(Errc::unavailable, "watch the child", {}, why);
  }
  return child;
}

int reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// What the child says on the board.
class BoardReader {
 public:
  explicit BoardReader(const Descriptor& board) : board_(board) {}

  /// `waited`: the longest since the last look, unless we were suspended.
  void look(Clock::duration waited) {
    const auto now = Clock::now();
    since_ = put_off(since_, missed_.in_round(now, waited), now);
    // By a call, not by a mapping: whatever a broken child does to the file, we only read zeros.
    std::array<char, sizeof(ShardBoard)> bytes{};
    static_cast<void>(::pread(board_.get(), bytes.data(), bytes.size(), 0));
    std::uint64_t turn = 0;
    std::memcpy(&turn, bytes.data() + offsetof(ShardBoard, turn), sizeof turn);
    if (turn != turn_) since_ = now;
    turn_ = turn;
    shard_.reset();
    bytes.back() = '\0';
    if (turn % 2 == 1) shard_ = bytes.data() + offsetof(ShardBoard, shard);
  }
  /// The shard that is being parsed.
  [[nodiscard]] const std::optional<std::string>& shard() const noexcept { return shard_; }
  /// When something new was last seen, put off by what we missed since.
  [[nodiscard]] Clock::time_point since() const noexcept { return since_; }

 private:
  const Descriptor& board_;
  std::uint64_t turn_ = 0;
  std::optional<std::string> shard_;
  Clock::time_point since_ = Clock::now();
  MissedTime missed_{since_};
};

enum class Ending { by_itself, too_silent, told_to_stop };

/// Watches until the child ends, is on one shard for too long, or a stop signal comes.
Ending watch(const Child& child, const StopSignals& stops, std::chrono::milliseconds patience,
             BoardReader& board) {
  const auto wait = std::max(patience / kLooks, std::chrono::milliseconds(1));
  std::array<pollfd, 2> polled{{{child.ended.get(), POLLIN, 0}, {stops.fd(), POLLIN, 0}}};
  while (true) {
    if (::poll(polled.data(), polled.size(), static_cast<int>(wait.count())) < 0 && errno != EINTR)
      throw errno_error(Errc::unavailable, "poll", {}, errno);
    board.look(wait);
    if (polled[1].revents != 0) return Ending::told_to_stop;
    if (polled[0].revents != 0) return Ending::by_itself;
    if (board.shard() && Clock::now() - board.since() >= patience) return Ending::too_silent;
  }
}

int stopped_by(const StopSignals& stops) {
  spdlog::warn("stopped by {}: nothing was published", stops.name());
  return kIncomplete;
}

/// One child from start to end. The exit code, or nothing when another one is to follow. `suspects`
/// are the shards that a child died on before: once may be the out-of-memory killer or an
/// administrator, and an innocent shard holds committed work.
std::optional<int> run_one(const RunDir& run, const Supervision& supervision,
                           const Descriptor& lock, const StopSignals& stops,
                           std::set<std::string>& suspects) {
  const bool is_first = suspects.empty() || supervision.again.empty();
  const Child child =
      start(is_first ? supervision.command : supervision.again, lock, stops.before());
  BoardReader board(child.board);
  const Ending ending = watch(child, stops, supervision.patience, board);
  if (ending == Ending::too_silent) ::kill(child.pid, SIGKILL);
  if (ending == Ending::told_to_stop) ::kill(child.pid, SIGKILL);
  const int status = reap(child.pid);
  if (ending == Ending::told_to_stop) return stopped_by(stops);
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  const int signal = WTERMSIG(status);
  const char* const name = ::sigabbrev_np(signal);
  const std::string how =
      ending == Ending::too_silent
          ? fmt::format("the reader was silent for {} ms", supervision.patience.count())
          : fmt::format("the reader died by SIG{}", name == nullptr ? "?" : name);
  if (!board.shard() && signal == SIGKILL) {  // from outside: out of memory, say
    spdlog::error("{}: run it again", how);
    return kIncomplete;
  }
  if (!board.shard()) {
    spdlog::critical("bug: {} outside of any shard", how);
    return kInternal;
  }
  if (suspects.insert(*board.shard()).second) {
    spdlog::warn("{}: {} while it read this shard: one more try", *board.shard(), how);
    return std::nullopt;
  }
  quarantine_shard(run, *board.shard(), fmt::format("{} while it read this shard", how));
  return std::nullopt;
}

/// Waits until no other aggregator is at work; the exit code if we give up. It may have listed the
/// shards before the last of them came, so what it publishes need not be what we were started for.
std::optional<int> wait_for_turn(const Descriptor& lock, const std::filesystem::path& path,
                                 const StopSignals& stops, std::chrono::milliseconds patience) {
  WaitLimit limit(Clock::now(), patience, kLockLook);
  for (bool said = false; ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0; said = true) {
    if (errno != EWOULDBLOCK) throw errno_error(Errc::io, "lock", path, errno);
    if (limit.left(Clock::now()) <= Clock::duration::zero()) {
      spdlog::error("{}: another aggregator is at work", path.string());
      return kIncomplete;
    }
    if (!said) spdlog::warn("{}: another aggregator is at work: waiting for it", path.string());
    if (stops.come_within(kLockLook)) return stopped_by(stops);
  }
  return std::nullopt;
}

}  // namespace

int supervise(const RunDir& run, const Supervision& supervision) {
  std::error_code failed;
  std::filesystem::create_directory(run.results(), failed);
  if (failed) throw errno_error(Errc::io, "mkdir", run.results(), failed.value());
  const auto path = run.results() / ".lock";
  const Descriptor lock = Descriptor::open(path, O_RDWR | O_CREAT, 0644);
  if (!lock.valid()) throw errno_error(Errc::io, "open", path, errno);
  const StopSignals stops;
  std::optional<int> code = wait_for_turn(lock, path, stops, supervision.lock_patience);
  if (code) return *code;
  remove_leftovers(run);
  std::set<std::string> suspects;
  while (!code) code = run_one(run, supervision, lock, stops, suspects);
  remove_unfinished(run.results());
  return *code;
}

}  // namespace tally::aggregator
