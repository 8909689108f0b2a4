#include "core/base/tool_main.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <new>
#include <stdexcept>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "temp_dir.hpp"

using namespace tally;

namespace {

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

// Runs `body` as a program of its own with stdout and stderr in files.
Outcome run(const std::function<int()>& body, const char* stdout_path = nullptr) {
  const TempDir dir;
  const auto out = dir.file("out", ""), err = dir.file("err", "");
  std::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(::open(stdout_path == nullptr ? out.c_str() : stdout_path, O_WRONLY), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY), STDERR_FILENO);
    ::_exit(tool_main("tool", body));
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(out, 100'000),
          read_text(err, 100'000)};
}

}  // namespace

TEST_CASE("the exit code is the body's own, and stdout is all of its data", "[base][tool_main]") {
  const Outcome outcome = run([] {
    std::cout << "data\n";
    std::printf("more\n");
    return 7;
  });
  CHECK(outcome.code == 7);
  CHECK(outcome.out == "data\nmore\n");
  CHECK(outcome.err.empty());
}

TEST_CASE("what escapes is logged once and becomes its exit code", "[base][tool_main]") {
  struct Escape {
    std::function<int()> body;
    int code;
    std::string text;
  };
  const auto escape = GENERATE(values<Escape>({
      {[]() -> int {
         throw Error(Errc::config, "found 0", {"run.yaml", "a", 3});
       },
       78, "tool error: run.yaml:3: a: found 0"},
      {[]() -> int { throw Error(Errc::incomplete, "stopped"); }, 75, "tool error: stopped"},
      {[] { return static_cast<int>(std::filesystem::file_size("/no/such/file")); }, 74,
       "No such file or directory"},
      {[]() -> int { throw std::ios_base::failure("disk"); }, 74, "disk"},
      {[]() -> int { throw std::bad_alloc(); }, 70, "out of memory"},
      {[]() -> int { throw std::logic_error("oops"); }, 70, "tool critical: bug: oops"},
  }));
  CAPTURE(escape.text);
  const Outcome outcome = run(escape.body);
  CHECK(outcome.code == escape.code);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, TALLY_CONTAINS(escape.text));
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
}

TEST_CASE("data that stdout did not take is an I/O failure", "[base][tool_main]") {
  const Outcome lost = run([] { return std::printf("data\n") < 0 ? 1 : 0; }, "/dev/full");
  CHECK(lost.code == 74);
  CHECK_THAT(lost.err, TALLY_CONTAINS("write to stdout: not all data could be written"));
  const Outcome failed = run([] { return std::printf("data\n") < 0 ? 1 : 3; }, "/dev/full");
  CHECK(failed.code == 3);
}

TEST_CASE("a file size limit is met as an error, not as a signal", "[base][tool_main]") {
  const Outcome outcome = run([] {
    ::signal(SIGPIPE, SIG_DFL);
    return ::signal(SIGXFSZ, SIG_DFL) == SIG_IGN ? 0 : 1;
  });
  CHECK(outcome.code == 0);
}
