#include "worker/sandbox/helper/bubblewrap.hpp"

#include <algorithm>
#include <filesystem>
#include <initializer_list>

namespace tally::worker {
namespace {

void add(std::vector<std::string>& out, std::initializer_list<std::string> words) {
  out.insert(out.end(), words);
}

void add_system(std::vector<std::string>& out, const std::vector<SystemFolder>& system) {
  for (const SystemFolder& folder : system) {
    if (folder.link_target.empty()) {
      add(out, {"--ro-bind", folder.path, folder.path});
    } else {
      add(out, {"--symlink", folder.link_target, folder.path});
    }
  }
  add(out, {"--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"});
  add(out, {"--ro-bind-try", "/etc/alternatives", "/etc/alternatives"});
}

// By hand, not by --dev: no terminals, and no /dev/zero, whose shared mappings are memory that no
// process seems to have.
void add_devices(std::vector<std::string>& out, std::uint64_t shared_memory) {
  for (const char* const device : {"/dev/null", "/dev/urandom"}) {
    add(out, {"--dev-bind", device, device});
  }
  add(out, {"--symlink", "urandom", "/dev/random"});
  add(out, {"--symlink", "/proc/self/fd", "/dev/fd"});
  add(out, {"--symlink", "/proc/self/fd/0", "/dev/stdin"});
  add(out, {"--symlink", "/proc/self/fd/1", "/dev/stdout"});
  add(out, {"--symlink", "/proc/self/fd/2", "/dev/stderr"});
  add(out, {"--size", std::to_string(shared_memory), "--tmpfs", "/dev/shm"});
}

}  // namespace

std::vector<SystemFolder> system_folders() {
  namespace fs = std::filesystem;
  std::vector<SystemFolder> found{{"/usr", ""}};
  for (const char* const path : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
    std::error_code error;
    const fs::file_type type = fs::symlink_status(path, error).type();
    if (type == fs::file_type::symlink) {
      found.push_back({path, fs::read_symlink(path, error).string()});
    } else if (type == fs::file_type::directory) {
      found.push_back({path, ""});
    }
  }
  return found;
}

std::vector<std::pair<std::string, std::string>> program_environment(const std::string& home) {
  // Python's sets of strings have the same order every time. One thread in numerical libraries: by
  // default they start one for every core of the node.
  return {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
          {"HOME", home},
          {"TMPDIR", home},
          {"LANG", "C.UTF-8"},
          {"PYTHONHASHSEED", "0"},
          {"OMP_NUM_THREADS", "1"},
          {"OPENBLAS_NUM_THREADS", "1"},
          {"MKL_NUM_THREADS", "1"}};
}

std::vector<std::string> bubblewrap_arguments(const std::string& bubblewrap,
                                              const std::vector<SystemFolder>& system,
                                              const std::vector<std::string>& runtimes,
                                              const SandboxLimits& limits,
                                              const BubblewrapInputs& inputs) {
  std::vector<std::string> out{
      bubblewrap,      "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent",
      "--new-session", "--as-pid-1",    "--hostname",     "sandbox",          "--cap-drop",
      "ALL",           "--clearenv"};
  for (const auto& [name, value] : program_environment("/tmp")) add(out, {"--setenv", name, value});
  add_system(out, system);
  add(out, {"--proc", "/proc"});
  add_devices(out, std::min<std::uint64_t>(limits.scratch, 16 << 20));
  add(out, {"--size", std::to_string(limits.scratch), "--tmpfs", "/tmp"});
  for (const std::string& runtime : runtimes) add(out, {"--ro-bind", runtime, runtime});
  add(out, {"--dir", "/tally"});
  for (const auto& [name, content] : inputs.files) {
    add(out, {"--perms", "0555", "--file", std::to_string(content), "/tally/" + name});
  }
  add(out, {"--seccomp", std::to_string(inputs.filter), "--chdir", "/tmp", "--remount-ro", "/"});
  return out;
}

}  // namespace tally::worker
