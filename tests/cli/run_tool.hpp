#pragma once
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "temp_dir.hpp"

/// What a program did.
struct ToolResult {
  int code = 0;
  int signal = 0;  ///< 0 when it exited by itself.
  std::string out;
  std::string err;
};

/// A program while it runs, its output going to files. Killed when the test forgets it.
class RunningTool {
 public:
  explicit RunningTool(std::vector<std::string> argv,
                       std::map<std::string, std::string> environment = {});
  ~RunningTool();
  RunningTool(const RunningTool&) = delete;
  RunningTool& operator=(const RunningTool&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  [[nodiscard]] bool ended();
  ToolResult wait();

 private:
  TempDir dir_;
  pid_t pid_ = 0;
  bool reaped_ = false;
  int status_ = 0;
};

/// Runs a program to its end.
ToolResult run_tool(std::vector<std::string> argv,
                    std::map<std::string, std::string> environment = {});

/// Where the programs of this build are.
std::filesystem::path bin_dir();
/// `tally` of this build.
std::string tally_program();
/// Runs `tally` with SOURCE_DATE_EPOCH=0, so that results do not depend on the clock.
ToolResult run_tally(std::vector<std::string> arguments);

std::string file_text(const std::filesystem::path& file);
/// Regular files of a folder, by name. Empty when there is none.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder);
/// Every path below a folder, for "nothing was written".
std::vector<std::string> tree_of(const std::filesystem::path& folder);

/// Compares with tests/cli/golden/<name>; rewrites it when TALLY_BLESS=1.
void check_golden(const std::string& name, const std::string& text);
