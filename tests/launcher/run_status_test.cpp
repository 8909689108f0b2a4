#include "launcher/run_status.hpp"

#include <unistd.h>

#include "catch.hpp"
#include "core/plan/process_identity.hpp"

using namespace tally;
using namespace tally::launcher;

namespace {

constexpr double kNow = 1000.0;

Progress own_progress() {
  Progress progress;
  progress.host = host_name();
  progress.pid = ::getpid();
  progress.start_ticks = own_identity().start_ticks;
  progress.heartbeat_unix = kNow - 1.0;
  return progress;
}

}  // namespace

TEST_CASE("a young heartbeat of a living process is alive", "[launcher][status]") {
  CHECK(is_alive(own_progress(), kNow));
  Progress stopping = own_progress();
  stopping.state = "stopping";
  CHECK(is_alive(stopping, kNow));
}

TEST_CASE("what has ended, is silent or gone is not alive", "[launcher][status]") {
  Progress progress = own_progress();
  SECTION("ended") { progress.state = "incomplete"; }
  SECTION("silent") { progress.heartbeat_unix = kNow - kHeartbeatLimit - 1.0; }
  SECTION("its pid is another's now") { ++progress.start_ticks; }
  SECTION("gone") { progress.pid = 0x7fffffff; }  // above the largest pid there is
  CHECK_FALSE(is_alive(progress, kNow));
}

TEST_CASE("without a start time the pid alone counts", "[launcher][status]") {
  Progress progress = own_progress();
  progress.start_ticks = 0;
  CHECK(is_alive(progress, kNow));
}

TEST_CASE("another host is believed while its heart beats", "[launcher][status]") {
  Progress progress = own_progress();
  progress.host = "another";
  progress.pid = 0x7fffffff;
  CHECK(is_alive(progress, kNow));
  progress.heartbeat_unix = kNow - kHeartbeatLimit - 1.0;
  CHECK_FALSE(is_alive(progress, kNow));
}

TEST_CASE("the table names what is bad and what to do next", "[launcher][status]") {
  RunStatus status;
  status.root = "/r";
  status.run_id = "digits";
  status.tasks = 2;
  status.items = 200;
  status.recorded = 150;
  status.to_do = 50;
  status.shards = 3;
  status.bytes = 4096;
  status.bad.push_back({"x.h5", "digest: found a, expected b"});
  status.elements.push_back({ElementId(0), "lost", {}, {}, 200, 150, 50, std::nullopt});
  CHECK(status_text(status) ==
        "run       digits (/r)\n"
        "state     incomplete: `tally resume` does the rest\n"
        "items     200 in 2 tasks\n"
        "recorded  150 (75.0%), 50 to do, 0 given up\n"
        "shards    3, 4096 bytes\n"
        "bad       x.h5: digest: found a, expected b\n"
        "\n"
        "element  state          recorded        items     rate/s      left  message\n"
        "      0  lost                150          200          -         -  \n");
  CHECK(
      status_json(status) ==
      R"({"run":"/r","run_id":"digits","complete":false,"running":false,"queued":false,"aggregate":"","notes":[],"tasks":2,"items":200,)"
      R"("recorded":150,"to_do":50,"given_up":0,"shards":3,"bytes":4096,"bad_shards":[{"name":)"
      R"("x.h5","reason":"digest: found a, expected b"}],"rate":0,"eta_seconds":-1,)"
      R"("submission":0,"elements":[{"element":0,"state":"lost","items":200,"recorded":150,)"
      R"("to_do":50}]})");
}
