#include "worker/sandbox/helper/seccomp_filter.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <vector>

#include "catch.hpp"

namespace {

/// The errno of `call` in a process under the filter; 0 when it succeeds, -1 when the process dies.
int under_filter(const std::function<long()>& call) {
  const tally::Descriptor file = tally::worker::seccomp_filter();
  struct stat size {};
  ::fstat(file.get(), &size);
  std::vector<sock_filter> code(static_cast<std::size_t>(size.st_size) / sizeof(sock_filter));
  REQUIRE(::read(file.get(), code.data(), static_cast<std::size_t>(size.st_size)) == size.st_size);
  const pid_t child = ::fork();
  if (child == 0) {
    const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ::_exit(250);
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) ::_exit(251);
    errno = 0;
    ::_exit(call() < 0 ? errno : 0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

long mapped(int flags) {
  return ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED ? -1 : 0;
}

}  // namespace

TEST_CASE("What programs need is allowed under the filter", "[sandbox]") {
  CHECK(under_filter([] { return mapped(MAP_PRIVATE | MAP_ANONYMOUS); }) == 0);
  CHECK(under_filter([] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }) == 0);
  CHECK(under_filter([] { return ::socket(AF_INET, SOCK_STREAM, 0); }) == 0);
  const int without_filter = ::socket(AF_INET6, SOCK_DGRAM, 0);
  const int expected = without_filter < 0 ? errno : 0;  // ipv6.disable=1: EAFNOSUPPORT
  ::close(without_filter);
  CHECK(under_filter([] { return ::socket(AF_INET6, SOCK_DGRAM, 0); }) == expected);
  CHECK(under_filter([] { return ::syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, nullptr); }) ==
        0);
  const int lower = ::getpriority(PRIO_PROCESS, 0) + 1;
  CHECK(under_filter([=] { return ::setpriority(PRIO_PROCESS, 0, lower); }) == 0);
  CHECK(under_filter([] {
          const pid_t child = ::fork();
          if (child == 0) ::_exit(0);
          return ::waitpid(child, nullptr, 0);
        }) == 0);
}

TEST_CASE("Tracing, namespaces and mounts are refused under the filter", "[sandbox]") {
  CHECK(under_filter([] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }) == EPERM);
  CHECK(under_filter([] { return ::unshare(CLONE_NEWUSER); }) == EPERM);
  CHECK(under_filter([] { return ::syscall(SYS_mount, 0, 0, 0, 0, 0); }) == EPERM);
  CHECK(under_filter([] { return ::syscall(SYS_bpf, 0, 0, 0); }) == EPERM);
#ifdef __x86_64__
  CHECK(under_filter([] { return ::syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0); }) ==
        EPERM);
#endif
}

TEST_CASE("Nothing can be pushed into a terminal under the filter", "[sandbox]") {
  const char key = 'x';  // without the filter: ENOTTY
  CHECK(under_filter([&] { return ::ioctl(STDIN_FILENO, TIOCSTI, &key); }) == EPERM);
  CHECK(under_filter([&] { return ::ioctl(STDIN_FILENO, TIOCLINUX, &key); }) == EPERM);
}

TEST_CASE("New doors of the kernel look absent, so that libraries take the old ones", "[sandbox]") {
  CHECK(under_filter([] { return ::syscall(SYS_clone3, nullptr, 0); }) == ENOSYS);
  CHECK(under_filter([] { return ::syscall(SYS_io_uring_setup, 1, nullptr); }) == ENOSYS);
}

TEST_CASE("Memory that belongs to no process is refused under the filter", "[sandbox]") {
  CHECK(under_filter([] { return mapped(MAP_SHARED | MAP_ANONYMOUS); }) == EPERM);
  CHECK(under_filter([] { return mapped(MAP_SHARED_VALIDATE | MAP_ANONYMOUS); }) == EPERM);
  CHECK(under_filter([] { return ::memfd_create("x", 0); }) == ENOSYS);
  CHECK(under_filter([] { return ::shmget(IPC_PRIVATE, 4096, 0600); }) == ENOSYS);
}

TEST_CASE("The guard's limits, priority and processors are out of reach", "[sandbox]") {
  const rlimit none{0, 0};
  CHECK(under_filter([&] { return ::prlimit(1, RLIMIT_CPU, &none, nullptr); }) == EPERM);
  CHECK(under_filter([] { return ::setpriority(PRIO_PROCESS, 1, 19); }) == EPERM);
  CHECK(under_filter([] { return ::setpriority(PRIO_USER, 0, 19); }) == EPERM);
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  CHECK(under_filter([&] { return ::sched_setaffinity(1, sizeof first, &first); }) == EPERM);
}

TEST_CASE("Sockets beyond local and internet ones are refused under the filter", "[sandbox]") {
  for (const int family : {AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK, AF_AX25}) {
    CHECK(under_filter([=] { return ::socket(family, SOCK_RAW, 0); }) == EAFNOSUPPORT);
  }
}
