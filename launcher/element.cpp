#include "launcher/element.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/plan/progress.hpp"
#include "launcher/children.hpp"
#include "launcher/element_work.hpp"
#include "launcher/log_excerpt.hpp"
#include "launcher/programs.hpp"
#include "launcher/signal_inbox.hpp"
#include "launcher/supervision.hpp"
#include "launcher/worker_command.hpp"

// One element, in order: 1) ask the coverage what is left, leave if nothing is; 2) start the ranks;
// 3) wait (supervision.hpp); 4) end and reap what is still there; 5) ask the coverage again: it
// alone decides about 0. mpirun's code only tells errors apart.

namespace tally::launcher {
namespace {

/// Appends to a log; closed at the end.
class LogFile {
 public:
  explicit LogFile(const std::filesystem::path& path)
      : fd_(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) {
    if (fd_ < 0) throw errno_error(Errc::io, "open log", path, errno);
  }
  ~LogFile() { ::close(fd_); }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] std::uint64_t size() const {
    return static_cast<std::uint64_t>(::lseek(fd_, 0, SEEK_END));
  }

 private:
  int fd_;
};

void follow_parent(pid_t parent) {
  if (parent == 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  if (::getppid() != parent) ::raise(SIGTERM);  // it was gone before we asked
}

/// How one start of the ranks went.
struct RanksEnd {
  ExitStatus status;
  bool stopped = false;           // by a signal to us
  std::vector<std::string> lost;  // a line for each lost rank
};

/// Runs the ranks once.
RanksEnd run_ranks(SignalInbox& inbox, const ElementWork& work, const ElementOptions& options) {
  const std::uint32_t ranks = options.ranks > 0 ? options.ranks : work.ranks;
  const Command command = worker_command(sibling_program("tally-worker"), work.run, options.element,
                                         ranks, ::geteuid() == 0);
  const std::filesystem::path log_path = element_log(work.run, options.element);
  const LogFile log(log_path);
  const std::uint64_t log_start = log.size();
  Supervision supervision(inbox, options.element, start_process(command, {log.fd(), log.fd()}),
                          ranks, options.grace);
  const ExitStatus status = supervision.wait();
  const bool stopped = supervision.stopping();
  end_children({}, stopped ? std::chrono::seconds(0) : options.grace);
  if (status.code != 0 || status.signal != 0) {
    std::string shown;
    for (const std::string& line : log_excerpt(log_path, log_start, stopped)) {
      shown.append("\n  ").append(line);
    }
    if (!shown.empty()) {
      spdlog::error("element {}: from {}:{}", options.element.value(), log_path.string(), shown);
    }
  }
  return {status, stopped, supervision.lost()};
}

const char* last_state(int code) {
  if (code == 0) return "done";
  return code == static_cast<int>(Errc::incomplete) ? "incomplete" : "failed";
}

/// The last word about the element, from us when rank 0 cannot have it: it does not know who was
/// lost, or is lost itself. No process is left by now, so whatever is not over has ended.
void close_progress(const ElementWork& work, const std::vector<std::string>& lost, int code) {
  auto progress = read_progress(work.run, work.element);
  if (!progress || (is_over(*progress) && lost.empty())) return;
  if (!is_over(*progress)) progress->state = last_state(code);
  for (const std::string& line : lost) {
    if (!progress->message.empty()) progress->message += "; ";
    progress->message += line;
  }
  write_progress(work.run, *progress);
}

}  // namespace

int unfinished_code(const ExitStatus& status) {
  switch (static_cast<Errc>(status.code)) {
    case Errc::usage:
    case Errc::data:
    case Errc::missing:
    case Errc::unavailable:
    case Errc::internal:
    case Errc::io:
    case Errc::config:
      return status.code;
    case Errc::incomplete:
      break;
  }
  return static_cast<int>(Errc::incomplete);
}

int run_element(const ElementOptions& options) {
  SignalInbox inbox;  // first: a stop signal must not end us before we can hand it on
  adopt_orphans();
  follow_parent(options.parent);
  const ElementWork work = load_element_work(options.run, options.element);
  if (work.left().empty()) {
    spdlog::info("element {}: nothing to do", options.element.value());
    return 0;
  }
  while (const auto signal = inbox.wait(std::chrono::milliseconds(0))) {
    if (is_stop_signal(*signal)) return static_cast<int>(Errc::incomplete);
  }
  const auto [status, stopped, lost] = run_ranks(inbox, work, options);
  const std::uint64_t left = work.left().size();
  const int code = left == 0 ? 0 : unfinished_code(status);
  // Nothing left: who ended early had nothing to do any more.
  close_progress(work, left == 0 ? std::vector<std::string>() : lost, code);
  if (left == 0) return 0;
  spdlog::warn("element {}: {} of {} items are left to do{}; the ranks ended with {}",
               options.element.value(), left, work.items.size(), stopped ? " after a stop" : "",
               status.text());
  return code;
}

}  // namespace tally::launcher
