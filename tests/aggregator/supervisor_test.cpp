#include "aggregator/supervisor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <thread>

#include "catch.hpp"
#include "core/base/descriptor.hpp"
#include "core/base/temporary.hpp"
#include "run_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;
namespace fs = std::filesystem;

namespace {

/// Children here are shell scripts: they misbehave exactly where they should. `begin` and `end`
/// write to the board as ShardChannel does: a turn of 8 bytes, least first, and the shard's name.
const std::string kBoard =
    "begin() { printf '\\001\\000\\000\\000\\000\\000\\000\\000%s' \"$1\" 1<>/dev/fd/3; };"
    "end() { printf '\\002' 1<>/dev/fd/3; };";

struct Supervised {
  TestRun test{make_plan(4, 1)};
  std::string shard = test.commit({scored(0, 1)});
  std::chrono::milliseconds lock_patience = std::chrono::hours(24);

  int run(const std::string& script,
          std::chrono::milliseconds patience = std::chrono::seconds(30)) {
    return supervise(test.run, {{"/bin/sh", "-c", kBoard + script, "child", shard,
                                 (test.run.shards() / shard).string()},
                                {},
                                patience,
                                lock_patience});
  }
  /// As another aggregator holds it.
  [[nodiscard]] Descriptor lock() const {
    fs::create_directory(test.run.results());
    Descriptor lock = Descriptor::open(test.run.results() / ".lock", O_RDWR | O_CREAT, 0644);
    REQUIRE(::flock(lock.get(), LOCK_EX | LOCK_NB) == 0);
    return lock;
  }
  [[nodiscard]] std::string reason() const {
    std::ifstream file(test.run.quarantine() / (shard + ".reason.txt"));
    std::string line;
    std::getline(file, line);
    return line;
  }
};

}  // namespace

TEST_CASE("the child's exit code is passed on", "[aggregator]") {
  Supervised supervised;
  CHECK(supervised.run("exit 0") == 0);
  CHECK(supervised.run("exit 75") == 75);
  CHECK(supervised.run("begin $1; end; exit 74") == 74);
  CHECK(fs::exists(supervised.test.run.shards() / supervised.shard));
}

TEST_CASE("a shard that kills the child is quarantined and the child starts again",
          "[aggregator]") {
  Supervised supervised;
  CHECK(supervised.run("[ -e $2 ] || exit 0; begin $1; kill -SEGV $$") == 0);
  CHECK_FALSE(fs::exists(supervised.test.run.shards() / supervised.shard));
  CHECK(supervised.reason() == "the reader died by SIGSEGV while it read this shard");
}

TEST_CASE("what killed processes left half written goes", "[aggregator]") {
  Supervised supervised;
  const RunDir& run = supervised.test.run;
  const fs::path folder = GENERATE(false, true) ? run.temp() : run.quarantine();
  const TemporaryOwner owner = this_owner();
  const auto name = [&](std::uint64_t start) {
    return fmt::format("a.h5.reason.txt.{}.{}.{}.{}.0.tmp", owner.host, owner.boot, owner.pid,
                       start);
  };
  const std::string living = name(owner.start);
  const std::string dead = name(owner.start + 1);  // our pid, but another process had it
  for (const std::string& file : {living, dead, std::string("a.h5.reason.txt")})
    std::ofstream(folder / file) << "x\n";
  CHECK(supervised.run("exit 0") == 0);
  CHECK_FALSE(fs::exists(folder / dead));
  CHECK(fs::exists(folder / living));
  CHECK(fs::exists(folder / "a.h5.reason.txt"));
}

TEST_CASE("a shard that hangs the child is quarantined", "[aggregator]") {
  Supervised supervised;
  CHECK(supervised.run("[ -e $2 ] || exit 0; begin $1; kill -STOP $$",
                       std::chrono::milliseconds(50)) == 0);
  CHECK(supervised.reason() == "the reader was silent for 50 ms while it read this shard");
}

TEST_CASE("a shard is not to blame for a suspension during which it was read", "[aggregator]") {
  Supervised supervised;
  const fs::path starts = supervised.test.run.root() / "starts";
  const std::string script =
      "echo x >>'" + starts.string() +
      "'; begin $1; (sleep 7; kill -CONT $PPID) & kill -STOP $PPID; wait; end";
  const pid_t pid = ::fork();  // so that what is stopped is not this program
  if (pid == 0) ::_exit(supervised.run(script, std::chrono::seconds(6)));
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(fs::file_size(starts) == 2);  // its first child was not ended
}

TEST_CASE("after a death on a shard the next child works alone", "[aggregator]") {
  Supervised supervised;
  const auto shell = [&](const std::string& script) {
    return std::vector<std::string>{"/bin/sh", "-c", kBoard + script, "child", supervised.shard};
  };
  Supervision supervision;
  supervision.command = shell("begin $1; kill -KILL $$");
  supervision.again = shell("begin $1; end; kill -KILL $$");
  CHECK(supervise(supervised.test.run, supervision) == 75);  // killed, but not on the shard
  CHECK(fs::exists(supervised.test.run.shards() / supervised.shard));
}

TEST_CASE("silence outside of a shard is no hang", "[aggregator]") {
  Supervised supervised;
  CHECK(supervised.run("begin $1; end; sleep 0.2; exit 0", std::chrono::milliseconds(50)) == 0);
  CHECK(fs::exists(supervised.test.run.shards() / supervised.shard));
}

TEST_CASE("a death outside of any shard is our bug", "[aggregator]") {
  Supervised supervised;
  CHECK(supervised.run("begin $1; end; kill -ABRT $$") == 70);
  CHECK(fs::exists(supervised.test.run.shards() / supervised.shard));
}

TEST_CASE("unfinished results of a dead child are removed", "[aggregator]") {
  Supervised supervised;
  const fs::path results = supervised.test.run.results();
  CHECK(supervised.run("mkdir -p '" + (results / ".new-1").string() + "'; kill -KILL $$") == 75);
  CHECK_FALSE(fs::exists(results / ".new-1"));
}

TEST_CASE("an aggregator waits until no other is at work", "[aggregator]") {
  Supervised supervised;
  const fs::path ended = supervised.test.run.root() / "ended";
  std::optional<Descriptor> other = supervised.lock();
  std::thread others_end([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::ofstream(ended) << "x\n";
    other.reset();
  });
  const int code = supervised.run("[ -e '" + ended.string() + "' ] || exit 1");
  others_end.join();
  CHECK(code == 0);
}

TEST_CASE("an aggregator that has waited too long for another leaves with 75", "[aggregator]") {
  Supervised supervised;
  supervised.lock_patience = std::chrono::milliseconds(300);
  std::optional<Descriptor> other = supervised.lock();
  CHECK(supervised.run("exit 0") == 75);
  other.reset();
  CHECK(supervised.run("exit 0") == 0);
}

TEST_CASE("a stop signal ends the wait for another aggregator", "[aggregator]") {
  Supervised supervised;
  const Descriptor other = supervised.lock();
  sigset_t stop;
  sigset_t before;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTERM);
  REQUIRE(::pthread_sigmask(SIG_BLOCK, &stop, &before) == 0);
  REQUIRE(::raise(SIGTERM) == 0);  // it is there when the wait begins
  const int code = supervised.run("exit 0");
  REQUIRE(::pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
  CHECK(code == 75);
}

TEST_CASE("a stop signal ends the child and the supervisor", "[aggregator]") {
  Supervised supervised;
  // The child tells its supervisor to stop, as a scheduler would; without that it never ends.
  CHECK(supervised.run("kill -TERM $PPID; exec sleep 600") == 75);
}
