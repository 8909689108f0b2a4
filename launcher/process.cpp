#include "launcher/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "core/base/error.hpp"

namespace tally::launcher {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::strchr("@%+=:,./_-", c) != nullptr;
}

std::string quoted(const std::string& text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return text;
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  out += '\'';
  return out;
}

/// The attributes and file actions of one spawn; owns both.
class SpawnPlan {
 public:
  explicit SpawnPlan(const Streams& streams) {
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_init(&actions_);
    sigset_t none;
    sigemptyset(&none);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    // dup2 also clears close-on-exec, which our own descriptors carry.
    if (streams.out >= 0) {
      posix_spawn_file_actions_adddup2(&actions_, streams.out, STDOUT_FILENO);
    }
    if (streams.err >= 0) {
      posix_spawn_file_actions_adddup2(&actions_, streams.err, STDERR_FILENO);
    }
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

bool matches(std::string_view name, std::string_view pattern) {
  if (!pattern.ends_with('*')) return name == pattern;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

std::vector<std::string> merged_environment(const Command& command) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    const bool unset = std::any_of(command.unset.begin(), command.unset.end(),
                                   [&](const std::string& each) { return matches(name, each); });
    if (!unset && !command.environment.contains(name)) merged.push_back(text);
  }
  for (const auto& [name, value] : command.environment)
    merged.push_back(fmt::format("{}={}", name, value));
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

std::string shell_text(const Command& command) {
  std::string line;
  if (!command.environment.empty()) line = "env";
  for (const auto& [name, value] : command.environment) {
    line += fmt::format(" {}={}", name, quoted(value));
  }
  for (const std::string& argument : command.argv) {
    if (!line.empty()) line += ' ';
    line += quoted(argument);
  }
  return line;
}

std::string ExitStatus::text() const {
  if (signal != 0) return fmt::format("signal {} ({})", signal, ::strsignal(signal));
  return fmt::format("exit code {}", code);
}

pid_t start_process(const Command& command, const Streams& streams) {
  const SpawnPlan plan(streams);
  std::vector<std::string> arguments = command.argv;
  std::vector<std::string> environment = merged_environment(command);
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  pid_t pid = 0;
  const int failed =
      ::posix_spawnp(&pid, argv[0], plan.actions(), plan.attributes(), argv.data(), envp.data());
  if (failed == 0) return pid;
  const bool absent = failed == ENOENT || failed == EACCES || failed == ENOTDIR;
  throw errno_error(absent ? Errc::missing : Errc::unavailable, "start program", argv[0], failed);
}

std::optional<Reaped> reap_any() {
  int status = 0;
  pid_t pid = 0;
  do {
    pid = ::waitpid(-1, &status, WNOHANG);
  } while (pid < 0 && errno == EINTR);
  if (pid <= 0) return std::nullopt;
  Reaped reaped{pid, {}};
  if (WIFSIGNALED(status)) {
    reaped.status.signal = WTERMSIG(status);
  } else {
    reaped.status.code = WEXITSTATUS(status);
  }
  return reaped;
}

}  // namespace tally::launcher
