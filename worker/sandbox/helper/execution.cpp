#include "worker/sandbox/helper/execution.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "worker/sandbox/helper/private_folder.hpp"
#include "worker/sandbox/helper/spawn.hpp"
#include "worker/sandbox/helper/step_signal_watch.hpp"

namespace tally::worker {
namespace {

constexpr std::chrono::seconds time_to_start{30};
constexpr std::chrono::seconds time_to_end{8};  // the guard gives the tree five

[[noreturn]] void fail(const std::string& doing, int error) {
  throw std::runtime_error(doing + ": " + std::strerror(error));
}

Descriptor memory_file(const std::string& content) {
  Descriptor file(::memfd_create("file", MFD_CLOEXEC));
  if (!file.valid()) fail("memory file", errno);
  if (const int error = write_all(file.get(), std::as_bytes(std::span(content)))) {
    fail("memory file", error);
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string in_private_folder(const std::string& folder, const std::string& argument) {
  return argument.starts_with("/tally/") ? folder + argument : argument;
}

}  // namespace

Execution::Execution(const Means& means, const SandboxJob& job, std::array<Descriptor, 3> extra,
                     int filter)
    : job_(job),
      oom_kill_files_(means.oom_kill_files),
      oom_kills_before_(oom_kill_files_),
      output_({}, 0),
      errors_({}, 0),
      diagnostics_({}, 0),
      status_({}, 0),
      deadline_(Clock::now() + time_to_start),
      missed_(Clock::now()) {
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  Pipe diagnostics = make_pipe();
  Pipe status = make_pipe();
  Pipe control = make_pipe();
  GuardOptions options;
  options.isolated = means.isolated();
  options.control = control.read.get();
  options.status = status.write.get();
  options.streams = {input.read.get(), output.write.get(), errors.write.get(),
                     extra[0].get(),   extra[1].get(),     extra[2].get()};
  options.limits = job.limits;
  options.argv = job.program.argv;
  input_ = std::move(input.write);
  without_waiting(input_);
  control_ = std::move(control.write);
  output_ = Capture(std::move(output.read), job.limits.output);
  errors_ = Capture(std::move(errors.read), job.limits.output);
  diagnostics_ = Capture(std::move(diagnostics.read), 4096);
  status_ = Capture(std::move(status.read), 4096);
  try {
    spawn(means, options, filter, diagnostics.write.get());
  } catch (const std::runtime_error&) {
    if (!private_folder_.empty()) remove_private_folder(private_folder_);
    throw;
  }
}

Execution::~Execution() {
  if (pid_ > 0) {
    if (!ended_) ::kill(pid_, SIGKILL);
    reap();
  }
  if (!private_folder_.empty()) remove_private_folder(private_folder_);
}

void Execution::spawn(const Means& means, const GuardOptions& options, int filter,
                      int diagnostics) {
  Spawn spawn;
  spawn.pass(diagnostics, 2);
  spawn.keep(options.control);
  spawn.keep(options.status);
  for (const int stream : options.streams) spawn.keep(stream);
  if (means.cgroups != nullptr) enter_cgroup(means, spawn);
  const auto start = [&] {
    return means.isolated() ? isolated(means, options, filter, spawn) : bare(options, spawn);
  };
  try {
    pid_ = start();
  } catch (const std::runtime_error&) {
    if (!cgroup_) throw;
    spawn.enter(-1);  // what was wrong may be the group: once more without
    cgroup_.reset();
    if (!private_folder_.empty()) remove_private_folder(private_folder_);
    pid_ = start();
  }
}

/// A group that cannot be had is no reason not to run: the guard keeps every limit.
void Execution::enter_cgroup(const Means& means, Spawn& spawn) try {
  cgroup_.emplace(means.cgroups->next_folder(), job_.limits, means.cgroups->controllers());
  spawn.enter(cgroup_->descriptor());
} catch (const std::runtime_error&) {
  cgroup_.reset();
}

pid_t Execution::isolated(const Means& means, const GuardOptions& options, int filter,
                          Spawn& spawn) const {
  BubblewrapInputs inputs;
  inputs.filter = filter;
  std::vector<Descriptor> contents;
  for (const auto& [name, content] : job_.program.files) {
    inputs.files.emplace_back(name, contents.emplace_back(memory_file(content)).get());
    spawn.keep(contents.back().get());
  }
  spawn.keep(filter);
  spawn.keep(means.helper);
  std::vector<std::string> words = bubblewrap_arguments(means.bubblewrap, means.system,
                                                        job_.program.runtimes, job_.limits, inputs);
  words.push_back("--");
  words.push_back("/proc/self/fd/" + std::to_string(means.helper));
  const std::vector<std::string> guard = guard_arguments(options);
  words.insert(words.end(), guard.begin(), guard.end());
  return spawn.run(means.bubblewrap, words, {});
}

pid_t Execution::bare(GuardOptions options, Spawn& spawn) {
  private_folder_ = make_private_folder(job_.program.files);
  options.private_folder = private_folder_;
  for (std::string& word : options.argv) word = in_private_folder(private_folder_, word);
  spawn.change_folder(private_folder_ + "/tmp");
  std::vector<std::string> environment;
  for (const auto& [name, value] : program_environment(private_folder_ + "/tmp")) {
    environment.push_back(name + "=" + value);
  }
  std::vector<std::string> words = guard_arguments(options);
  words.insert(words.begin(), "tally-sandbox");
  return spawn.run("/proc/self/exe", words, environment);
}

void Execution::add_to(std::vector<pollfd>& polled) const {
  if (input_.valid()) polled.push_back({input_.get(), POLLOUT, 0});
  for (const Capture* const capture : {&output_, &errors_, &diagnostics_, &status_}) {
    if (capture->open()) polled.push_back({capture->descriptor(), POLLIN, 0});
  }
}

void Execution::pump() {
  feed();
  output_.pump();
  errors_.pump();
  diagnostics_.pump();
  status_.pump();
  hear();
  if (output_.overflowed() || errors_.overflowed()) end(Ending::output_limit);
  keep_deadline();
}

void Execution::feed() {
  while (input_.valid()) {
    const std::string& text = job_.program.input;
    if (fed_ == text.size()) {
      static_cast<void>(input_.close());
      return;
    }
    const ssize_t put = ::write(input_.get(), text.data() + fed_, text.size() - fed_);
    if (put > 0) {
      fed_ += std::size_t(put);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      static_cast<void>(input_.close());  // nobody reads it any more: the program's right
    }
  }
}

void Execution::hear() {
  while (status_.text().size() - heard_ >= sizeof(GuardMessage)) {
    GuardMessage message;
    std::memcpy(&message, status_.text().data() + heard_, sizeof message);
    heard_ += sizeof message;
    take(message);
  }
}

void Execution::take(const GuardMessage& message) {
  switch (message.kind) {
    case GuardMessage::Kind::started:
      started_ = true;
      started_at_ = Clock::now();
      if (!asked_) deadline_ = Clock::now() + longest_wall(job_.limits) + time_to_end;
      break;
    case GuardMessage::Kind::unstartable:
      start_error_ = message.value;
      break;
    case GuardMessage::Kind::ended:
      ended_ = true;
      last_ = message;
      break;
  }
}

void Execution::end(Ending reason) {
  if (asked_) return;
  asked_ = true;
  reason_ = reason;
  static_cast<void>(control_.close());
  deadline_ = Clock::now() + time_to_end;
}

void Execution::keep_deadline() {
  if (killed_ || done()) return;
  const auto now = Clock::now();
  deadline_ += missed_.in_round(now, longest_wait);
  if (now < deadline_) return;
  // The guard should have done it: it starves, or hangs in the kernel. A bare one the program can
  // stop, and what it gets is its own.
  const bool bare = !private_folder_.empty();
  if (!asked_) reason_ = started_ && bare ? Ending::wall_limit : Ending::broken;
  asked_ = true;
  killed_ = true;
  ::kill(pid_, SIGKILL);
  deadline_ = Clock::time_point::max();
}

void Execution::reap() {
  const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd polled{handle.get(), POLLIN, 0};
  if (!handle.valid() || ::poll(&polled, 1, 5000) == 0) ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, &wait_status_, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

ProgramResult Execution::finish() {
  if (!ended_) reap();
  output_.pump();
  errors_.pump();
  diagnostics_.pump();
  ProgramResult result;
  name_ending(result);
  result.wall_seconds = double(last_.wall_us) / 1e6;
  result.cpu_seconds = double(last_.cpu_us) / 1e6;
  if (result.ending == Ending::wall_limit) result.waited_seconds = double(last_.waited_us) / 1e6;
  result.missed_seconds = double(last_.missed_us) / 1e6;
  result.peak_memory = last_.peak_memory;
  heed_oom_killer(result);
  heed_step_signals(result);
  if (cgroup_ && started_) heed_cgroup(result);
  result.output = std::move(output_.text());
  result.errors = std::move(errors_.text());
  return result;
}

// A guard that is asked to stop says that it did. Without a word bubblewrap failed or somebody
// killed one of the two, which may be why it was asked: a checker ends when its candidate is gone.
bool Execution::lost_guard() const {
  return asked_ && reason_ == Ending::stopped && !killed_ && !ended_ && private_folder_.empty();
}

void Execution::name_ending(ProgramResult& result) {
  if (ended_) {
    name_guarded(result);
  } else if (start_error_ != 0) {
    result.problem = "start " + job_.program.argv[0] + ": " + std::strerror(start_error_);
  } else if (asked_ && reason_ != Ending::broken && !lost_guard()) {
    result.ending = reason_;
  } else if (asked_ && !lost_guard()) {
    result.problem = started_ ? "the guard of the program did not end it in time"
                              : "the sandbox did not start within 30 s";
  } else if (started_ && !private_folder_.empty() && WIFSIGNALED(wait_status_)) {
    result.ending =
        Ending::signalled;  // bare, a program can kill its guard: what it gets is its own
    result.status = WTERMSIG(wait_status_);
  } else if (started_) {
    result.problem = "the guard of the program was killed from outside";
  } else {
    std::string said = diagnostics_.text().substr(0, diagnostics_.text().find('\n'));
    result.problem = said.empty() ? "the sandbox ended before the program started" : said;
  }
}

/// A program that ends by SIGKILL while the kernel kills for want of memory, or a guard that is
/// gone then, has no verdict. Where it was the program's own group that had no more, heed_cgroup()
/// knows better.
void Execution::heed_oom_killer(ProgramResult& result) const {
  const bool killed = result.ending == Ending::signalled && result.status == SIGKILL;
  const bool lost = result.ending == Ending::broken && !ended_ && !killed_ &&
                    (started_ || WIFSIGNALED(wait_status_));
  if (!killed && !lost) return;
  if (!OomKills(oom_kill_files_).more_than(oom_kills_before_)) return;
  result.ending = Ending::broken;
  result.status = 0;
  result.problem = "the kernel killed it: the node or the job is out of memory";
}

/// Who was to end the step, or to warn it, sent this to the program with the rest.
void Execution::heed_step_signals(ProgramResult& result) const {
  if (result.ending != Ending::signalled) return;
  if (!step_signal_came(result.status, job_.limits.signal_wait)) return;
  result.ending = Ending::broken;
  result.problem = "signal " + std::to_string(result.status) + " was sent to the whole step";
  result.status = 0;
}

/// Where the kernel was faster than the guard, which the kernel then killed with the rest.
void Execution::heed_cgroup(ProgramResult& result) const {
  const bool by_itself = result.ending == Ending::exited || result.ending == Ending::signalled;
  const CgroupUse use = cgroup_->use();
  if (use.memory_exhausted && (by_itself || result.ending == Ending::broken)) {
    result.ending = Ending::memory_limit;
    result.status = 0;
    result.problem.clear();
  } else if (use.tasks_refused && by_itself && result.status != 0) {
    result.ending = Ending::process_limit;
    result.status = 0;
  }
  if (ended_) return;
  result.wall_seconds = std::chrono::duration<double>(Clock::now() - started_at_).count();
  result.cpu_seconds = double(use.cpu_us) / 1e6;
}

void Execution::name_guarded(ProgramResult& result) const {
  const auto cpu_limit_us =
      std::uint64_t(std::chrono::duration_cast<std::chrono::microseconds>(job_.limits.cpu).count());
  switch (last_.cause) {
    case Cause::itself:
      if (output_.overflowed() || errors_.overflowed()) {
        result.ending = Ending::output_limit;
      } else if (last_.cpu_us > cpu_limit_us) {
        result.ending = Ending::cpu_limit;
      } else if (WIFEXITED(last_.value)) {
        result.ending = Ending::exited;
        result.status = WEXITSTATUS(last_.value);
      } else {
        result.ending = Ending::signalled;
        result.status = WTERMSIG(last_.value);
      }
      break;
    case Cause::cpu:
      result.ending = Ending::cpu_limit;
      break;
    case Cause::wall:
      result.ending = Ending::wall_limit;
      break;
    case Cause::memory:
      result.ending = Ending::memory_limit;
      break;
    case Cause::files:
      result.ending = Ending::memory_limit;
      result.problem = "too many files in /tmp or /dev/shm";
      break;
    case Cause::processes:
      result.ending = Ending::process_limit;
      break;
    case Cause::asked:
      result.ending = reason_;
      break;
  }
}

}  // namespace tally::worker
