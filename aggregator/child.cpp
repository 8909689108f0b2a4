#include "aggregator/child.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "aggregator/aggregate.hpp"
#include "core/base/descriptor.hpp"
#include "core/base/error.hpp"

namespace tally::aggregator {
namespace {

constexpr rlim_t kMemory = 4ULL << 30;  // of address space

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kLimitMemory = false;  // the sanitizer reserves terabytes
#else
constexpr bool kLimitMemory = true;
#endif

void limit_memory() {
  rlimit limit{};
  if (!kLimitMemory || ::getrlimit(RLIMIT_AS, &limit) != 0) return;
  limit.rlim_cur = std::min(limit.rlim_max, kMemory);
  ::setrlimit(RLIMIT_AS, &limit);  // without it a hostile shard can only make us slower
}

/// Shards come and go, and all are about as large: memory that goes back to the kernel each time
/// costs a page fault for every 4 KiB of the next one, a tenth of the merge.
void keep_freed_memory() {
  ::mallopt(M_ARENA_MAX, 1);  // so that what one thread frees serves the others
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

void print_file(const std::filesystem::path& path) {
  const Descriptor file = Descriptor::open(path, O_RDONLY);
  if (!file.valid()) throw errno_error(Errc::io, "open", path, errno);
  std::array<std::byte, 65'536> buffer{};
  for (ssize_t got = 1; got > 0;) {
    got = read_some(file.get(), buffer);
    if (got < 0) throw errno_error(Errc::io, "read", path, errno);
    const auto part = std::span(buffer).first(static_cast<std::size_t>(got));
    if (const int error = write_all(STDOUT_FILENO, part); error != 0)
      throw errno_error(Errc::io, "write to stdout", {}, error);
  }
}

}  // namespace

int run_child(const std::filesystem::path& run_directory, const ChildOptions& options) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != options.supervisor)
    throw Error(Errc::incomplete, "the supervisor of this child is gone");
  limit_memory();
  keep_freed_memory();
  const RunDir run = RunDir::open(run_directory);
  const ShardChannel channel(kBoardFd, options.alone);
  const Aggregated done = aggregate_run(run, channel);
  print_file(done.directory / (options.json ? "summary.json" : "REPORT.txt"));
  return done.totals.complete() ? 0 : static_cast<int>(Errc::incomplete);
}

}  // namespace tally::aggregator
