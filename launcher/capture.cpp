#include "launcher/capture.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>

#include "core/base/descriptor.hpp"
#include "core/base/error.hpp"

// Outputs go to memory files, not pipes: nobody has to read while the program runs, so nothing can
// block, whatever it writes and whoever inherits its descriptors.

namespace tally::launcher {
namespace {

constexpr std::size_t kMostOutput = std::size_t{64} << 20U;

Descriptor memory_file(const char* name) {
  Descriptor file(::memfd_create(name, MFD_CLOEXEC));
  if (!file.valid()) throw errno_error(Errc::io, "memfd_create", name, errno);
  return file;
}

std::string content(const Descriptor& file) {
  const off_t size = ::lseek(file.get(), 0, SEEK_END);
  std::string text(std::min(static_cast<std::size_t>(std::max<off_t>(size, 0)), kMostOutput), '\0');
  std::size_t at = 0;
  while (at < text.size()) {
    const ssize_t got =
        ::pread(file.get(), text.data() + at, text.size() - at, static_cast<off_t>(at));
    if (got <= 0) break;
    at += static_cast<std::size_t>(got);
  }
  text.resize(at);
  return text;
}

/// False when `limit` passed first.
bool wait_for_end(pid_t pid, std::chrono::milliseconds limit) {
  const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!handle.valid()) throw errno_error(Errc::io, "pidfd_open", "", errno);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd wanted{handle.get(), POLLIN, 0};
    if (::poll(&wanted, 1, static_cast<int>(left.count())) > 0) return true;
  }
}

ExitStatus reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) throw errno_error(Errc::io, "waitpid", "", errno);
  }
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

std::string last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return std::string(text.substr(text.rfind('\n') + 1));  // npos + 1 is 0
}

}  // namespace

std::string Captured::last_words() const {
  if (timed_out) return "no answer in time";
  if (std::string line = last_line(err); !line.empty()) return line;
  if (std::string line = last_line(out); !line.empty()) return line;
  return status.text();
}

Captured capture(const Command& command, std::chrono::milliseconds limit) {
  const Descriptor out = memory_file("stdout");
  const Descriptor err = memory_file("stderr");
  const pid_t pid = start_process(command, {out.get(), err.get()});
  Captured captured;
  captured.timed_out = !wait_for_end(pid, limit);
  if (captured.timed_out) ::kill(-pid, SIGKILL);
  captured.status = reap(pid);
  captured.out = content(out);
  captured.err = content(err);
  return captured;
}

}  // namespace tally::launcher
