#include "worker/sandbox/helper/canary.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "core/base/descriptor.hpp"
#include "worker/sandbox/helper/bubblewrap.hpp"

extern char** environ;

namespace tally::worker {
namespace {

void escaped(const std::string& how) { std::printf("%s\n", how.c_str()); }

void try_network(const std::string& port, const std::string& name) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const Descriptor tcp(::socket(AF_INET, SOCK_STREAM, 0));
  if (tcp.valid() &&
      ::connect(tcp.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    escaped("network: reached the host's loopback");
  }
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path + 1, name.data(), std::min(name.size(), sizeof local.sun_path - 2));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const Descriptor stream(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (stream.valid() &&
      ::connect(stream.get(), reinterpret_cast<const sockaddr*>(&local), size) == 0) {
    escaped("network: reached an abstract socket of the host");
  }
}

void try_files(const std::string& host_file) {
  if (::access(host_file.c_str(), F_OK) == 0) escaped("files: a file of the host is visible");
  for (const char* const path :
       {"/canary", "/usr/canary", "/tally/canary", "/dev/canary", "/etc/canary"}) {
    if (Descriptor::open(path, O_WRONLY | O_CREAT, 0600).valid()) {
      escaped(std::string("files: could write ") + path);
    }
  }
  if (!Descriptor::open("/tmp/canary", O_WRONLY | O_CREAT, 0600).valid()) {
    escaped("files: cannot write to the private /tmp");
  }
}

void try_environment() {
  std::vector<std::string> expected{"PWD"};
  for (const auto& [name, value] : program_environment("")) expected.push_back(name);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string name(*entry, std::strcspn(*entry, "="));
    if (std::find(expected.begin(), expected.end(), name) == expected.end()) {
      escaped("environment: found " + name);
    }
  }
}

void try_processes(const std::string& host_process) {
  if (::kill(static_cast<pid_t>(std::stol(host_process)), 0) == 0) {
    escaped("processes: a process of the host can be signalled");
  }
  if (::kill(1, SIGKILL) == 0 && ::getppid() != 1) escaped("processes: killed the guard");
  if (::access("/proc/1/fd/0", R_OK) == 0)
    escaped("processes: the guard's descriptors are visible");
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0) escaped("kernel: ptrace is allowed");
  if (::unshare(CLONE_NEWUSER) == 0) escaped("kernel: user namespaces are allowed");
  for (int fd = 3; fd < 1024; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) escaped("descriptors: found " + std::to_string(fd));
  }
}

/// A process of a session of its own that holds on to stdout.
void leave_something_running() {
  const pid_t child = ::fork();
  if (child != 0) return;
  ::setsid();
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  ::sleep(600);
  ::_exit(0);
}

}  // namespace

int canary_main(const std::vector<std::string>& arguments) {
  if (arguments.size() != 5) throw std::runtime_error("canary: expected 5 arguments");
  const bool isolated = arguments[0] != "0";
  leave_something_running();
  if (isolated) {
    try_network(arguments[0], arguments[1]);
    try_files(arguments[2]);
    try_processes(arguments[3]);
  }
  try_environment();
  std::puts("canary: sang");
  return 0;
}

}  // namespace tally::worker
