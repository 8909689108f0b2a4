#include "core/plan/process_identity.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/json_writer.hpp"
#include "core/plan/proc_stat.hpp"

namespace tally {
namespace {

constexpr std::uint64_t kMaxIdentityBytes = 64 * 1024;

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string text;
  std::getline(file, text);
  return text;
}

/// A descriptor that names a process; closed at the end.
class PidHandle {
 public:
  explicit PidHandle(pid_t pid) : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  ~PidHandle() {
    if (fd_ >= 0) ::close(fd_);
  }
  PidHandle(const PidHandle&) = delete;
  PidHandle& operator=(const PidHandle&) = delete;
  [[nodiscard]] bool open() const { return fd_ >= 0; }
  [[nodiscard]] bool signal(int number) const {
    return ::syscall(SYS_pidfd_send_signal, fd_, number, nullptr, 0) == 0;
  }
  [[nodiscard]] bool wait(std::chrono::milliseconds timeout) const {
    pollfd ended{fd_, POLLIN, 0};
    return ::poll(&ended, 1, static_cast<int>(timeout.count())) > 0;
  }

 private:
  int fd_;
};

}  // namespace

std::string host_name() {
  std::string name(256, '\0');
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  name.resize(name.find('\0'));
  return name;
}

std::optional<ProcessIdentity> identify_process(pid_t pid) {
  const auto stat = read_proc_stat(pid);
  if (!stat || stat->has_ended()) return std::nullopt;
  return ProcessIdentity{host_name(), boot_id(), pid, stat->start_ticks};
}

ProcessIdentity own_identity() {
  const auto process = identify_process(::getpid());
  if (!process) throw Error(Errc::internal, "found no entry of our own in /proc, expected one");
  return *process;
}

std::string to_json(const ProcessIdentity& process) {
  JsonWriter json(2);
  json.begin_object().key("host").value(process.host).key("boot_id").value(process.boot_id);
  json.key("pid").value(std::int64_t{process.pid});
  json.key("start_ticks").value(process.start_ticks).end_object();
  return fmt::format("{}\n", json.text());
}

std::optional<ProcessIdentity> read_identity(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return std::nullopt;
  const auto json = nlohmann::json::parse(read_text(file, kMaxIdentityBytes), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  for (const char* key : {"host", "boot_id"}) {
    if (!json.contains(key) || !json[key].is_string()) return std::nullopt;
  }
  for (const char* key : {"pid", "start_ticks"}) {
    if (!json.contains(key) || !json[key].is_number_unsigned()) return std::nullopt;
  }
  return ProcessIdentity{json["host"], json["boot_id"], json["pid"], json["start_ticks"]};
}

std::filesystem::path local_record(const RunDir& run) { return run.submit() / "local.json"; }

Ended end_process(const ProcessIdentity& process, std::chrono::milliseconds timeout) {
  const PidHandle handle(process.pid);
  // The handle is taken first: what is compared after it is what the signal will reach.
  if (!handle.open() || identify_process(process.pid) != process) return Ended::was_gone;
  if (!handle.signal(SIGTERM)) {
    if (errno == ESRCH) return Ended::was_gone;
    throw errno_error(Errc::io, fmt::format("signal process {}", process.pid), {}, errno);
  }
  return handle.wait(timeout) ? Ended::ended : Ended::still_there;
}

}  // namespace tally
