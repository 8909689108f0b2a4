#include "launcher/local_backend.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <map>
#include <set>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "launcher/children.hpp"
#include "launcher/programs.hpp"
#include "launcher/signal_inbox.hpp"

namespace tally::launcher {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kTick{200};
constexpr std::chrono::seconds kOrphanGrace{20};

bool is_worth_a_retry(int code) {
  return code == static_cast<int>(Errc::unavailable) || code == static_cast<int>(Errc::io) ||
         code == static_cast<int>(Errc::incomplete);
}

bool is_fatal(int code) {
  return code == static_cast<int>(Errc::usage) || code == static_cast<int>(Errc::data) ||
         code == static_cast<int>(Errc::missing) || code == static_cast<int>(Errc::config);
}

Command element_command(const RunDir& run, std::size_t element, std::uint32_t ranks) {
  return {{own_program().string(), "element", run.root().string(), std::to_string(element),
           "--ranks", std::to_string(ranks)},
          {}};
}

/// One submission while it runs.
class LocalRun {
 public:
  LocalRun(const LocalOptions& options, std::vector<Command> commands)
      : options_(options), commands_(std::move(commands)) {
    for (std::uint32_t i = 0; i < commands_.size(); ++i) {
      result_.elements.push_back({ElementId(i), static_cast<int>(Errc::incomplete), 0});
      waiting_.push_back({i, Clock::now()});
      commands_[i].argv.insert(commands_[i].argv.end(),
                               {"--with-parent", std::to_string(::getpid())});
    }
  }

  SubmissionResult run() {
    try {
      while (!running_.empty() || (!waiting_.empty() && !ending())) {
        start_some();
        const auto signal = inbox_.wait(kTick);
        if (signal && is_stop_signal(*signal)) stop(*signal);
        while (const auto reaped = reap_any()) note_end(*reaped);
        options_.tick();
      }
    } catch (...) {  // nothing may outlive us, whatever went wrong
      end_children({}, kOrphanGrace);
      throw;
    }
    return result_;
  }

 private:
  struct Waiting {
    std::uint32_t element;
    Clock::time_point ready;
  };

  [[nodiscard]] bool ending() const { return result_.stopped || result_.abort_code.has_value(); }

  void start_some() {
    while (!ending() && running_.size() < options_.side_by_side) {
      const auto next = std::find_if(waiting_.begin(), waiting_.end(), [](const Waiting& waiting) {
        return waiting.ready <= Clock::now();
      });
      if (next == waiting_.end()) return;
      const std::uint32_t element = next->element;
      waiting_.erase(next);
      ++result_.elements[element].starts;
      running_[start_process(commands_[element], {STDERR_FILENO, -1})] = element;
    }
  }

  void stop(int signal) {
    result_.stopped = true;
    pass_on(signal);
  }

  void pass_on(int signal) {
    for (const auto& [pid, element] : running_) ::kill(pid, signal);
  }

  void note_end(const Reaped& reaped) {
    const auto found = running_.find(reaped.pid);
    if (found == running_.end()) return;  // an orphan we adopted
    ElementResult& element = result_.elements[found->second];
    running_.erase(found);
    if (reaped.status.signal != 0) {  // a supervisor was killed: its ranks are ours now
      if (!ending()) {
        spdlog::error("element {}: its supervisor ended with {}", element.element.value(),
                      reaped.status.text());
      }
      end_children(running_pids(), kOrphanGrace);
      element.code = static_cast<int>(Errc::incomplete);
    } else {
      element.code = reaped.status.code;
    }
    if (is_fatal(element.code) && !result_.abort_code) {
      result_.abort_code = element.code;
      pass_on(SIGTERM);
    } else if (is_worth_a_retry(element.code) && element.starts < options_.starts && !ending()) {
      const auto pause = options_.pause * (1U << std::min(element.starts - 1, 6U));
      waiting_.push_back({element.element.value(), Clock::now() + pause});
      spdlog::warn("element {}: ended with {}, starting it again (start {} of {})",
                   element.element.value(), element.code, element.starts + 1, options_.starts);
    }
  }

  [[nodiscard]] std::set<pid_t> running_pids() const {
    std::set<pid_t> pids;
    for (const auto& [pid, element] : running_) pids.insert(pid);
    return pids;
  }

  SignalInbox inbox_;
  const LocalOptions& options_;
  std::vector<Command> commands_;
  SubmissionResult result_;
  std::deque<Waiting> waiting_;
  std::map<pid_t, std::uint32_t> running_;
};

}  // namespace

LaunchRecord::LaunchRecord(const RunDir& run) : file_(local_record(run)) {
  publish_replace(run.temp(), file_, to_json(own_));
}

LaunchRecord::~LaunchRecord() {
  try {
    if (read_identity(file_) != own_) return;  // of a `resume --force` beside us
    std::error_code ignored;                   // a stale record is told apart by its start time
    std::filesystem::remove(file_, ignored);
  } catch (const Error&) {  // unreadable: as stale
  }
}

std::vector<Command> LocalBackend::render(const RunDir& run, const Submission& submission) const {
  std::vector<Command> commands;
  for (std::size_t i = 0; i < submission.elements.size(); ++i) {
    commands.push_back(element_command(run, i, submission.ranks));
  }
  return commands;
}

SubmissionResult LocalBackend::submit(const RunDir& run, const Submission& submission) {
  adopt_orphans();
  return LocalRun(options_, render(run, submission)).run();
}

std::optional<std::string> LocalBackend::at_work(const RunDir& run) const {
  const auto recorded = read_identity(local_record(run));
  if (!recorded || identify_process(recorded->pid) != *recorded) return std::nullopt;
  return fmt::format("a launch at work (pid {} on {})", recorded->pid, recorded->host);
}

Cancelled LocalBackend::cancel(const RunDir& run, std::chrono::milliseconds timeout) {
  const auto recorded = read_identity(local_record(run));
  if (!recorded) return Cancelled::nothing_running;
  if (recorded->host != host_name()) {
    throw Error(
        Errc::unavailable,
        fmt::format("found a launch on host {}, expected it on {}", recorded->host, host_name()),
        {run.root(), {}, 0});
  }
  switch (end_process(*recorded, timeout)) {
    case Ended::was_gone:
      return Cancelled::nothing_running;
    case Ended::ended:
      return Cancelled::ended;
    case Ended::still_there:
      break;
  }
  return Cancelled::still_ending;
}

}  // namespace tally::launcher
