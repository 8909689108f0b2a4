#include <filesystem>
#include <limits>

#include "aggregator/aggregate.hpp"
#include "aggregator/outputs/report.hpp"
#include "aggregator/outputs/score_index.hpp"
#include "aggregator/outputs/summary.hpp"
#include "aggregator/outputs/task_json.hpp"
#include "catch.hpp"
#include "figures_fixture.hpp"
#include "golden.hpp"
#include "run_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

const std::filesystem::path kGolden = TALLY_GOLDEN;

}  // namespace

TEST_CASE("the outputs look as documented", "[aggregator][golden]") {
  const TestRun test(make_plan(3, 2, {"accuracy", "pass@1", "maj@2"}, {0.0, 0.7}));
  std::vector<Record> records;
  for (Ordinal i = 0; i < 6; ++i) records.push_back(scored(i, i < 3 ? 1 : 0, i < 3 ? "7" : "8"));
  records.push_back(scored(6, 1));
  records.push_back(unscored(7, Outcome::infra_error));
  records.back().finish_reason = FinishReason::length;
  records.push_back(unscored(8, Outcome::no_answer));
  test.commit(records);
  const ShardChannel silent(-1);
  aggregate_run(test.run, silent);
  check_golden(kGolden / "score_index.jsonl", test.output("score_index.jsonl"));
  check_golden(kGolden / "summary.json", test.output("summary.json"));
  check_golden(kGolden / "REPORT.txt", test.output("REPORT.txt"));
}

TEST_CASE("names cannot drive the terminal", "[aggregator]") {
  CHECK(printable("a\x1b[31mb\r\n\x7f") == "a?[31mb???");
  CHECK(printable("\xC3\xA4\xE2\x82\xAC") == "\xC3\xA4\xE2\x82\xAC");
  CHECK(printable("\xC2\x9B"
                  "31m\xFF") == "?31m?");
}

TEST_CASE("groups, prices and skipped docs look as documented", "[aggregator][golden]") {
  Plan plan = make_plan(5, 2, {"accuracy", "pass@2"});
  plan.models[0].spec.price_in = 0.5;
  plan.models[0].spec.price_out = 1.5;
  plan.datasets[0].spec.group_by = "subject";
  plan.statistics.short_docs = ShortDocs::skip_doc;
  plan.statistics.interval = IntervalKind::t;
  const DocGroups groups{"subject", {"algebra", "botany\x1b", "chess"}, {0, 1, 0, 0, 2}};
  MetricContext context{plan.seed, {}};
  context.statistics = plan.statistics;
  TaskReducer reducer(plan.task(0), plan.task_id(plan.task(0)), plan.metrics, context, &groups);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  RowBlock block = block_of(
      {{0, 1}, {0, 0}, {0, 1}, {4, nan}, {0, 1}, {0, 1}, {1, 0}, {0, 1}, {-1, nan}, {5, nan}});
  block.first = 0;
  block.finish_reason = {1, 2, 1, 1, 1, 1, 2, 1, 1, 1};
  reducer.add(block);
  const TaskFigures figures = reducer.finish();
  Report report(plan);
  report.add(figures);
  Totals totals{1, 0, 10, 7, 1, 2, 4.5, 0.5};
  check_golden(kGolden / "groups.txt", score_index_row(plan, figures) +
                                           summary_task(plan, figures, true) + "\n" +
                                           report.finish({}, totals));
}

TEST_CASE("what ran without a sandbox is marked wherever its figures stand", "[aggregator]") {
  Plan plan = make_plan(2, 1);
  plan.entries[0].evaluator = Evaluator::code;
  const auto outputs = [&](SandboxMode sandbox) {
    plan.entries[0].sandbox = sandbox;
    TaskFigures figures = figures_of(scored_rows({1, 0}), 1, {"accuracy"});
    figures.task = plan.task(0);
    Report report(plan);
    report.add(figures);
    return std::vector{score_index_row(plan, figures), summary_task(plan, figures, true),
                       report.finish({}, Totals{1, 1, 2, 2, 0, 0, 1, 1})};
  };
  const auto bare = outputs(SandboxMode::none);
  const auto safe = outputs(SandboxMode::bubblewrap);
  for (const std::size_t json : {0U, 1U}) {
    CHECK(bare[json].find(R"("sandbox":"none")") != std::string::npos);
    CHECK(safe[json].find(R"("sandbox":"bubblewrap")") != std::string::npos);
  }
  CHECK(bare[2].find("temperature=0 lr=0.5 sandbox=none  ") != std::string::npos);
  CHECK(bare[2].find("\nWITHOUT A SANDBOX: programs of 1 tasks could have changed any figure\n"
                     "COMPLETE") != std::string::npos);
  CHECK(safe[2].find("andbox") == std::string::npos);
  CHECK(safe[2].find("SANDBOX") == std::string::npos);
  plan.entries[0].evaluator = Evaluator::free_response;  // runs no programs
  CHECK(outputs(SandboxMode::none)[2].find("andbox") == std::string::npos);
}

TEST_CASE("results of the first docs alone say so", "[aggregator]") {
  Plan plan = make_plan(3, 1);
  const auto outputs = [&](std::uint64_t limit) {
    plan.limit = limit;
    const TestRun test(plan);
    test.commit({scored(0, 1), scored(1, 1), scored(2, 1)});
    const ShardChannel silent(-1);
    aggregate_run(test.run, silent);
    return std::vector{test.output("score_index.jsonl"), test.output("summary.json"),
                       test.output("manifest.json"), test.output("REPORT.txt")};
  };
  const auto limited = outputs(3);
  CHECK_THAT(limited[0], TALLY_CONTAINS(R"(,"limit":3,"problems":3,)"));
  CHECK_THAT(limited[1], TALLY_CONTAINS(R"(","limit":3,"tasks":[)"));
  CHECK_THAT(limited[2], TALLY_CONTAINS("\n  \"limit\": 3,\n"));
  CHECK_THAT(limited[3], TALLY_CONTAINS("\nLIMITED: at most the first 3 docs of each dataset were "
                                        "asked for\nCOMPLETE: all 3 items of 1 tasks are "
                                        "counted\n"));
  const auto whole = outputs(0);
  CHECK_THAT(whole[0], TALLY_CONTAINS(R"(,"limit":0,"problems":3,)"));
  CHECK_THAT(whole[1], TALLY_CONTAINS(R"(","limit":0,"tasks":[)"));
  CHECK_THAT(whole[2], TALLY_CONTAINS("\n  \"limit\": 0,\n"));
  CHECK(whole[3].find("LIMITED") == std::string::npos);
}

TEST_CASE("a cost is known where both prices are", "[aggregator]") {
  TaskFigures figures;
  figures.tokens_in = 3'000'000;
  figures.tokens_out = 500'000;
  ModelSpec model;
  CHECK_FALSE(cost_usd(figures, model));
  model.price_in = 0.25;
  CHECK_FALSE(cost_usd(figures, model));
  ModelSpec other;
  other.price_out = 2.0;
  CHECK_FALSE(cost_usd(figures, other));
  model.price_out = 2.0;
  CHECK(cost_usd(figures, model).value() == Approx(1.75).epsilon(1e-12));
  figures.tokens_known = false;
  CHECK_FALSE(cost_usd(figures, model));
}

TEST_CASE("usage that is not known has no price in any output", "[aggregator]") {
  Plan plan = make_plan(2, 1);
  plan.models[0].spec.price_in = 10;
  plan.models[0].spec.price_out = 30;
  const TestRun test(plan);
  std::vector<Record> records{scored(0, 1), unscored(1, Outcome::no_answer)};
  records[1].tokens_in = records[1].tokens_out = 0;
  for (Record& record : records) record.finish_reason = FinishReason::unknown;
  test.commit(records);
  const ShardChannel silent(-1);
  aggregate_run(test.run, silent);
  for (const char* const name : {"score_index.jsonl", "summary.json"})
    CHECK(test.output(name).find(R"("truncation_rate":null,"tokens":null,"cost_usd":null)") !=
          std::string::npos);
  const std::string report = test.output("REPORT.txt");
  CHECK_THAT(report, TALLY_CONTAINS("2/2      -          -          -           -\n"));
}

TEST_CASE("draws that a figure leaves out show in every output", "[aggregator][trap-37]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const DocGroups groups{"subject", {"algebra", "botany"}, {0, 1, 1}};
  Plan plan = make_plan(3, 2, {"accuracy", "mean:rouge"});
  const std::vector<Row> rows{{0, 1}, {1, 0}, {0, 1}, {1, 0}, {0, 1}, {0, 1}};
  TaskFigures figures = figures_of(rows, 2, plan.metrics, {}, &groups, {{1, nan, 1, nan, 1, 1}});
  figures.task = plan.task(0);
  Report report(plan);
  report.add(figures);
  const std::string text = report.finish({}, Totals{1, 1, 6, 6, 0, 0, 1, 1});
  CHECK_THAT(text, TALLY_CONTAINS(" (4 of 6 draws)  6/6"));
  CHECK_THAT(text, TALLY_CONTAINS(" (1 of 2 draws)"));
  CHECK_THAT(text, TALLY_CONTAINS(" (3 of 4 draws)"));
  for (const std::string& json :
       {score_index_row(plan, figures), summary_task(plan, figures, true)})
    CHECK_THAT(json, TALLY_CONTAINS(R"("metric_docs":{"accuracy":3,"mean:rouge":3},)"
                                    R"("metric_draws":{"mean:rouge":4})"));
}

TEST_CASE("90 of 100 docs with 80 right are reported by both denominators",
          "[aggregator][trap-37]") {
  std::vector<Row> rows;
  for (int i = 0; i < 100; ++i) {
    if (i < 80)
      rows.push_back({0, 1});
    else if (i < 90)
      rows.push_back({0, 0});
    else
      rows.push_back({4, std::numeric_limits<double>::quiet_NaN()});
  }
  const auto figures = figures_of(rows, 1, {"accuracy"});
  CHECK_FALSE(figures.complete());
  CHECK(both_denominators(figures) ==
        "accuracy 0.889 (80/90 scored, 10 errors; 0.800 counting errors as wrong)");
  CHECK(both_denominators(figures_of(rows, 1, {"pass@1"})) ==
        "sum of scores 80 over 90 counted (10 errors; 0.800 counting errors as wrong)");
  CHECK(pessimistic_accuracy(figures) == Approx(0.8).epsilon(1e-12));
}

TEST_CASE("the report calls nothing accuracy but that", "[aggregator][trap-37]") {
  // Docs of one and of two counted draws: a mean over docs is not one over draws.
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Row> rows{{0, 1}, {4, nan}, {0, 0}, {0, 0}};
  CHECK_THAT(both_denominators(figures_of(rows, 2, {"accuracy"})),
             TALLY_CONTAINS("accuracy 0.500 (1/3 scored"));
  CHECK(both_denominators(figures_of(rows, 2, {"pass@1"})) ==
        "sum of scores 1 over 3 counted (1 errors; 0.250 counting errors as wrong)");
}
