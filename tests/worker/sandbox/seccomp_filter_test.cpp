#include "worker/sandbox/helper/seccomp_filter.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
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
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "catch.hpp"

using tally::worker::RefusedCall;

namespace {

// By hand, not from the filter's list: who takes a call off that list has to take it off here, too.
constexpr const char* kRefused[] = {"ptrace",
                                    "process_vm_readv",
                                    "process_vm_writev",
                                    "process_madvise",
                                    "pidfd_getfd",
                                    "kcmp",
                                    "bpf",
                                    "userfaultfd",
                                    "perf_event_open",
                                    "add_key",
                                    "request_key",
                                    "keyctl",
                                    "mount",
                                    "umount",
                                    "umount2",
                                    "pivot_root",
                                    "chroot",
                                    "fsopen",
                                    "fsmount",
                                    "fsconfig",
                                    "fspick",
                                    "move_mount",
                                    "open_tree",
                                    "mount_setattr",
                                    "unshare",
                                    "setns",
                                    "kexec_load",
                                    "kexec_file_load",
                                    "init_module",
                                    "finit_module",
                                    "delete_module",
                                    "reboot",
                                    "swapon",
                                    "swapoff",
                                    "personality",
                                    "name_to_handle_at",
                                    "open_by_handle_at",
                                    "quotactl",
                                    "quotactl_fd",
                                    "acct",
                                    "settimeofday",
                                    "stime",
                                    "clock_settime",
                                    "clock_adjtime",
                                    "adjtimex",
                                    "syslog",
                                    "sethostname",
                                    "setdomainname",
                                    "vhangup",
                                    "iopl",
                                    "ioperm",
                                    "lookup_dcookie",
                                    "fanotify_init",
                                    "modify_ldt",
                                    "vmsplice",
                                    "mbind",
                                    "set_mempolicy",
                                    "migrate_pages",
                                    "move_pages",
                                    "uselib",
                                    "ustat",
                                    "sysfs",
                                    "nfsservctl"};
constexpr const char* kAbsent[] = {"io_uring_setup", "io_uring_enter", "io_uring_register",
                                   "clone3",         "memfd_create",   "memfd_secret",
                                   "shmget",         "shmat",          "shmctl",
                                   "msgget",         "msgsnd",         "semget",
                                   "mq_open"};

std::vector<sock_filter> code_of_filter() {
  const tally::Descriptor file = tally::worker::seccomp_filter();
  struct stat size {};
  ::fstat(file.get(), &size);
  std::vector<sock_filter> code(static_cast<std::size_t>(size.st_size) / sizeof(sock_filter));
  REQUIRE(::read(file.get(), code.data(), static_cast<std::size_t>(size.st_size)) == size.st_size);
  return code;
}

/// Puts a process of the test under a filter, for ever.
void load(std::vector<sock_filter>& code) {
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ::_exit(250);
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) ::_exit(251);
}

/// The errno of `call` in a process under the filter; 0 when it succeeds, -1 when the process dies.
int under_filter(const std::function<long()>& call) {
  std::vector<sock_filter> code = code_of_filter();
  const pid_t child = ::fork();
  if (child == 0) {
    load(code);
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

constexpr int kLetThrough = EXFULL;  // which the filter gives nobody

/// Gives kLetThrough for all but what a child needs to load another filter and to end.
std::vector<sock_filter> code_of_backstop() {
  constexpr std::uint32_t number = offsetof(seccomp_data, nr);
  return {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number),
          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 2, 0),
          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | kLetThrough),
          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
}

/// What the filter makes of calls with zeros: the errno it gives, or kLetThrough. Nothing of them
/// is carried out (as root, sethostname(0, 0) would be), so no errno is the kernel's own: of two
/// filters that both give an errno, the one loaded last has the word.
std::vector<int> errnos_of_zeros(const std::vector<long>& numbers) {
  std::vector<sock_filter> backstop = code_of_backstop();
  std::vector<sock_filter> code = code_of_filter();
  const std::size_t size = numbers.size() * sizeof(int);
  void* const shared =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(shared != MAP_FAILED);
  int* const found = static_cast<int*>(shared);
  const pid_t child = ::fork();
  if (child == 0) {
    load(backstop);
    load(code);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      errno = 0;
      found[i] = ::syscall(numbers[i], 0, 0, 0, 0, 0, 0) < 0 ? errno : 0;
    }
    ::syscall(SYS_exit_group, 0);  // before _exit a sanitizer makes calls of its own
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  std::vector<int> errnos(found, found + numbers.size());
  ::munmap(shared, size);
  return errnos;
}

void check_refused(const std::vector<RefusedCall>& calls) {
  std::vector<RefusedCall> here;  // a number below 0: no call of this architecture
  std::vector<long> numbers;
  for (const RefusedCall& each : calls) {
    const int number = ::seccomp_syscall_resolve_name(each.name);
    if (number < 0 && number != __NR_SCMP_ERROR) continue;
    here.push_back(each);
    numbers.push_back(number);
  }
  const std::vector<int> errnos = errnos_of_zeros(numbers);
  for (std::size_t i = 0; i < here.size(); ++i) {
    INFO(here[i].name);
    CHECK(numbers[i] >= 0);  // libseccomp knows it
    CHECK(errnos[i] == here[i].error);
  }
  CHECK(here.size() >= calls.size() / 2);
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

TEST_CASE("What is not refused passes the filter on to the kernel", "[sandbox]") {
  // So an errno that the next two tests find is given by the filter, and by no kernel.
  const std::vector<long> numbers{SYS_getppid, SYS_openat, SYS_execve, SYS_futex};
  CHECK(errnos_of_zeros(numbers) == std::vector<int>(numbers.size(), kLetThrough));
}

TEST_CASE("Each call of the filter's list is refused with the errno it says", "[sandbox]") {
  check_refused(tally::worker::refused_calls());
}

TEST_CASE("These calls are refused, whatever the filter's list says", "[sandbox]") {
  std::vector<RefusedCall> calls;
  for (const char* const name : kRefused) calls.push_back({name, EPERM});
  for (const char* const name : kAbsent) calls.push_back({name, ENOSYS});
  check_refused(calls);
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
