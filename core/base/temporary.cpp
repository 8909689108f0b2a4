#include "core/base/temporary.hpp"

#include <fmt/format.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "core/base/digest.hpp"

namespace tally {
namespace {

constexpr std::string_view kSuffix = ".tmp";
constexpr std::size_t kParts = 5;  // host, boot, pid, start, counter

std::string slurp(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Dots separate the parts of a temporary's name, so the host may not have any.
std::string plain_host() {
  std::array<char, HOST_NAME_MAX + 1> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return "unknown";
  std::string host(buffer.data());
  for (char& c : host) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!plain) c = '-';
  }
  return host.empty() ? "unknown" : host;
}

// A pid means something only in its boot and pid namespace: containers of one machine share the
// boot id, and may share the host name too.
std::string boot_token() {
  std::error_code failed;
  const auto space = std::filesystem::read_symlink("/proc/self/ns/pid", failed);
  const std::string boot = slurp("/proc/sys/kernel/random/boot_id");
  return sha256(fmt::format("{}\n{}", boot, space.string())).hex().substr(0, 8);
}

// Field 22 of /proc/<pid>/stat; the command in field 2 may hold spaces and parentheses. 0: unknown.
std::uint64_t start_of(pid_t pid) {
  const std::string stat = slurp(fmt::format("/proc/{}/stat", pid));
  std::size_t at = stat.rfind(')');
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return 0;
  std::uint64_t start = 0;
  std::from_chars(stat.data() + at + 1, stat.data() + stat.size(), start);
  return start;
}

template <class Number>
bool read_whole(std::string_view text, Number& number) {
  const auto [end, why] = std::from_chars(text.data(), text.data() + text.size(), number);
  return why == std::errc() && end == text.data() + text.size();
}

}  // namespace

TemporaryOwner this_owner() {
  static const std::string host = plain_host();
  static const std::string boot = boot_token();
  // Kept per pid: a forked child must not write under its parent's name.
  thread_local pid_t known = 0;
  thread_local std::uint64_t start = 0;
  if (const pid_t pid = ::getpid(); pid != known) {
    start = start_of(pid);
    known = pid;
  }
  return {host, boot, known, start};
}

std::string temporary_name(std::string_view name) {
  static std::atomic<std::uint64_t> counter{0};
  const TemporaryOwner owner = this_owner();
  const std::string rest = fmt::format(".{}.{}.{}.{}.{}{}", owner.host, owner.boot, owner.pid,
                                       owner.start, counter.fetch_add(1), kSuffix);
  const std::size_t room = rest.size() < NAME_MAX ? NAME_MAX - rest.size() : 0;
  return fmt::format("{}{}", name.substr(0, room), rest);
}

std::optional<TemporaryOwner> parse_temporary_name(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  std::array<std::string_view, kParts> parts;
  for (std::size_t i = kParts; i-- > 0;) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    parts[i] = name.substr(dot + 1);
    name.remove_suffix(name.size() - dot);
  }
  TemporaryOwner owner{std::string(parts[0]), std::string(parts[1]), 0, 0};
  std::uint64_t counter = 0;
  const bool numbers = read_whole(parts[2], owner.pid) && read_whole(parts[3], owner.start) &&
                       read_whole(parts[4], counter);
  if (!numbers || owner.pid <= 0 || owner.boot.size() != 8) return std::nullopt;
  return owner;
}

OwnerState owner_state(const TemporaryOwner& owner) {
  const TemporaryOwner self = this_owner();
  if (owner.host != self.host || owner.boot != self.boot) return OwnerState::elsewhere;
  // kill(), not /proc alone: with hidepid other users' processes are not listed there.
  if (::kill(owner.pid, 0) != 0 && errno == ESRCH) return OwnerState::dead;
  const std::uint64_t start = start_of(owner.pid);
  return start != 0 && owner.start != 0 && start != owner.start ? OwnerState::dead
                                                                : OwnerState::living;
}

}  // namespace tally
