#include "worker/sandbox/helper/supervisor.hpp"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "worker/sandbox/helper/cgroup.hpp"
#include "worker/sandbox/helper/execution.hpp"
#include "worker/sandbox/helper/oom_kills.hpp"
#include "worker/sandbox/helper/pipes.hpp"
#include "worker/sandbox/helper/process_tree.hpp"
#include "worker/sandbox/helper/seccomp_filter.hpp"
#include "worker/sandbox/helper/step_signal_watch.hpp"

namespace tally::worker {
namespace {

constexpr int client = STDIN_FILENO;
constexpr uid_t nobody = 65534;

[[noreturn]] void fail(const std::string& doing) {
  throw std::runtime_error(doing + ": " + std::strerror(errno));
}

/// Programs get their streams as 0..5: what we open must be above.
void occupy_low_descriptors() {
  ::close_range(3, ~0U, 0);
  while (true) {
    const int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0) fail("/dev/null");
    if (fd >= first_free_descriptor) {
      ::close(fd);
      return;
    }
  }
}

Descriptor copy_of_this_program() {
  const Descriptor from = Descriptor::open("/proc/self/exe", O_RDONLY);
  const Descriptor copy(::memfd_create("tally-sandbox", MFD_CLOEXEC));
  if (!from.valid() || !copy.valid()) fail("copy of tally-sandbox");
  std::array<std::byte, 256 << 10> buffer;
  for (ssize_t got = 0; (got = read_some(from.get(), buffer)) != 0;) {
    if (got < 0) fail("read tally-sandbox");
    errno = write_all(copy.get(), std::span(buffer).first(std::size_t(got)));
    if (errno != 0) fail("copy of tally-sandbox");
  }
  ::fchmod(copy.get(), 0555);
  // A file that is open for writing cannot be executed.
  Descriptor readable = Descriptor::open("/proc/self/fd/" + std::to_string(copy.get()), O_RDONLY);
  if (!readable.valid()) fail("copy of tally-sandbox");
  return readable;
}

void leave_root() {
  if (::geteuid() != 0) return;
  if (::setgroups(0, nullptr) != 0 || ::setresgid(nobody, nobody, nobody) != 0 ||
      ::setresuid(nobody, nobody, nobody) != 0) {
    fail("become uid 65534");
  }
}

void check(const SandboxJob& job) {
  const Program& program = job.program;
  const auto has_nul = [](const std::string& s) { return s.find('\0') != std::string::npos; };
  if (program.argv.empty() || program.argv[0].empty())
    throw std::runtime_error("argv: found nothing");
  for (const std::string& word : program.argv) {
    if (has_nul(word)) throw std::runtime_error("argv: found a NUL");
  }
  for (const auto& [name, content] : program.files) {
    if (name.empty() || name == "." || name == ".." || has_nul(name) ||
        name.find('/') != std::string::npos) {
      throw std::runtime_error("files: found \"" + name + "\", expected a file name");
    }
  }
  for (const std::string& folder : program.runtimes) {
    if (folder.size() < 2 || folder[0] != '/' || has_nul(folder)) {
      throw std::runtime_error("runtimes: found \"" + folder + "\", expected an absolute folder");
    }
  }
}

class Supervisor {
 public:
  explicit Supervisor(const std::string& bubblewrap) { means_.bubblewrap = bubblewrap; }

  void set_up() try {
    ::signal(SIGPIPE, SIG_IGN);
    hold_step_signals();
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    occupy_low_descriptors();
    join_cgroup();
    if (!means_.isolated()) return;
    helper_ = copy_of_this_program();
    means_.helper = helper_.get();
    leave_root();
    ::prctl(PR_SET_DUMPABLE, 0);
    for (Descriptor& filter : filters_) filter = seccomp_filter();
    means_.system = system_folders();
  } catch (const std::runtime_error& error) {
    problem_ = error.what();
  }

  int serve() {
    const KeepWaiting for_ever = [] { return true; };
    while (const auto frame = receive_frame(client, for_ever)) {
      if (frame->empty()) continue;  // a stop that came after the end
      const SandboxResponse response = answer(*frame);
      if (!means_.isolated()) clear();  // nothing else ends what a killed guard has left
      const bool sent = !client_gone_ && send_frame(client, encode(response), for_ever);
      clear();
      if (!sent) return 0;
    }
    return 0;
  }

 private:
  SandboxResponse answer(const std::string& frame) try {
    if (!problem_.empty()) throw std::runtime_error(problem_);
    const SandboxRequest request = decode_request(frame);
    check(request.job);
    if (request.candidate) check(*request.candidate);
    forget_step_signals();
    return request.candidate ? run_pair(request) : run_one(request);
  } catch (const std::exception& error) {
    SandboxResponse broken;
    broken.checker.problem = error.what();
    broken.candidate.problem = error.what();
    return broken;
  }

  Execution& start(const SandboxJob& job, std::array<Descriptor, 3> extra, std::size_t filter) {
    running_.push_back(std::make_unique<Execution>(means_, job, std::move(extra), rewound(filter)));
    return *running_.back();
  }

  void clear() {
    running_.clear();
    sweep();
  }

  SandboxResponse run_one(const SandboxRequest& request) {
    Execution& program = start(request.job, {}, 0);
    while (!program.done()) step({&program});
    SandboxResponse response;
    response.checker = program.finish();
    response.report = fence(program);
    return response;
  }

  [[nodiscard]] std::string fence(const Execution& program) const {
    if (program.in_cgroup()) return cgroups_->description();
    return "no delegated cgroup (" +
           (no_cgroup_.empty() ? "programs cannot be started in one" : no_cgroup_) + ")";
  }

  SandboxResponse run_pair(const SandboxRequest& request) {
    Pipe requests = make_pipe();
    Pipe answers = make_pipe();
    Pipe reports = make_pipe();
    Capture report(std::move(reports.read), request.job.limits.output);
    Execution& candidate = start(
        *request.candidate, {std::move(requests.read), std::move(answers.write), Descriptor()}, 1);
    Execution& checker =
        start(request.job,
              {std::move(answers.read), std::move(requests.write), std::move(reports.write)}, 0);
    while (!checker.done() || !candidate.done()) {
      step({&checker, &candidate}, &report);
      if (report.overflowed()) checker.end(Ending::output_limit);
      if (checker.done()) candidate.end(Ending::stopped);
    }
    SandboxResponse response;
    response.checker = checker.finish();
    response.candidate = candidate.finish();
    report.pump();
    if (report.overflowed() && response.checker.ending == Ending::exited) {
      response.checker.ending = Ending::output_limit;
      response.checker.status = 0;
    }
    response.report = std::move(report.text());
    return response;
  }

  /// Waits until something moves, and moves it. When the worker is gone, all ends as when it asks.
  void step(std::initializer_list<Execution*> executions, Capture* report = nullptr) {
    std::vector<pollfd> polled{{client_gone_ ? -1 : client, POLLIN, 0}};
    auto due = Execution::Clock::now() + Execution::longest_wait;
    for (const Execution* const execution : executions) {
      if (execution->done()) continue;
      execution->add_to(polled);
      due = std::min(due, execution->next_deadline());
    }
    if (report != nullptr && report->open()) polled.push_back({report->descriptor(), POLLIN, 0});
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(due - Execution::Clock::now()).count();
    ::poll(polled.data(), polled.size(), int(std::max<std::int64_t>(left, 0)));
    if (polled[0].revents != 0) {
      client_gone_ = !receive_frame(client, [] { return true; });
      for (Execution* const execution : executions) execution->end(Ending::stopped);
    }
    for (Execution* const execution : executions) {
      if (!execution->done()) execution->pump();
    }
    if (report != nullptr) report->pump();
  }

  int rewound(std::size_t which) {
    if (!means_.isolated()) return -1;
    ::lseek(filters_[which].get(), 0, SEEK_SET);
    return filters_[which].get();
  }

  /// After a guard that was killed, what it guarded is ours.
  static void sweep() {
    const auto deadline = Execution::Clock::now() + std::chrono::seconds(5);
    for (pid_t pid = 0; Execution::Clock::now() < deadline;) {
      while ((pid = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
      }
      if (pid < 0 && errno == ECHILD) return;
      const auto found = descendants(::getpid());
      for (const ProcessStat& process : found) ::kill(process.pid, SIGSTOP);
      for (const ProcessStat& process : found) ::kill(process.pid, SIGKILL);
      ::usleep(1000);
    }
  }

  /// Before root is left: afterwards nobody may.
  void join_cgroup() try {
    const std::string base = cgroup_base();
    means_.oom_kill_files = oom_kill_files(base);
    if (!base.empty()) sweep_cgroups(base);
    means_.cgroups = &cgroups_.emplace(base, means_.isolated() ? nobody : ::geteuid());
  } catch (const std::runtime_error& error) {
    no_cgroup_ = error.what();  // not delegated, as on most machines: the guard's watch alone
  }

  Means means_;
  std::optional<CgroupTree> cgroups_;
  std::string no_cgroup_;
  Descriptor helper_;
  std::array<Descriptor, 2> filters_;  // bubblewrap reads from the offset: one for each of a pair
  std::vector<std::unique_ptr<Execution>> running_;
  std::string problem_;
  bool client_gone_ = false;
};

}  // namespace

int serve(const std::string& bubblewrap) {
  Supervisor supervisor(bubblewrap);
  supervisor.set_up();
  return supervisor.serve();
}

}  // namespace tally::worker
