#include "run_tool.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "golden.hpp"
#include "launcher/process.hpp"
#include "launcher/programs.hpp"

namespace fs = std::filesystem;

RunningTool::RunningTool(std::vector<std::string> argv,
                         std::map<std::string, std::string> environment) {
  const int out = ::open(dir_.file("out", "").c_str(), O_WRONLY | O_CLOEXEC);
  const int err = ::open(dir_.file("err", "").c_str(), O_WRONLY | O_CLOEXEC);
  pid_ = tally::launcher::start_process({std::move(argv), std::move(environment)}, {out, err});
  ::close(out);
  ::close(err);
}

RunningTool::~RunningTool() {
  if (reaped_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void RunningTool::signal(int number) const { ::kill(pid_, number); }

bool RunningTool::ended() {
  if (!reaped_ && ::waitpid(pid_, &status_, WNOHANG) == pid_) reaped_ = true;
  return reaped_;
}

ToolResult RunningTool::wait() {
  if (!reaped_) ::waitpid(pid_, &status_, 0);
  reaped_ = true;
  ToolResult result;
  if (WIFSIGNALED(status_)) {
    result.signal = WTERMSIG(status_);
  } else {
    result.code = WEXITSTATUS(status_);
  }
  result.out = file_text(dir_.path() / "out");
  result.err = file_text(dir_.path() / "err");
  return result;
}

ToolResult run_tool(std::vector<std::string> argv, std::map<std::string, std::string> environment) {
  return RunningTool(std::move(argv), std::move(environment)).wait();
}

fs::path bin_dir() { return tally::launcher::own_program().parent_path(); }

std::string tally_program() { return (bin_dir() / "tally").string(); }

ToolResult run_tally(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), tally_program());
  return run_tool(std::move(arguments), {{"SOURCE_DATE_EPOCH", "0"}});
}

std::string file_text(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> tree_of(const fs::path& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void check_golden(const std::string& name, const std::string& text) {
  check_golden(fs::path(TALLY_GOLDEN_DIR) / name, text);
}
