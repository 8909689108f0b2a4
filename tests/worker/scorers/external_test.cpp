#include "worker/scorers/external.hpp"

#include <signal.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "catch.hpp"
#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "scorer_child.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

// What the log says, as long as this lives.
class Log {
 public:
  Log() : before_(spdlog::default_logger()) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
    sink->set_pattern("%v");
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
  }
  ~Log() { spdlog::set_default_logger(before_); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::shared_ptr<spdlog::logger> before_;
  std::ostringstream text_;
};

Error refused(ScorerChild& child) {
  try {
    child.scorer().probe();
  } catch (const Error& error) {
    return error;
  }
  FAIL("the probe holds");
  return {Errc::internal, ""};
}

}  // namespace

TEST_CASE("an external scorer judges item after item", "[worker][external]") {
  const Log log;
  ScorerChild child(R"(
hello(["length"])
for r in lines():
    text = r["completion"]["text"]
    right(r, score=0.5 if text == r["doc"]["target"] else 0, answer=text, explanation=str(r["id"]),
          metrics={"length": len(text)})
)");
  child.entry.columns = {"length"};
  child.scorer().probe();
  CHECK(child.scorer().metric_names() == std::vector<std::string>{"length"});
  const Score one = child.score();
  CHECK(one.outcome == Outcome::scored);
  CHECK(one.value == 0.5);
  CHECK(one.answer == "1");
  CHECK(one.explanation == "0");
  CHECK(one.metrics == std::vector<float>{1.0F});
  CHECK(one.seconds > 0.0F);
  child.completion.text = "12";
  const Score two = child.score();
  CHECK(two.value == 0.0);
  CHECK(two.explanation == "1");
  child.close();
  CHECK(log.text().empty());
}

TEST_CASE("a scorer that draws has the item's own random number", "[worker][external]") {
  ScorerChild child("hello()\nfor r in lines(): right(r, answer=str(r['seed']))\n");
  const std::string first = child.score(3).answer;
  const std::string other = child.score(4).answer;
  CHECK(first != other);
  CHECK(std::stoull(first) < (1ULL << 53U));
  CHECK(child.score(3).answer == first);
  ItemRandom random(7, 3);
  const std::uint64_t high = random.next_u32();
  const std::uint64_t low = random.next_u32();
  CHECK(std::stoull(first) == (high * 4294967296ULL + low) / 2048);
}

TEST_CASE("a probe runs no item", "[worker][external]") {
  ScorerChild child(R"(
hello()
for r in lines():
    open(home + "/asked", "a").write("x")
    right(r)
)");
  child.scorer().probe();
  child.scorer().probe();
  child.close();
  CHECK(child.wrote("asked").empty());
}

TEST_CASE("a program that is not there or says no hello fails the probe", "[worker][external]") {
  struct Bad {
    std::string body, message;
    Errc code;
  };
  const auto bad = GENERATE(values<Bad>({
      {"sys.exit('no such model')",
       "tasks.judge.command: expected a hello, but it ended with exit code 1: no such model",
       Errc::unavailable},
      {"os.close(1); time.sleep(600)",
       "tasks.judge.command: expected a hello, but it closed its stdout", Errc::unavailable},
      {"sys.stdout.write('hello'); sys.stdout.flush(); time.sleep(600)",
       "tasks.judge.command: expected a hello, but it said nothing whole within 1s",
       Errc::unavailable},
      {"print('hello', flush=True)",
       R"(tasks.judge.command: hello: found "hello", expected {"tally_scorer":1,"columns":[]})",
       Errc::config},
      {"hello(['f1'])", R"(tasks.judge.command: hello: columns: found ["f1"], expected [])",
       Errc::config},
  }));
  const Log log;
  ScorerChild child(bad.body);
  if (bad.message.ends_with("within 1s")) child.entry.limits.wall = std::chrono::seconds(1);
  const Error error = refused(child);
  CHECK(error.what() == bad.message);
  CHECK(error.code() == bad.code);
}

TEST_CASE("a program that does not exist is missing", "[worker][external]") {
  ScorerChild child("");
  child.entry.command = {"/nowhere/scorer", "x"};
  const Error error = refused(child);
  CHECK(error.what() == std::string("/nowhere/scorer: start program: No such file or directory"));
  CHECK(error.code() == Errc::missing);
}

TEST_CASE("a file of the command that changed after planning is refused", "[worker][external]") {
  ScorerChild child("hello()\n");
  const std::string file = child.entry.command[2];
  const std::string planned = sha256_file(file).hex();
  child.entry.command_sha256 = {"", "", planned};
  child.scorer().probe();
  child.close();
  static_cast<void>(child.dir.file("scorer.py", "print(1)\n"));
  const Error error = refused(child);
  CHECK(error.code() == Errc::data);
  CHECK(error.what() == "tasks.judge.command[2]: found " + sha256("print(1)\n").hex() + " in " +
                            file + ", expected " + planned + " as planned");
}

TEST_CASE("a child that is lost once is started again, and the item asked again",
          "[worker][external][trap-20]") {
  const std::string loss = GENERATE(
      "sys.exit(3)", "os.kill(os.getpid(), signal.SIGKILL)", "os.close(1); time.sleep(600)",
      "print('hm', flush=True)", "say({'id': 7, 'outcome': 'invalid'})", "os.close(0); sys.exit()",
      "sys.stdout.write('x' * (1 << 22)); sys.stdout.flush()");
  const Log log;
  ScorerChild child("hello()\nfor r in lines():\n    if first(): " + loss +
                    "\n    else: right(r, answer=str(r['id']))\n");
  child.entry.limits.output = 1U << 20U;
  const Score score = child.score();
  CHECK(score.outcome == Outcome::scored);
  CHECK(score.answer == "1");
  CHECK(child.score().answer == "2");
}

TEST_CASE("a child that an item loses twice leaves it without a verdict",
          "[worker][external][trap-20]") {
  struct Bad {
    std::string does, explanation;
  };
  const auto bad = GENERATE(values<Bad>({
      {"sys.exit(3)", "it ended with exit code 3"},
      {"os.kill(os.getpid(), signal.SIGKILL)", "it ended with signal 9 (Killed)"},
      {"os.close(1); time.sleep(600)", "it closed its stdout"},
      {"print('hm', flush=True)", "reply: found \"hm\", expected a JSON object"},
      {"say({'id': 7, 'outcome': 'invalid'})", "reply: id: found 7, expected 2"},
      {"sys.stdout.write('x' * (1 << 22)); sys.stdout.flush()",
       "it said a line of more than 1048576 bytes"},
      {"print('x' * (1 << 21), flush=True)", "it said a line of more than 1048576 bytes"},
  }));
  const Log log;
  ScorerChild child("hello()\nfor r in lines():\n    if r['doc']['id'] == 'bad': " + bad.does +
                    "\n    else: right(r)\n");
  child.entry.limits.output = 1U << 20U;
  CHECK(child.score().outcome == Outcome::scored);
  child.doc.id = "bad";
  const Score score = child.score();
  CHECK(score.outcome == Outcome::infra_error);
  CHECK(score.explanation == "external scorer: " + bad.explanation);
  child.doc.id = "good";
  CHECK(child.score().outcome == Outcome::scored);
}

TEST_CASE("a scorer that hangs is ended and gives no verdict", "[worker][external][trap-20]") {
  const Log log;
  ScorerChild child(R"(
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(home + "/pid", "a").write(str(os.getpid()) + " ")
hello()
for r in lines():
    if r["doc"]["id"] == "bad": time.sleep(600)
    right(r)
)");
  child.scorer().probe();
  const auto patience = child.entry.limits.wall;
  child.entry.limits.wall = std::chrono::milliseconds(300);
  child.doc.id = "bad";
  const Score score = child.score();
  CHECK(score.outcome == Outcome::infra_error);
  CHECK(score.explanation == "external scorer: it said nothing whole within 300ms");
  child.entry.limits.wall = patience;
  std::istringstream pids(child.wrote("pid"));
  std::string pid, second;
  REQUIRE(pids >> pid);
  CHECK_FALSE(pids >> second);  // a hang is not tried twice
  CHECK_FALSE(is_alive(pid));
  child.doc.id = "good";
  CHECK(child.score().outcome == Outcome::scored);
}

TEST_CASE("a child that cannot be started again ends the rank", "[worker][external]") {
  const Log log;
  ScorerChild child("if not first(): sys.exit('gone')\nhello()\nfor r in lines(): sys.exit(1)\n");
  CHECK_THROWS_WITH(child.score(),
                    "tasks.judge.command: expected a hello, but it ended with exit code 1: gone");
}

TEST_CASE("lines beyond the reply cost the child, not the verdict", "[worker][external]") {
  const Log log;
  ScorerChild child(R"(
hello()
for r in lines():
    sys.stdout.write(json.dumps({"id": r["id"], "outcome": "scored", "score": 1}) + "\nhm\n")
    sys.stdout.flush()
)");
  for (int i = 0; i < 3; ++i) CHECK(child.score().outcome == Outcome::scored);
  CHECK(log.text().find("it ended or spoke without being asked") != std::string::npos);
}

TEST_CASE("a program that answers one request and ends will do", "[worker][external]") {
  const Log log;
  ScorerChild child("hello()\nright(json.loads(sys.stdin.readline()))\n");
  for (int i = 0; i < 4; ++i) CHECK(child.score().outcome == Outcome::scored);
}

TEST_CASE("a stop gives up the item and ends the child", "[worker][external]") {
  const Log log;
  ScorerChild child(R"(
hello()
for r in lines():
    open(home + "/pid", "w").write(str(os.getpid()))
    os.rename(home + "/pid", home + "/asked")
    time.sleep(600)
)");
  std::thread stopper([&] {
    while (child.wrote("asked").empty()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    child.stop.request();
  });
  const Score score = child.score();
  stopper.join();
  CHECK(score.abandoned);
  CHECK_FALSE(is_alive(child.wrote("asked")));
}

TEST_CASE("a child that dies of the stop is no fault of the command", "[worker][external]") {
  const Log log;
  for (int i = 0; i < 10; ++i) {  // which of the two is seen first is chance
    ScorerChild child(R"(
open(home + "/pid", "w").write(str(os.getpid()))
os.rename(home + "/pid", home + "/started")
time.sleep(600)
)");
    std::thread stopper([&] {
      std::string pid;
      while ((pid = child.wrote("started")).empty())
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      child.stop.request();
      ::kill(std::stoi(pid), SIGTERM);
    });
    Score score;
    CHECK_NOTHROW(score = child.score());
    stopper.join();
    CHECK(score.abandoned);
  }
}

TEST_CASE("what a scorer says on stderr is logged, and not without end", "[worker][external]") {
  const Log log;
  ScorerChild child(R"(
print("loading \x1b[2J", file=sys.stderr)
hello()
for r in lines():
    for i in range(3000): print("warning number", i, "of many that nobody reads", file=sys.stderr)
    right(r)
)");
  CHECK(child.score().outcome == Outcome::scored);
  CHECK(child.score().outcome == Outcome::scored);
  child.close();
  const std::string said = log.text();
  CHECK(said.starts_with("scorer judge: loading ?[2J\nscorer judge: warning number 0 of"));
  CHECK(said.ends_with("scorer judge: said more than 65536 bytes, the rest is not logged\n"));
  CHECK(said.size() < 200'000);
}

TEST_CASE("what a scorer says at its end is logged, too", "[worker][external]") {
  const Log log;
  ScorerChild child(R"(
print("a model is loaded, which takes its time", file=sys.stderr)
hello()
for r in lines(): right(r)
sys.stderr.write("all items are judged, this was the last one\n\nbye")
)");
  CHECK(child.score().outcome == Outcome::scored);
  child.close();
  CHECK(log.text() ==
        "scorer judge: a model is loaded, which takes its time\n"
        "scorer judge: all items are judged, this was the last one\n"
        "scorer judge: \n"
        "scorer judge: bye\n");
}
