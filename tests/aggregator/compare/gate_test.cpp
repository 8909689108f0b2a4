#include "aggregator/compare/gate.hpp"

#include <filesystem>
#include <limits>

#include "aggregator/compare/compare_output.hpp"
#include "aggregator/compare/gate_output.hpp"
#include "catch.hpp"
#include "core/base/error.hpp"
#include "golden.hpp"
#include "published_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
const std::vector<double> kOld{1, 0, 1, 0, 1, 1, 0, 0, 1, 0};
const std::vector<double> kNew{1, 1, 1, 0, 1, 1, 0, 1, 1, 0};

GateOptions at_least(const std::string& rule) {
  GateOptions options;
  options.limits.push_back(parse_limit(LimitRule::Kind::minimum, rule));
  return options;
}

GateOptions at_most(const std::string& rule) {
  GateOptions options;
  options.limits.push_back(parse_limit(LimitRule::Kind::maximum, rule));
  return options;
}

LimitRule minimum(std::string_view text) { return parse_limit(LimitRule::Kind::minimum, text); }

const std::filesystem::path kGolden = TALLY_GOLDEN;

}  // namespace

TEST_CASE("a minimum is a figure and a fraction", "[aggregator][compare][trap-10]") {
  CHECK(minimum("accuracy=80%").metric == "accuracy");
  CHECK(minimum("accuracy=80%").value == 0.8);
  CHECK(minimum("pass@1=0.5").metric == "pass@1");
  CHECK(minimum("mean:nll=-1.5").value == -1.5);
  CHECK_THROWS_WITH(minimum("accuracy"), "--min: found \"accuracy\", expected METRIC=VALUE");
  CHECK_THROWS_WITH(minimum("=0.8"), "--min: found \"=0.8\", expected METRIC=VALUE");
  CHECK_THROWS_WITH(
      minimum("accuracy=80"),
      "--min: found \"80\", expected a fraction 0..1, or \"80%\" if percent is meant");
  CHECK_THROWS_WITH(minimum("acc=0.8"), TALLY_CONTAINS("--min: found \"acc\", expected "));
}

TEST_CASE("a figure at its minimum passes, below it fails", "[aggregator][compare]") {
  const PublishedTestRun made(make_plan(10, 1), records_of(kNew));
  const PublishedRun run = made.open();
  CHECK(gate_run(run, nullptr, at_least("accuracy=0.7")).judgement.verdict == Verdict::pass);
  CHECK(gate_run(run, nullptr, at_least("accuracy=0.71")).judgement.verdict == Verdict::fail);
}

TEST_CASE("a figure at its maximum passes, above it fails", "[aggregator][compare]") {
  const PublishedTestRun made(make_plan(10, 1), records_of(kNew));
  const PublishedRun run = made.open();
  CHECK(gate_run(run, nullptr, at_most("accuracy=0.7")).judgement.verdict == Verdict::pass);
  const GateReport report = gate_run(run, nullptr, at_most("accuracy=69%"));
  CHECK(report.judgement.verdict == Verdict::fail);
  CHECK(report.checks.at(0).judgement.reason == "0.7 exceeds 0.69");
  CHECK_THAT(gate_text(run, nullptr, report), TALLY_CONTAINS("accuracy <= 0.69"));
  CHECK(gate_run(run, nullptr, at_most("pass@1=1")).judgement.verdict == Verdict::inconclusive);
  CHECK_THROWS_WITH(parse_limit(LimitRule::Kind::maximum, "accuracy=3"),
                    TALLY_CONTAINS("--max: found \"3\", expected a fraction 0..1"));
}

TEST_CASE("a figure that the run does not have is no pass", "[aggregator][compare]") {
  const PublishedTestRun made(make_plan(10, 1), records_of(kNew));
  const GateReport report = gate_run(made.open(), nullptr, at_least("pass@1=0"));
  CHECK(report.judgement.verdict == Verdict::inconclusive);
  CHECK(report.checks.at(0).judgement.reason == "the run has no figure pass@1");
}

TEST_CASE("an incomplete run is no pass unless that is allowed", "[aggregator][compare][trap-37]") {
  std::vector<Record> records = records_of(kNew);
  records.resize(8);
  const PublishedTestRun made(make_plan(10, 1), records);
  GateOptions options = at_least("accuracy=0.7");
  const GateReport report = gate_run(made.open(), nullptr, options);
  CHECK(report.judgement.verdict == Verdict::inconclusive);
  const Check& check = report.checks.at(0);
  CHECK(check.judgement.reason == "incomplete: items are missing or failed");
  CHECK(*check.value == 0.75);
  CHECK(check.counted == 8);
  CHECK(check.items == 10);
  CHECK(*check.counting_errors_as_wrong == Approx(0.6));
  options.compare.allow_incomplete = true;
  CHECK(gate_run(made.open(), nullptr, options).judgement.verdict == Verdict::pass);
}

TEST_CASE("a limit on a run that asked only the first docs is no pass unless that is allowed",
          "[aggregator][compare]") {
  Plan plan = make_plan(10, 1);
  plan.limit = 10;
  const PublishedTestRun made(plan, records_of(kNew));
  const PublishedRun run = made.open();
  GateOptions options = at_least("accuracy=0.7");
  options.limits.push_back(parse_limit(LimitRule::Kind::maximum, "accuracy=0.1"));
  const GateReport report = gate_run(run, nullptr, options);
  CHECK(report.judgement.reason == "0 pass, 0 fail, 2 inconclusive");
  const std::string reason = "limited: only the first 10 docs of the dataset were asked for";
  const std::string note = "at most the first 10 docs of each dataset were asked for in the run";
  CHECK_THAT(gate_text(run, nullptr, report), TALLY_CONTAINS("counted)  " + reason + "\n"));
  CHECK_THAT(gate_text(run, nullptr, report), TALLY_CONTAINS("note: " + note + "\n"));
  const std::string json = gate_json(run, nullptr, options, report);
  CHECK_THAT(json, TALLY_CONTAINS(R"("reason":")" + reason + '"'));
  CHECK_THAT(json, TALLY_CONTAINS(R"("complete":true,"limit":10,)"));
  options.compare.allowed = {"limit"};
  const GateReport allowed = gate_run(run, nullptr, options);
  CHECK(allowed.judgement.reason == "1 pass, 1 fail, 0 inconclusive");
  CHECK(allowed.notes == std::vector<std::string>{note});
  GateOptions drop;
  drop.max_drop = 0.0;  // over the same docs
  CHECK(gate_run(run, &run, drop).judgement.verdict == Verdict::pass);
  plan.limit = 11;  // beyond the last
  const PublishedTestRun whole(plan, records_of(kNew));
  CHECK(gate_run(whole.open(), nullptr, at_least("accuracy=0.7")).judgement.verdict ==
        Verdict::pass);
}

TEST_CASE("a limit is a fraction and so no limit of scores on another scale",
          "[aggregator][compare][trap-10]") {
  const auto judged = [](const std::vector<double>& scores, const GateOptions& options) {
    const PublishedTestRun made(make_plan(2, 1, {"accuracy", "min"}), records_of(scores));
    return gate_run(made.open(), nullptr, options).checks.at(0).judgement;
  };
  const std::string reason = "the figure is no fraction: scores go beyond 0..1";
  for (const GateOptions& options : {at_least("accuracy=0.9"), at_most("accuracy=0.9")}) {
    CHECK(judged({90, 80}, options).verdict == Verdict::inconclusive);
    CHECK(judged({90, 80}, options).reason == reason);
  }
  CHECK(judged({-3, 1}, at_least("min=0")).reason == reason);
  CHECK(judged({-3, 1}, at_most("min=0")).reason == reason);
  CHECK(judged({1, 1 + 1e-13}, at_least("accuracy=1")).verdict == Verdict::pass);
  CHECK(judged({0, -1e-13}, at_most("accuracy=0")).verdict == Verdict::pass);
}

TEST_CASE("a step is a fraction and so none between scores on another scale",
          "[aggregator][compare][trap-10]") {
  const PublishedTestRun one(make_plan(3, 1), records_of({90, 80, 70}));
  const PublishedTestRun two(make_plan(3, 1), records_of({90, 80, 70}));
  const PublishedRun base = one.open();
  const PublishedRun run = two.open();
  GateOptions options;
  options.max_drop = 0.01;
  options.compare.margin = 0.01;
  const std::string reason = "accuracy is no fraction: scores go beyond 0..1";
  CHECK(gate_run(run, &base, options).checks.at(0).judgement.reason == reason);
  CHECK(compare_runs(base, run, options.compare).tasks.at(0).judgement.reason == reason);
  options.max_drop = 0.0;  // is the same on every scale
  options.compare.margin = 0.0;
  CHECK(gate_run(run, &base, options).judgement.verdict == Verdict::pass);
  CHECK(compare_runs(base, run, options.compare).judgement.verdict == Verdict::pass);
}

TEST_CASE("a figure that chance chose is no pass unless that is allowed", "[aggregator][compare]") {
  const PublishedTestRun made(make_plan(10, 1), records_of(kNew));
  made.test.commit({scored(1, 0), scored(3, 1)}, 0, 1);
  made.aggregate();
  const PublishedRun run = made.open();
  GateOptions options = at_least("accuracy=0.1");
  const GateReport report = gate_run(run, nullptr, options);
  CHECK(report.checks.at(0).judgement.verdict == Verdict::pass);
  CHECK(report.judgement.verdict == Verdict::inconclusive);
  CHECK(report.judgement.reason == "1 pass, 0 fail, 0 inconclusive, 2 conflicts");
  const std::string note = "2 items of the run were recorded twice, with different content";
  CHECK_THAT(gate_text(run, nullptr, report), TALLY_CONTAINS("note: " + note + "\n"));
  CHECK_THAT(gate_json(run, nullptr, options, report),
             TALLY_CONTAINS(R"("notes":[")" + note + R"("],"verdict":"inconclusive")"));
  CHECK(gate_run(run, nullptr, at_least("accuracy=1")).judgement.verdict == Verdict::fail);
  options.compare.allowed = {"conflicts"};
  const GateReport allowed = gate_run(run, nullptr, options);
  CHECK(allowed.judgement.verdict == Verdict::pass);
  CHECK(allowed.judgement.reason == "1 pass, 0 fail, 0 inconclusive, 2 conflicts (allowed)");
  options.compare.allowed = {"conflict"};
  CHECK_THROWS_WITH(gate_run(run, nullptr, options),
                    TALLY_CONTAINS("--allow: found \"conflict\", expected "));
}

TEST_CASE("a drop against figures that chance chose is no pass", "[aggregator][compare]") {
  const PublishedTestRun one(make_plan(10, 1), records_of(kNew));
  one.test.commit({scored(1, 0)}, 0, 1);
  one.aggregate();
  const PublishedTestRun two(make_plan(10, 1), records_of(kNew));
  const PublishedRun base = one.open();
  const PublishedRun run = two.open();
  GateOptions options;
  options.max_drop = 0.5;
  const GateReport report = gate_run(run, &base, options);
  CHECK(report.judgement.verdict == Verdict::inconclusive);
  CHECK(report.judgement.reason == "1 pass, 0 fail, 0 inconclusive, 1 conflicts");
  CHECK_THAT(gate_text(run, &base, report), TALLY_CONTAINS("note: 1 items of A were recorded "));
  options.compare.allowed = {"conflicts"};
  CHECK(gate_run(run, &base, options).judgement.verdict == Verdict::pass);
}

TEST_CASE("a gate shows whose programs ran without a sandbox", "[aggregator][compare]") {
  Plan plan = make_plan(10, 1);
  plan.entries[0].evaluator = Evaluator::code;
  for (const SandboxMode mode : {SandboxMode::none, SandboxMode::bubblewrap}) {
    plan.entries[0].sandbox = mode;
    const bool bare = mode == SandboxMode::none;
    const PublishedTestRun made(plan, records_of(kNew));
    const PublishedRun run = made.open();
    const GateOptions options = at_least("accuracy=0.5");
    const GateReport report = gate_run(run, nullptr, options);
    const bool shown = gate_text(run, nullptr, report).find(" sandbox=none") != std::string::npos;
    CHECK(shown == bare);
    CHECK_THAT(gate_json(run, nullptr, options, report),
               TALLY_CONTAINS(bare ? R"("sandbox":"none")" : R"("sandbox":"bubblewrap")"));
  }
}

TEST_CASE("a limit in the column's unit is reached by what was stored as f32",
          "[aggregator][compare][trap-42]") {
  RecordBatch batch = column_records({0.9F, 0.9F, 0.9F}, {1.0F, 1.0F, 1.0F});
  const PublishedTestRun made(make_plan(3, 1, {"accuracy", "mean:q", "ratio:q/r"}), batch);
  const PublishedRun run = made.open();
  const auto judged = [&](const GateOptions& options) {
    return gate_run(run, nullptr, options).judgement.verdict;
  };
  REQUIRE(static_cast<double>(0.9F) < 0.9);
  for (const std::string metric : {"mean:q", "ratio:q/r"}) {
    CHECK(judged(at_least(metric + "=0.9")) == Verdict::pass);
    CHECK(judged(at_least(metric + "=0.90001")) == Verdict::fail);
    CHECK(judged(at_most(metric + "=0.9")) == Verdict::pass);
    CHECK(judged(at_most(metric + "=0.89999")) == Verdict::fail);
  }
  CHECK(judged(at_most("ratio:q/r=2")) == Verdict::pass);
  CHECK_THROWS_WITH(minimum("ratio:q/r=80%"), TALLY_CONTAINS("expected a finite number"));
}

TEST_CASE("a drop and a margin are in the column's unit, too", "[aggregator][compare][trap-42]") {
  RecordBatch of_base = column_records({1.0F, 1.0F, 1.0F}, {1000.2F, 1000.2F, 1000.2F});
  RecordBatch of_run = column_records({0.9F, 0.9F, 0.9F}, {1000.1F, 1000.1F, 1000.1F});
  const PublishedTestRun first(make_plan(3, 1), of_base);
  const PublishedTestRun second(make_plan(3, 1), of_run);
  const PublishedRun base = first.open();
  const PublishedRun run = second.open();
  GateOptions options;
  options.max_drop = 0.1;
  for (const char* const metric : {"mean:q", "mean:r"}) {
    options.compare.metric = DocMetric::parse(metric, "--metric");
    const GateReport report = gate_run(run, &base, options);
    REQUIRE(report.checks.size() == 1);
    CAPTURE(metric, *report.checks[0].value);
    CHECK(*report.checks[0].value > 0.1);
    CHECK(report.judgement.verdict == Verdict::pass);
    options.compare.margin = 0.1;
    CHECK(compare_runs(base, run, options.compare).judgement.verdict == Verdict::pass);
    options.compare.margin = 0.098;
    CHECK(compare_runs(base, run, options.compare).judgement.verdict == Verdict::fail);
  }
}

TEST_CASE("a limit is not kept over some of the counted draws", "[aggregator][compare][trap-37]") {
  // Two draws a doc: every doc has a value of q, every item is counted.
  RecordBatch batch = column_records({0, kNan, 0, kNan}, {1, 1, 1, 1});
  const PublishedTestRun made(make_plan(2, 2, {"accuracy", "mean:q", "ratio:q/r", "mean:r"}),
                              batch);
  const PublishedRun run = made.open();
  for (const std::string metric : {"mean:q", "ratio:q/r"}) {
    GateOptions options = at_most(metric + "=0.1");
    const GateReport report = gate_run(run, nullptr, options);
    CHECK(report.judgement.verdict == Verdict::inconclusive);
    CHECK(report.checks.at(0).judgement.reason == "2 counted draws have no value for " + metric);
    CHECK_THAT(gate_text(run, nullptr, report),
               TALLY_CONTAINS("(4/4 counted; 2 draws without a value)"));
    CHECK_THAT(gate_json(run, nullptr, options, report),
               TALLY_CONTAINS(R"("counted":4,"draws_without_value":2,"value":0)"));
    options.compare.allow_incomplete = true;
    CHECK(gate_run(run, nullptr, options).judgement.verdict == Verdict::pass);
  }
  const GateReport whole = gate_run(run, nullptr, at_most("mean:r=1"));
  CHECK(whole.judgement.verdict == Verdict::pass);
  CHECK_THAT(gate_text(run, nullptr, whole), TALLY_CONTAINS("(4/4 counted)"));
}

TEST_CASE("runs are not compared by some of their counted draws",
          "[aggregator][compare][trap-37]") {
  RecordBatch all = column_records({1, 1, 1, 1}, {1, 1, 1, 1});
  RecordBatch half = column_records({1, kNan, 1, kNan}, {1, 1, 1, 1});
  const PublishedTestRun first(make_plan(2, 2), all);
  const PublishedTestRun second(make_plan(2, 2), half);
  const PublishedRun base = first.open();
  const PublishedRun run = second.open();
  GateOptions options;
  options.max_drop = 0.0;
  options.compare.metric = DocMetric::parse("mean:q", "--metric");
  for (const bool swapped : {false, true}) {
    const PublishedRun& a = swapped ? run : base;
    const PublishedRun& b = swapped ? base : run;
    options.compare.allow_incomplete = false;
    const RunComparison found = compare_runs(a, b, options.compare);
    CHECK_FALSE(found.tasks.at(0).complete());
    CHECK(found.judgement.verdict == Verdict::inconclusive);
    CHECK(found.tasks[0].judgement.reason ==
          (swapped ? "2 counted draws of A and 0 of B have no value for mean:q"
                   : "0 counted draws of A and 2 of B have no value for mean:q"));
    CHECK_THAT(compare_text(a, b, found),
               TALLY_CONTAINS("1.0000 (4/4 counted; 2 draws without a value)"));
    CHECK_THAT(compare_json(a, b, found), TALLY_CONTAINS(R"("draws_without_value":2)"));
    const GateReport report = gate_run(b, &a, options);
    CHECK(report.judgement.verdict == Verdict::inconclusive);
    CHECK(report.checks.at(0).without_value == (swapped ? 0U : 2U));
    CHECK_THAT(gate_json(b, &a, options, report), TALLY_CONTAINS(R"("draws_without_value":2)"));
    options.compare.allow_incomplete = true;
    CHECK(gate_run(b, &a, options).judgement.verdict == Verdict::pass);
    CHECK(compare_runs(a, b, options.compare).judgement.verdict == Verdict::pass);
  }
  options.compare.allow_incomplete = false;
  options.compare.metric = DocMetric::parse("mean:r", "--metric");
  CHECK(compare_runs(base, run, options.compare).judgement.verdict == Verdict::pass);
}

TEST_CASE("one task that fails fails the gate", "[aggregator][compare]") {
  const PublishedTestRun made(make_plan(2, 1, {"accuracy"}, {0.0, 0.5}), records_of({1, 1, 0, 1}));
  const GateReport report = gate_run(made.open(), nullptr, at_least("accuracy=0.8"));
  CHECK(report.judgement.verdict == Verdict::fail);
  CHECK(report.judgement.reason == "1 pass, 1 fail, 0 inconclusive");
}

TEST_CASE("a drop against a baseline is judged by its point estimate", "[aggregator][compare]") {
  const TempDir dir;
  const PublishedTestRun good(readable_plan(dir, "base", "old", 10), records_of(kNew));
  const PublishedTestRun bad(readable_plan(dir, "next", "new", 10), records_of(kOld));
  const PublishedRun base = good.open();
  const PublishedRun run = bad.open();
  GateOptions options;
  options.max_drop = 0.1;
  const GateReport report = gate_run(run, &base, options);
  CHECK(report.judgement.verdict == Verdict::fail);
  CHECK(*report.checks.at(0).value == Approx(0.2));
  CHECK(report.checks.at(0).ci95->low == Approx(-0.1016209550321322));
  options.max_drop = 0.2;
  CHECK(gate_run(run, &base, options).judgement.verdict == Verdict::pass);
  options.max_drop = 0.0;
  CHECK(gate_run(base, &run, options).judgement.verdict == Verdict::pass);  // a rise
}

TEST_CASE("a drop across a broken contract is no pass", "[aggregator][compare]") {
  const PublishedTestRun one(make_plan(2, 1), records_of({1, 0}));
  const PublishedTestRun two(make_plan(2, 1, {"accuracy"}, {0.5}), records_of({1, 0}));
  const PublishedRun base = one.open();
  GateOptions options;
  options.max_drop = 0.5;
  const GateReport report = gate_run(two.open(), &base, options);
  CHECK(report.judgement.verdict == Verdict::inconclusive);
  CHECK(report.checks.at(0).judgement.reason == "not comparable: sampling");
  CHECK_FALSE(report.checks.at(0).value);
  CHECK_THAT(gate_text(two.open(), &base, report),
             TALLY_CONTAINS("contract of optdigits/test  free_response  repeats=1 "
                            "temperature=0.5 lr=0.5  mlp: sampling: found "));
}

TEST_CASE("a drop that no pair was judged by is no pass", "[aggregator][compare][trap-30]") {
  const PublishedTestRun one(make_plan(2, 1), records_of({1, 1}));
  Plan plan = make_plan(2, 1);
  plan.datasets[0].spec.slug = "other";
  plan.entries[0].datasets = {"other"};
  plan.lay_out();
  const PublishedTestRun two(std::move(plan), records_of({1, 1}));
  const PublishedRun base = one.open();
  GateOptions options = at_least("accuracy=0.5");
  options.max_drop = 0.0;
  options.compare.allowed = {"unpaired"};
  const GateReport report = gate_run(two.open(), &base, options);
  REQUIRE(report.checks.size() == 1);  // the minimum, which passes
  CHECK(report.checks[0].judgement.verdict == Verdict::pass);
  CHECK(report.judgement.verdict == Verdict::inconclusive);
  CHECK(report.judgement.reason ==
        "1 pass, 0 fail, 0 inconclusive, 2 unpaired (allowed), nothing to compare with the "
        "baseline");
}

TEST_CASE("where less is better a rise is the drop", "[aggregator][compare]") {
  const TempDir dir;
  const PublishedTestRun one(readable_plan(dir, "base", "old", 10), records_of(kOld));
  const PublishedTestRun two(readable_plan(dir, "next", "new", 10), records_of(kNew));
  const PublishedRun base = one.open();
  GateOptions options;
  options.max_drop = 0.1;
  options.compare.better = Better::less;
  const GateReport report = gate_run(two.open(), &base, options);
  CHECK(*report.checks.at(0).value == Approx(0.2));
  CHECK(report.judgement.verdict == Verdict::fail);
}

TEST_CASE("a gate looks as documented", "[aggregator][compare][golden]") {
  const TempDir dir;
  const PublishedTestRun one(readable_plan(dir, "base", "old", 10), records_of(kNew));
  const PublishedTestRun two(readable_plan(dir, "next", "new", 10), records_of(kOld));
  PublishedRun base = one.open();
  PublishedRun run = two.open();
  GateOptions options = at_least("accuracy=50%");
  options.max_drop = 0.1;
  const GateReport report = gate_run(run, &base, options);
  // Roots and names of sets depend on the machine.
  base.root = "runs/base";
  base.results = "SET_BASE";
  run.root = "runs/next";
  run.results = "SET_NEXT";
  check_golden(kGolden / "gate.txt", gate_text(run, &base, report));
  std::string json = gate_json(run, &base, options, report);
  for (const auto& [plan, word] : {std::pair{&base.plan, "PLAN_BASE"}, {&run.plan, "PLAN_NEXT"}})
    json.replace(json.find(plan->digest().hex()), 64, word);
  check_golden(kGolden / "gate.json", json + "\n");
}
