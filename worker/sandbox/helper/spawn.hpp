#pragma once
#include <spawn.h>
#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace tally::worker {

/// One posix_spawn: stdin and stdout are /dev/null; of what the caller has open, only what is
/// passed or kept goes along, under its own number. Signals are as new, but for those of a step:
/// who ignores them passes that on. posix_spawn knows no
/// control groups before glibc 2.39, and to move a process after its birth is a race and, for the
/// kernel's sake, milliseconds of waiting: with enter() it is a clone3 that does the same.
class Spawn {
 public:
  Spawn();
  ~Spawn();
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  void pass(int from, int to);
  /// Nothing for -1.
  void keep(int fd);
  void change_folder(const std::string& to);
  /// The process is to be born in the control group of this folder; -1: in its parent's.
  void enter(int cgroup) { cgroup_ = cgroup; }
  /// `words` begin with argv[0]; `environment` is the whole of it. Throws std::runtime_error.
  [[nodiscard]] pid_t run(const std::string& path, const std::vector<std::string>& words,
                          const std::vector<std::string>& environment);

 private:
  [[nodiscard]] pid_t run_in_cgroup(const std::string& path, char* const* words,
                                    char* const* environment) const;
  [[noreturn]] void become(const std::string& path, char* const* words, char* const* environment,
                           int report) const noexcept;

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  std::vector<std::pair<int, int>> passed_;  ///< The same once more: from, to.
  std::string folder_;
  int cgroup_ = -1;
};

}  // namespace tally::worker
