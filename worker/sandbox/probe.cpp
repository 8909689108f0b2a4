#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "worker/sandbox/pool.hpp"

namespace tally::worker {
namespace {

[[noreturn]] void unavailable(const std::string& message) {
  throw Error(Errc::unavailable, "sandbox: " + message);
}

/// What the canary must not reach: listeners and a file of this host.
class Bait {
 public:
  explicit Bait(std::string mark) : mark_(std::move(mark)) {
    listen_to_tcp();
    listen_to_name();
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
    std::string name = (error ? "/tmp" : folder.string()) + "/" + mark_ + "-XXXXXX";
    const Descriptor file(::mkstemp(name.data()));
    if (!file.valid()) unavailable("create " + name + ": " + std::strerror(errno));
    file_ = name;
  }
  ~Bait() {
    if (!file_.empty()) ::unlink(file_.c_str());
  }
  Bait(const Bait&) = delete;
  Bait& operator=(const Bait&) = delete;

  [[nodiscard]] std::vector<std::string> arguments() const {
    return {std::to_string(port_), mark_, file_, std::to_string(::getpid()), mark_};
  }

 private:
  static void need(int result, const char* what) {
    if (result != 0) unavailable(std::string(what) + ": " + std::strerror(errno));
  }

  void listen_to_tcp() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    tcp_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    need(::bind(tcp_.get(), reinterpret_cast<const sockaddr*>(&address), size), "bind a port");
    need(::listen(tcp_.get(), 8), "listen to a port");
    need(::getsockname(tcp_.get(), reinterpret_cast<sockaddr*>(&address), &size), "name a port");
    port_ = ntohs(address.sin_port);
  }

  void listen_to_name() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, mark_.data(), mark_.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + mark_.size());
    local_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    need(::bind(local_.get(), reinterpret_cast<const sockaddr*>(&address), size), "bind a socket");
    need(::listen(local_.get(), 8), "listen to a socket");
  }

  std::string mark_;
  Descriptor tcp_;
  Descriptor local_;
  int port_ = 0;
  std::string file_;
};

/// Whether any process has `mark` in its command line.
bool is_running(const std::string& mark) {
  DIR* const folder = ::opendir("/proc");
  if (folder == nullptr) return false;
  bool found = false;
  while (const dirent* const entry = ::readdir(folder)) {
    if (std::strtol(entry->d_name, nullptr, 10) <= 0) continue;
    const Descriptor file =
        Descriptor::open(std::string("/proc/") + entry->d_name + "/cmdline", O_RDONLY);
    std::array<char, 4096> buffer{};
    const ssize_t got = read_some(file.get(), std::as_writable_bytes(std::span(buffer)));
    if (got > 0 &&
        std::string_view(buffer.data(), std::size_t(got)).find(mark) != std::string_view::npos) {
      found = true;
    }
  }
  ::closedir(folder);
  return found;
}

/// Bubblewrap's own command line has the mark too, and may take a moment to end after the program.
bool stays(const std::string& mark) {
  for (int waited_ms = 0; waited_ms < 5000; waited_ms += 5) {
    if (!is_running(mark)) return false;
    ::usleep(5000);
  }
  return true;
}

std::string hint(const std::string& problem) {
  if (problem.find("bwrap:") == std::string::npos) return problem;
  return problem +
         "; bubblewrap needs unprivileged user namespaces (docs/sandbox.md, \"What a node must "
         "have\"); or say `sandbox: none`";
}

}  // namespace

std::string Sandbox::probe() const {
  if (pool_->mode() == Mode::bubblewrap) static_cast<void>(find_bubblewrap());
  if (::access(pool_->helper().c_str(), X_OK) != 0) {
    unavailable("found no " + pool_->helper().string() +
                ", expected the program tally-sandbox beside tally-worker");
  }
  const std::string mark =
      "tally-canary-" + std::to_string(::getpid()) + "-" +
      std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
  const Bait bait(mark);
  Program canary;
  canary.argv = {"/tally/canary", "--canary"};
  std::vector<std::string> arguments = bait.arguments();
  if (pool_->mode() == Mode::none) arguments[0] = "0";
  canary.argv.insert(canary.argv.end(), arguments.begin(), arguments.end());
  canary.files.emplace_back("canary", read_text(pool_->helper(), 256 << 20));
  SandboxResponse response = pool_->run({{canary, SandboxLimits{}}, std::nullopt}, StopFlag{});
  const ProgramResult& result = response.checker;
  if (result.ending == Ending::broken) unavailable(hint(result.problem));
  if (result.ending != Ending::exited || result.status != 0) {
    unavailable("a program that should have ended well ended otherwise: " + result.errors);
  }
  if (result.output != "canary: sang\n") {
    unavailable("does not hold on this machine: " +
                result.output.substr(0, result.output.find('\n')));
  }
  if (stays(mark)) unavailable("does not hold on this machine: a process outlived its sandbox");
  return std::move(response.report);
}

}  // namespace tally::worker
