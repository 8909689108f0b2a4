#include "worker/scorers/line_child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/missed_time.hpp"

// A pipe each way and one for stderr, all our ends non-blocking: one loop writes what the child
// takes and reads what it says, so neither waits for the other with a full pipe. The child's death
// is asked for each time round, because a grandchild may hold the pipes open.

namespace tally::worker {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kSlice{50};        // a stop or a death is seen within
constexpr milliseconds kTimeToEnd{1000};  // after stdin was closed
constexpr milliseconds kToDie{2000};      // after the end of its stdout
constexpr std::size_t kMaxErrorLine = 4096;

struct Pipe {
  Descriptor read, write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw errno_error(Errc::unavailable, "pipe", {}, errno);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Descriptor without_blocking(Descriptor end) {
  if (::fcntl(end.get(), F_SETFL, O_NONBLOCK) != 0)
    throw errno_error(Errc::unavailable, "fcntl", {}, errno);
  return end;
}

// A write to a pipe that nobody reads sends SIGPIPE to the thread: held back, and taken away.
ssize_t write_quietly(int fd, std::string_view bytes) {
  sigset_t pipe;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
  const ssize_t written = ::write(fd, bytes.data(), bytes.size());
  const int failed = errno;
  if (written < 0 && failed == EPIPE) {
    constexpr timespec kNow{};
    while (::sigtimedwait(&pipe, nullptr, &kNow) < 0 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = failed;
  return written;
}

// A rank's place in MPI is nothing to a scorer: a program linked with MPI would take itself for a
// rank, and scores could come to depend on the geometry.
bool is_of_mpi(std::string_view variable) {
  constexpr std::array<std::string_view, 5> kPrefixes{"OMPI_", "ORTE_", "PMIX_", "PMI_", "PRTE_"};
  return std::ranges::any_of(kPrefixes,
                             [&](std::string_view prefix) { return variable.starts_with(prefix); });
}

std::vector<char*> environment() {
  std::vector<char*> kept;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!is_of_mpi(*entry)) kept.push_back(*entry);
  kept.push_back(nullptr);
  return kept;
}

// The attributes and file actions of one spawn; owns both.
class Spawn {
 public:
  Spawn(int in, int out, int err) {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_init(&actions_);
    sigset_t none;
    ::sigemptyset(&none);
    sigset_t all;
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    ::posix_spawn_file_actions_adddup2(&actions_, in, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
  }
  ~Spawn() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  [[nodiscard]] pid_t start(std::vector<std::string> words) const {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const std::vector<char*> envp = environment();
    pid_t pid = -1;
    const int failed =
        ::posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv.data(), envp.data());
    if (failed == 0) return pid;
    const bool for_good = failed != EAGAIN && failed != ENOMEM && failed != EMFILE &&
                          failed != ENFILE && failed != EIO && failed != ETXTBSY;
    throw errno_error(for_good ? Errc::missing : Errc::unavailable, "start program", words[0],
                      failed);
  }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

// Whether it has ended; it stays a zombie, so its id and its group's remain its own.
std::optional<siginfo_t> end_of(pid_t pid) {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid == 0)
    return std::nullopt;
  return info;
}

// What can be read now. False at the end of the file.
bool read_into(std::string& text, Descriptor& from, std::size_t most) {
  std::array<std::byte, 65536> buffer;
  while (text.size() <= most) {
    const ssize_t got = read_some(from.get(), buffer);
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    text.append(reinterpret_cast<const char*>(buffer.data()), static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

LineChild::LineChild(Options options) : options_(std::move(options)) {
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  input_ = without_blocking(std::move(in.write));
  output_ = without_blocking(std::move(out.read));
  errors_ = without_blocking(std::move(err.read));
  pid_ = Spawn(in.read.get(), out.write.get(), err.write.get()).start(options_.argv);
}

LineChild::~LineChild() {
  static_cast<void>(input_.close());
  if (!broken_) give_time_to_end();
  ::kill(-pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  read_errors();
  if (!complaints_.empty() && options_.on_error_line) options_.on_error_line(complaints_);
}

void LineChild::give_time_to_end() {
  constexpr milliseconds kRound{10};
  WaitLimit patience(Clock::now(), kTimeToEnd, kRound);
  while (!end_of(pid_) && patience.left(Clock::now()) > milliseconds::zero()) {
    said_.clear();
    read_output();
    read_errors();
    wait(false, kRound / 2);
    // At the end of its stdout there is nothing to poll for but its death.
    if (!output_.valid()) std::this_thread::sleep_for(kRound / 2);
  }
}

LineChild::Answer LineChild::exchange(std::string_view request, milliseconds limit,
                                      const StopFlag& stop) {
  WaitLimit patience(Clock::now(), limit, kSlice);
  if (!input_.valid() && !request.empty()) return failed(Ending::ended);
  for (;;) {
    const bool gone = end_of(pid_).has_value();  // first: what it said is then all in the pipe
    pump(request);
    const bool over = gone || !output_.valid();
    if (has_line() && (request.empty() || over)) return take_line();
    if (!has_line() && said_.size() > options_.max_line) return failed(Ending::too_long);
    if (over) return failed(Ending::ended);
    if (stop.requested()) return failed(Ending::stopped);
    const auto left = std::chrono::ceil<milliseconds>(patience.left(Clock::now()));
    if (left.count() <= 0) return failed(Ending::timeout);
    wait(!request.empty(), std::min(left, kSlice));
  }
}

bool LineChild::quiet() {
  if (broken_ || !input_.valid() || end_of(pid_)) return false;
  read_output();
  read_errors();
  return output_.valid() && said_.empty();
}

std::string LineChild::last_words() const {
  const auto deadline = Clock::now() + kToDie;  // the end of stdout comes just before
  auto end = end_of(pid_);
  for (; !end && Clock::now() < deadline; end = end_of(pid_))
    std::this_thread::sleep_for(milliseconds(2));
  if (!end) return "closed its stdout";
  if (end->si_code == CLD_EXITED) return fmt::format("ended with exit code {}", end->si_status);
  return fmt::format("ended with signal {} ({})", end->si_status, ::strsignal(end->si_status));
}

void LineChild::pump(std::string_view& request) {
  if (!request.empty()) write_input(request);
  read_output();
  read_errors();
}

// Not beyond a whole line: a child that talks on without listening meets a full pipe.
void LineChild::read_output() {
  if (!output_.valid() || has_line()) return;
  if (!read_into(said_, output_, options_.max_line)) static_cast<void>(output_.close());
}

void LineChild::read_errors() {
  if (!errors_.valid()) return;
  if (!read_into(complaints_, errors_, std::size_t{1} << 20U)) static_cast<void>(errors_.close());
  std::string_view rest = complaints_;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const bool whole = end <= kMaxErrorLine;  // a longer one comes in parts
    if (!whole && rest.size() < kMaxErrorLine && errors_.valid()) break;
    const std::string_view part = rest.substr(0, whole ? end : kMaxErrorLine);
    if (options_.on_error_line) options_.on_error_line(part);
    rest.remove_prefix(part.size() + (whole ? 1 : 0));
  }
  complaints_.erase(0, complaints_.size() - rest.size());
}

void LineChild::write_input(std::string_view& request) {
  while (!request.empty()) {
    const ssize_t written = write_quietly(input_.get(), request);
    if (written >= 0) {
      request.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      if (errno == EAGAIN) return;
      static_cast<void>(input_.close());  // it does not listen; it may still have answered
      request = {};
    }
  }
}

void LineChild::wait(bool writing, milliseconds most) const {
  std::array<pollfd, 3> files{{{errors_.get(), POLLIN, 0},
                               {has_line() ? -1 : output_.get(), POLLIN, 0},
                               {writing ? input_.get() : -1, POLLOUT, 0}}};
  static_cast<void>(::poll(files.data(), files.size(), static_cast<int>(most.count())));
}

bool LineChild::has_line() const noexcept { return said_.find('\n') != std::string::npos; }

LineChild::Answer LineChild::take_line() {
  const std::size_t end = said_.find('\n');
  if (end > options_.max_line) return failed(Ending::too_long);
  Answer answer{Ending::line, said_.substr(0, end)};
  said_.erase(0, end + 1);
  return answer;
}

LineChild::Answer LineChild::failed(Ending ending) noexcept {
  broken_ = true;
  return {ending, {}};
}

}  // namespace tally::worker
