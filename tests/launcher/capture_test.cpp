#include "launcher/capture.hpp"

#include "catch.hpp"
#include "core/base/error.hpp"

namespace tally::launcher {
namespace {

Command shell(const std::string& script) { return {{"/bin/sh", "-c", script}, {}}; }

TEST_CASE("both outputs and the exit code are caught", "[process]") {
  const Captured captured = capture(shell("echo out; echo first >&2; echo err >&2; exit 3"));
  CHECK(captured.out == "out\n");
  CHECK(captured.err == "first\nerr\n");
  CHECK(captured.status.code == 3);
  CHECK_FALSE(captured.ok());
  CHECK(captured.last_words() == "err");
}

TEST_CASE("more output than a pipe holds does not block", "[process]") {
  const Captured captured = capture(shell("head -c 1000000 /dev/zero; echo end >&2"));
  CHECK(captured.ok());
  CHECK(captured.out.size() == 1'000'000);
  CHECK(captured.err == "end\n");
}

TEST_CASE("a program that does not end is ended", "[process]") {
  const Captured captured = capture(shell("echo began; sleep 100"), std::chrono::milliseconds(200));
  CHECK(captured.timed_out);
  CHECK_FALSE(captured.ok());
  CHECK(captured.last_words() == "no answer in time");
}

TEST_CASE("a program that says nothing is known by how it ended", "[process]") {
  CHECK(capture(shell("exit 7")).last_words() == "exit code 7");
  CHECK(capture(shell("kill -9 $$")).last_words() == "signal 9 (Killed)");
}

TEST_CASE("a program that is not there is missing", "[process]") {
  try {
    static_cast<void>(capture({{"no-such-program-anywhere"}, {}}));
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::missing);
  }
}

}  // namespace
}  // namespace tally::launcher
