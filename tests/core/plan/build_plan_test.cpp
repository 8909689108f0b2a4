#include <stdlib.h>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/planned_docs.hpp"
#include "temp_dir.hpp"

using tally::build_plan;
using tally::Errc;
using tally::Error;
using tally::RunConfig;

namespace {

// Sets SOURCE_DATE_EPOCH, or unsets it with nullptr, for one test.
class Epoch {
 public:
  explicit Epoch(const char* value) {
    if (value == nullptr) {
      ::unsetenv("SOURCE_DATE_EPOCH");
    } else {
      ::setenv("SOURCE_DATE_EPOCH", value, 1);
    }
  }
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;
  ~Epoch() { ::unsetenv("SOURCE_DATE_EPOCH"); }
};

RunConfig config_in(const TempDir& dir) {
  RunConfig config;
  config.file = "conf/other.yaml";
  config.run.id = "digits";
  config.models.resize(1);
  config.models[0].name = "m";
  config.models[0].completions = dir.file("c.jsonl", "{}\n");
  config.models[0].line = 3;
  config.datasets.resize(1);
  config.datasets[0].slug = "d";
  config.datasets[0].line = 5;
  config.datasets[0].source =
      dir.file("d.jsonl", "{\"input\":\"a\",\"target\":0}\n{\"input\":\"b\",\"target\":1}\n");
  config.tasks.resize(1);
  config.tasks[0].name = "free_response";
  config.tasks[0].models = {"m"};
  config.tasks[0].datasets = {"d"};
  config.tasks[0].sampling.temperature.values = {-0.0};
  return config;
}

const std::chrono::system_clock::time_point kNow{std::chrono::seconds(1'714'521'600)};

}  // namespace

TEST_CASE("a plan freezes digests, doc counts and the time", "[plan]") {
  const TempDir dir;
  const Epoch none(nullptr);
  const auto plan = build_plan(config_in(dir), 0, kNow);
  CHECK(plan.created_at == "2024-05-01T00:00:00Z");
  CHECK(plan.models[0].digest == tally::sha256("{}\n"));
  CHECK(plan.models[0].file == dir.path() / "c.jsonl");
  CHECK(plan.datasets[0].docs == 2);
  CHECK(plan.items() == 2);
  CHECK(plan.task_json(plan.task(0)).find("\"temperature\":0,") != std::string::npos);
  CHECK(build_plan(config_in(dir), 1, kNow).items() == 1);
  CHECK(tally::load_plan(dir.file("plan.json", plan.json())).json() == plan.json());
}

TEST_CASE("SOURCE_DATE_EPOCH stands for the clock", "[plan]") {
  const TempDir dir;
  {
    const Epoch epoch("86400");
    CHECK(build_plan(config_in(dir), 0, kNow).created_at == "1970-01-02T00:00:00Z");
  }
  const Epoch epoch("tomorrow");
  CHECK_THROWS_WITH(build_plan(config_in(dir), 0, kNow),
                    "SOURCE_DATE_EPOCH: found 'tomorrow', expected seconds since 1970");
}

TEST_CASE("an absent input is named with line and key", "[plan]") {
  const TempDir dir;
  RunConfig config = config_in(dir);
  config.models[0].completions = dir.path() / "absent";
  CHECK_THROWS_WITH(build_plan(config, 0, kNow),
                    "conf/other.yaml:3: models[0].completions: found no file " +
                        (dir.path() / "absent").string() + ", expected one");
  config = config_in(dir);
  config.datasets[0].source = dir.path();
  try {
    static_cast<void>(build_plan(config, 0, kNow));
    FAIL("a folder passed for a dataset");
  } catch (const Error& e) {
    CHECK(e.code() == Errc::missing);
    CHECK(e.where().key == "datasets[0].source");
  }
}

TEST_CASE("a digest that is not the config's is refused", "[plan]") {
  const TempDir dir;
  RunConfig config = config_in(dir);
  config.models[0].sha256 = tally::sha256("{}\n").hex();
  CHECK_NOTHROW(build_plan(config, 0, kNow));
  config.models[0].sha256 = tally::sha256("other").hex();
  CHECK_THROWS_WITH(build_plan(config, 0, kNow), "conf/other.yaml:3: models[0].sha256: found " +
                                                     tally::sha256("{}\n").hex() + " in " +
                                                     (dir.path() / "c.jsonl").string() +
                                                     ", expected " + tally::sha256("other").hex());
}

TEST_CASE("a dataset without docs is refused", "[plan]") {
  const TempDir dir;
  RunConfig config = config_in(dir);
  config.datasets[0].source = dir.file("empty.jsonl", "\n");
  CHECK_THROWS_WITH(build_plan(config, 0, kNow),
                    "conf/other.yaml:5: datasets[0]: found no docs, expected at least 1");
}

TEST_CASE("docs of a dataset that changed since the plan are refused", "[plan]") {
  const TempDir dir;
  auto plan = build_plan(config_in(dir), 1, kNow);
  CHECK(tally::load_docs(plan.datasets[0]).size() == 1);
  const std::string now = "{\"input\":\"a\",\"target\":7}\n";
  const auto file = dir.file("d.jsonl", now);
  CHECK_THROWS_WITH(tally::load_docs(plan.datasets[0]),
                    file.string() + ": sha256: found " + tally::sha256(now).hex() + ", expected " +
                        plan.datasets[0].digest.hex());
  plan.datasets[0].digest = tally::sha256(now);
  plan.datasets[0].docs = 2;
  CHECK_THROWS_WITH(tally::load_docs(plan.datasets[0]),
                    file.string() + ": docs: found 1, expected 2");
}

namespace {

RunConfig external_in(const TempDir& dir) {
  RunConfig config = config_in(dir);
  config.file = dir.path() / "run.yaml";
  config.tasks[0].evaluator = tally::Evaluator::external;
  config.tasks[0].command = {"python3", "./s.py", "s.py", "/nowhere/x"};
  config.tasks[0].columns = {"f1"};
  return config;
}

}  // namespace

TEST_CASE("files of a scorer's command are found at the config and digested", "[plan]") {
  const TempDir dir;
  const std::string file = dir.file("s.py", "print(1)\n").string();
  const std::string digest = tally::sha256("print(1)\n").hex();
  const auto plan = build_plan(external_in(dir), 0, kNow);
  const tally::TaskSpec& entry = plan.entries[0];
  CHECK(entry.command == std::vector<std::string>{"python3", file, "s.py", "/nowhere/x"});
  CHECK(entry.command_sha256 == std::vector<std::string>{"", digest, "", ""});
  const std::string identity = plan.task_json(plan.task(0));
  CHECK(identity.find(R"("scoring":{"columns":["f1"],"command":["python3","sha256:)" + digest +
                      R"(","s.py","/nowhere/x"]},)") != std::string::npos);
  const auto again = tally::load_plan(dir.file("plan.json", plan.json()));
  CHECK(again.entries[0].command_sha256 == entry.command_sha256);
  CHECK(again.json() == plan.json());
}

TEST_CASE("a task is known by what its scorer's files hold, not by where they lie", "[plan]") {
  const TempDir here;
  const TempDir there;
  for (const TempDir* const dir : {&here, &there})
    static_cast<void>(dir->file("s.py", "print(1)\n"));
  const auto id = [](const TempDir& dir) {
    const auto plan = build_plan(external_in(dir), 0, kNow);
    return plan.task_id(plan.task(0));
  };
  const std::string before = id(here);
  CHECK(id(there) == before);
  static_cast<void>(there.file("s.py", "print(2)\n"));
  CHECK(id(there) != before);
}

TEST_CASE("an absent file of a scorer's command is named", "[plan]") {
  const TempDir dir;
  const RunConfig config = external_in(dir);
  try {
    static_cast<void>(build_plan(config, 0, kNow));
    FAIL("no scorer passed for one");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::missing);
    CHECK(error.where().key == "tasks.free_response.command[1]");
    CHECK(error.what() == config.file.string() +
                              ": tasks.free_response.command[1]: found no file " +
                              (dir.path() / "s.py").string() + ", expected one");
  }
}
