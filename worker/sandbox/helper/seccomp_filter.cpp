#include "worker/sandbox/helper/seccomp_filter.hpp"

#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

// Everything is allowed but what is named here: programs are of every kind, and the namespaces
// carry the isolation. Refused is what widens the kernel's surface, what leaves memory that no
// process seems to have, and what reaches the guard (process 1). Refusals are errors, not deaths: a
// library that tries a new call falls back to an old one.

namespace tally::worker {
namespace {

class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ALLOW)) {
    if (context_ == nullptr) throw std::runtime_error("seccomp: no memory");
    // A tree of comparisons instead of a list: most calls of a program pass through it.
    static_cast<void>(::seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2));
  }
  ~Filter() { ::seccomp_release(context_); }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  /// Names that this architecture or this library does not know are none of its calls. Without
  /// conditions the call is refused whatever its arguments.
  void refuse_if(int error, const char* name, std::initializer_list<scmp_arg_cmp> conditions) {
    const int call = ::seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR || call < 0) return;
    check(name, ::seccomp_rule_add_array(
                    context_, SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), call,
                    static_cast<unsigned>(conditions.size()), conditions.begin()));
  }

  [[nodiscard]] Descriptor compiled() const {
    Descriptor file(::memfd_create("seccomp", MFD_CLOEXEC));
    if (!file.valid()) throw std::runtime_error("seccomp: memfd_create failed");
    check("export", ::seccomp_export_bpf(context_, file.get()));
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
  }

 private:
  static void check(const char* what, int result) {
    if (result < 0)
      throw std::runtime_error(std::string("seccomp: ") + what + ": refused by libseccomp");
  }

  scmp_filter_ctx context_;
};

/// Compares the lower half: the kernel looks at no more of an int.
scmp_arg_cmp is(unsigned argument, std::uint32_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, 0xffffffff, value};
}
scmp_arg_cmp has(unsigned argument, std::uint64_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, bits};
}

/// What no program under test has a use for.
constexpr std::array surface = {"ptrace",
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

/// What looks absent, so that libraries take the old calls.
constexpr std::array new_doors = {"io_uring_setup", "io_uring_enter", "io_uring_register",
                                  "clone3"};

/// Memory that is neither in a process nor in a sized filesystem.
constexpr std::array hidden_memory = {"memfd_create", "memfd_secret", "shmget", "shmat",  "shmctl",
                                      "msgget",       "msgsnd",       "semget", "mq_open"};

void refuse_namespaces_and_terminals(Filter& filter) {
  for (const int bit : {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER,
                        CLONE_NEWPID, CLONE_NEWNET}) {
    filter.refuse_if(EPERM, "clone", {has(0, static_cast<std::uint64_t>(bit))});
  }
  filter.refuse_if(EPERM, "ioctl", {is(1, TIOCSTI)});
  filter.refuse_if(EPERM, "ioctl", {is(1, TIOCLINUX)});
}

/// Of address families, local and internet: the network is a namespace with a loopback of its own.
void refuse_families(Filter& filter) {
  for (const int family : {0, 3, 4, 5, 6, 7, 8, 9}) {
    filter.refuse_if(EAFNOSUPPORT, "socket", {is(0, static_cast<std::uint32_t>(family))});
  }
  filter.refuse_if(EAFNOSUPPORT, "socket", {{0, SCMP_CMP_GT, AF_INET6, 0}});
}

/// Shared anonymous pages can be dropped from every process and still be there.
void refuse_shared_pages(Filter& filter) {
  for (const char* const name : {"mmap", "mmap2"}) {
    for (const std::uint64_t shared :
         {std::uint64_t{MAP_SHARED}, std::uint64_t{MAP_SHARED_VALIDATE}}) {
      filter.refuse_if(EPERM, name,
                       {{3, SCMP_CMP_MASKED_EQ, MAP_TYPE | MAP_ANONYMOUS, shared | MAP_ANONYMOUS}});
    }
  }
}

void refuse_reaching_the_guard(Filter& filter) {
  for (const char* const name : {"prlimit64", "sched_setaffinity", "sched_setattr",
                                 "sched_setparam", "sched_setscheduler"}) {
    filter.refuse_if(EPERM, name, {is(0, 1)});
  }
  for (const char* const name : {"setpriority", "ioprio_set"}) {
    filter.refuse_if(EPERM, name, {is(1, 1)});
  }
  filter.refuse_if(EPERM, "setpriority", {is(0, PRIO_USER)});
  filter.refuse_if(EPERM, "ioprio_set", {is(0, 3)});  // IOPRIO_WHO_USER
}

}  // namespace

std::vector<RefusedCall> refused_calls() {
  std::vector<RefusedCall> calls;
  for (const char* const name : surface) calls.push_back({name, EPERM});
  for (const char* const name : new_doors) calls.push_back({name, ENOSYS});
  for (const char* const name : hidden_memory) calls.push_back({name, ENOSYS});
  return calls;
}

Descriptor seccomp_filter() {
  Filter filter;
  for (const RefusedCall& each : refused_calls()) filter.refuse_if(each.error, each.name, {});
  refuse_namespaces_and_terminals(filter);
  refuse_families(filter);
  refuse_shared_pages(filter);
  refuse_reaching_the_guard(filter);
  return filter.compiled();
}

}  // namespace tally::worker
