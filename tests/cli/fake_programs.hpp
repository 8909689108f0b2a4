#pragma once
#include <filesystem>
#include <string>

#include "run_tool.hpp"

/// A folder with the real `tally` beside a worker and an aggregator that are shell scripts: for
/// what real ones do rarely. The worker's script sees the run directory as $2 and the element as
/// $4.
class FakePrograms {
 public:
  FakePrograms(const std::string& worker, const std::string& aggregate) {
    std::error_code other_disk;  // not a symbolic link: /proc/self/exe would lead back
    std::filesystem::create_hard_link(tally_program(), dir_.path() / "tally", other_disk);
    if (other_disk) std::filesystem::copy_file(tally_program(), dir_.path() / "tally");
    script("tally-worker", worker);
    script("aggregate", aggregate);
  }
  [[nodiscard]] std::string tally() const { return (dir_.path() / "tally").string(); }
  void script(const std::string& name, const std::string& text) const {
    std::filesystem::permissions(dir_.file(name, "#!/bin/sh\n" + text),
                                 std::filesystem::perms::owner_all);
  }
  void remove(const std::string& name) const { std::filesystem::remove(dir_.path() / name); }

 private:
  TempDir dir_;
};
