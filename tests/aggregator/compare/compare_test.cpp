#include "aggregator/compare/compare.hpp"

#include <filesystem>
#include <set>

#include "aggregator/compare/compare_output.hpp"
#include "aggregator/compare/gate.hpp"
#include "aggregator/compare/gate_output.hpp"
#include "catch.hpp"
#include "core/base/error.hpp"
#include "golden.hpp"
#include "published_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

const std::vector<double> kOld{1, 0, 1, 0, 1, 1, 0, 0, 1, 0};
const std::vector<double> kNew{1, 1, 1, 0, 1, 1, 0, 1, 1, 0};

/// Two runs over the same ten docs.
struct TwoRuns {
  explicit TwoRuns(const std::vector<Record>& of_a = records_of(kOld),
                   const std::vector<Record>& of_b = records_of(kNew))
      : a(readable_plan(dir, "base", "old", 10), of_a),
        b(readable_plan(dir, "next", "new", 10), of_b) {}
  [[nodiscard]] RunComparison compare(const CompareOptions& options = {}) const {
    return compare_runs(a.open(), b.open(), options);
  }
  TempDir dir;
  PublishedTestRun a;
  PublishedTestRun b;
};

/// Roots and names of sets depend on the machine; they become words.
std::string without_places(std::string text, const TwoRuns& runs) {
  const auto replace = [&](const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
  };
  const PublishedRun a = runs.a.open();
  const PublishedRun b = runs.b.open();
  replace(a.root.string(), "runs/base");
  replace(b.root.string(), "runs/next");
  replace(a.results.filename().string(), "SET_A");
  replace(b.results.filename().string(), "SET_B");
  replace(a.plan.digest().hex(), "PLAN_A");
  replace(b.plan.digest().hex(), "PLAN_B");
  return text;
}

/// Ten docs in A, answered as kOld, and those that are named in B, with such scores.
struct OtherFile {
  OtherFile(const std::vector<std::uint64_t>& docs, const std::vector<double>& scores) {
    Plan plan = readable_plan(dir, "next", "new", 10);
    std::string text;
    for (std::size_t at = 0; at < docs.size(); ++at) {
      std::string line = doc_line(docs[at]);
      line.replace(line.find("\"d") + 1, 1,
                   fmt::format("at {} d", at));  // ids must not stand twice
      text += line;
    }
    set_docs(plan, dir.path() / "other.jsonl", text);
    plan.datasets[0].docs = docs.size();
    plan.lay_out();
    b.emplace(std::move(plan), records_of(scores));
  }
  [[nodiscard]] TaskComparison compare(bool swapped = false,
                                       std::set<std::string> allowed = {"dataset", "prompts",
                                                                        "rows"}) const {
    CompareOptions options;
    options.allowed = std::move(allowed);
    const auto found = swapped ? compare_runs(b->open(), a.open(), options)
                               : compare_runs(a.open(), b->open(), options);
    return found.tasks.at(0);
  }
  TempDir dir;
  PublishedTestRun a{readable_plan(dir, "base", "old", 10), records_of(kOld)};
  std::optional<PublishedTestRun> b;
};

const std::filesystem::path kGolden = TALLY_GOLDEN;

}  // namespace

TEST_CASE("a comparison looks as documented", "[aggregator][compare][golden]") {
  const TwoRuns runs;
  CompareOptions options;
  options.max_flips = 1;
  const RunComparison found = runs.compare(options);
  check_golden(kGolden / "compare.txt",
               without_places(compare_text(runs.a.open(), runs.b.open(), found), runs));
  check_golden(kGolden / "compare.json",
               without_places(compare_json(runs.a.open(), runs.b.open(), found), runs) + "\n");
}

TEST_CASE("docs that changed are named by row and id", "[aggregator][compare]") {
  const TwoRuns runs;
  const RunComparison found = runs.compare();
  REQUIRE(found.tasks.size() == 1);
  const auto& flips = found.tasks[0].difference->flips;
  REQUIRE(flips.size() == 2);
  CHECK(flips[0].row == 1);
  CHECK(flips[0].id == "d1");
  CHECK(flips[1].id == "d7");
  CHECK(found.notes.empty());
}

TEST_CASE("a dataset that is gone costs the ids, not the figures", "[aggregator][compare]") {
  const TwoRuns runs;
  std::filesystem::remove(runs.dir.path() / "docs.jsonl");
  const RunComparison found = runs.compare();
  CHECK(found.tasks[0].difference->paired.difference == Approx(0.2));
  CHECK(found.tasks[0].difference->flips[0].id.empty());
  REQUIRE(found.notes.size() == 1);
  CHECK_THAT(found.notes[0], TALLY_CONTAINS("ids, groups and contents of docs are unknown: "));
}

TEST_CASE("a dataset that changed lends no ids", "[aggregator][compare]") {
  const TwoRuns runs;
  std::ofstream(runs.dir.path() / "docs.jsonl", std::ios::app) << "\n";
  const RunComparison found = runs.compare();
  CHECK(found.tasks[0].difference->flips[0].id.empty());
  CHECK_THAT(found.notes.at(0), TALLY_CONTAINS("found other bytes than the plan's"));
}

TEST_CASE("missing items are counted and leave no verdict", "[aggregator][compare][trap-37]") {
  std::vector<Record> of_b = records_of(kNew);
  of_b[1] = unscored(1, Outcome::infra_error);
  of_b[4] = unscored(4, Outcome::no_answer);  // counts, as a 0
  of_b.pop_back();
  const TwoRuns runs(records_of(kOld), of_b);
  const RunComparison found = runs.compare();
  const TaskComparison& task = found.tasks[0];
  CHECK(task.docs.both == 8);
  CHECK(task.docs.only_a == 2);
  CHECK(task.docs.only_b == 0);
  CHECK(task.docs.neither == 0);
  CHECK(task.b.counted == 8);
  CHECK(task.b.items == 10);
  CHECK(*task.b.value == Approx(5.0 / 8));
  CHECK(task.b.counting_errors_as_wrong == Approx(0.5));
  CHECK(task.judgement.verdict == Verdict::inconclusive);
  CHECK(task.judgement.reason ==
        "incomplete: docs or items are missing, and need not be like the others");
  CompareOptions options;
  options.allow_incomplete = true;
  const RunComparison allowed = runs.compare(options);
  CHECK(allowed.tasks[0].judgement.reason == "the interval contains 0: too few docs to say");
  const std::string text = compare_text(runs.a.open(), runs.b.open(), found);
  CHECK_THAT(text, TALLY_CONTAINS("(8/10 counted; accuracy 0.5000 counting errors as wrong)"));
  CHECK_THAT(text, TALLY_CONTAINS("8 in both, 2 only in A, 0 only in B, 0 in neither"));
}

TEST_CASE("a broken contract leaves no difference until it is allowed", "[aggregator][compare]") {
  const TempDir dir;
  const PublishedTestRun a(readable_plan(dir, "base", "old", 10), records_of(kOld));
  Plan plan = readable_plan(dir, "next", "new", 10);
  plan.entries[0].sampling.temperature.values = {0.5};
  plan.lay_out();
  const PublishedTestRun b(std::move(plan), records_of(kNew));
  const RunComparison found = compare_runs(a.open(), b.open(), {});
  REQUIRE(found.tasks.size() == 1);
  CHECK_FALSE(found.tasks[0].difference);
  CHECK(found.tasks[0].judgement.verdict == Verdict::inconclusive);
  CHECK(found.tasks[0].judgement.reason == "not comparable: sampling");
  CHECK(found.judgement.verdict == Verdict::inconclusive);
  CompareOptions options;
  options.allowed = {"sampling"};
  const RunComparison allowed = compare_runs(a.open(), b.open(), options);
  CHECK(allowed.tasks[0].difference->paired.difference == Approx(0.2));
  CHECK_THAT(compare_text(a.open(), b.open(), allowed), TALLY_CONTAINS("(allowed)"));
}

TEST_CASE("selections of other rows meet in the rows that both asked", "[aggregator][compare]") {
  const TempDir dir;
  Plan first = readable_plan(dir, "base", "old", 10);
  Plan second = readable_plan(dir, "next", "new", 10);
  first.datasets[0].spec.rows = "0-5";
  first.datasets[0].docs = 6;
  second.datasets[0].spec.rows = "4-9";
  second.datasets[0].docs = 6;
  first.lay_out();
  second.lay_out();
  const PublishedTestRun a(std::move(first), records_of({0, 0, 0, 0, 1, 0}));
  const PublishedTestRun b(std::move(second), records_of({1, 1, 1, 1, 1, 1}));
  CompareOptions options;
  CHECK_FALSE(compare_runs(a.open(), b.open(), options).tasks[0].difference);
  options.allowed = {"rows"};
  const RunComparison found = compare_runs(a.open(), b.open(), options);
  const TaskComparison& task = found.tasks[0];
  CHECK(task.docs.both == 2);
  CHECK(task.docs.outside_a == 4);
  CHECK(task.docs.outside_b == 4);
  CHECK(task.difference->paired.difference == 0.5);
  REQUIRE(task.difference->flips.size() == 1);
  CHECK(task.difference->flips[0].row == 5);
  CHECK(task.difference->flips[0].id == "d5");
}

TEST_CASE("repeats of a doc are one value", "[aggregator][compare][trap-41]") {
  const TempDir dir;
  const PublishedTestRun a(readable_plan(dir, "base", "old", 2, 2), records_of({1, 0, 0, 0}));
  const PublishedTestRun b(readable_plan(dir, "next", "new", 2, 2), records_of({1, 1, 0, 1}));
  const RunComparison found = compare_runs(a.open(), b.open(), {});
  const Difference& difference = *found.tasks[0].difference;
  CHECK(difference.paired.docs == 2);
  CHECK(difference.paired.difference == 0.5);
  CHECK(*difference.paired.standard_error == 0.0);
  CHECK_FALSE(difference.mcnemar);
  CHECK(found.judgement.verdict == Verdict::pass);
}

TEST_CASE("a figure that a run does not have is not shown for it",
          "[aggregator][compare][trap-3]") {
  std::vector<Record> short_doc = records_of({1, 0, 1, 1});
  short_doc[3] = unscored(3, Outcome::infra_error);
  CompareOptions options;
  options.metric = DocMetric::parse("pass@2", "--metric");
  options.allow_incomplete = true;
  for (const ShortDocs rule : {ShortDocs::drop_k, ShortDocs::skip_doc}) {
    const TempDir dir;
    Plan plan = readable_plan(dir, "base", "old", 2, 2);
    plan.metrics = {"accuracy", "pass@2"};
    plan.statistics.short_docs = rule;
    const PublishedTestRun a(std::move(plan), short_doc);
    const PublishedTestRun b(readable_plan(dir, "next", "new", 2, 2), records_of({1, 1, 0, 1}));
    const RunComparison found = compare_runs(a.open(), b.open(), options);
    const TaskComparison& task = found.tasks.at(0);
    const std::string index = a.test.output("score_index.jsonl");
    const bool has_figure = index.find(R"("pass@2":)") != std::string::npos;
    CHECK(has_figure == (rule == ShortDocs::skip_doc));
    CHECK(task.a.value.has_value() == has_figure);
    CHECK(task.b.value == 1.0);
    CHECK(task.docs.both == 1);
  }
}

TEST_CASE("a run beside itself passes and is called so", "[aggregator][compare]") {
  const TwoRuns runs;
  const RunComparison found = compare_runs(runs.a.open(), runs.a.open(), {});
  CHECK(found.same_run);
  CHECK(found.notes == std::vector<std::string>{"A and B are the same run"});
  CHECK(found.tasks[0].difference->paired.difference == 0.0);
  CHECK(found.judgement.verdict == Verdict::pass);
}

TEST_CASE("items that were recorded differently are told", "[aggregator][compare]") {
  const TempDir dir;
  const PublishedTestRun a(readable_plan(dir, "base", "old", 3), records_of({1, 0, 1}));
  a.test.commit({scored(1, 1)}, 0, 1);
  a.aggregate();
  const PublishedTestRun b(readable_plan(dir, "next", "new", 3), records_of({1, 0, 1}));
  CompareOptions options;
  options.margin = 0.9;
  const RunComparison found = compare_runs(a.open(), b.open(), options);
  CHECK(found.notes ==
        std::vector<std::string>{"1 items of A were recorded twice, with different content"});
  CHECK(found.judgement.verdict == Verdict::inconclusive);
  CHECK(found.judgement.reason == "1 pass, 0 fail, 0 inconclusive, 1 conflicts");
  CHECK(compare_runs(a.open(), a.open(), options).conflicts == 1);
  options.allowed = {"conflicts"};
  const RunComparison allowed = compare_runs(a.open(), b.open(), options);
  CHECK(allowed.judgement.verdict == Verdict::pass);
  CHECK(allowed.judgement.reason == "1 pass, 0 fail, 0 inconclusive, 1 conflicts (allowed)");
}

TEST_CASE("errors are over groups when a run says so", "[aggregator][compare]") {
  const TempDir dir;
  const auto grouped = [&](const char* id, const char* model) {
    Plan plan = readable_plan(dir, id, model, 10);
    plan.datasets[0].spec.group_by = "topic";
    plan.statistics.cluster = ClusterBy::group;
    return plan;
  };
  const PublishedTestRun a(grouped("base", "old"), records_of(kOld));
  const PublishedTestRun b(grouped("next", "new"), records_of(kNew));
  const RunComparison found = compare_runs(a.open(), b.open(), {});
  CHECK(found.tasks[0].difference->groups == 5);
  CHECK(*found.tasks[0].difference->paired.standard_error == Approx(0.12247448713915891));
  std::filesystem::remove(dir.path() / "docs.jsonl");
  const RunComparison blind = compare_runs(a.open(), b.open(), {});
  CHECK_FALSE(blind.tasks[0].difference->paired.ci95);
  CHECK(blind.judgement.verdict == Verdict::inconclusive);
}

TEST_CASE("a task without a counterpart leaves no verdict unless allowed",
          "[aggregator][compare]") {
  const PublishedTestRun a(make_plan(2, 1, {"accuracy"}, {0.0, 0.5}), records_of({1, 0, 1, 0}));
  const PublishedTestRun b(make_plan(2, 1), records_of({1, 0}));
  const RunComparison found = compare_runs(a.open(), b.open(), {});
  CHECK(found.unpaired.size() == 1);
  CHECK(found.judgement.verdict == Verdict::inconclusive);
  CHECK(found.judgement.reason == "1 pass, 0 fail, 0 inconclusive, 1 unpaired");
  CHECK_THAT(compare_text(a.open(), b.open(), found),
             TALLY_CONTAINS("unpaired in A: optdigits/test  free_response  repeats=1 "
                            "temperature=0.5 lr=0.5  mlp: B has it with other settings only\n"));
  CompareOptions options;
  options.allowed = {"unpaired"};
  const RunComparison allowed = compare_runs(a.open(), b.open(), options);
  CHECK(allowed.judgement.verdict == Verdict::pass);
  CHECK(allowed.judgement.reason == "1 pass, 0 fail, 0 inconclusive, 1 unpaired (allowed)");
}

TEST_CASE("what has no direction has no verdict", "[aggregator][compare]") {
  const TwoRuns runs;
  CompareOptions options;
  options.better = Better::unknown;
  const RunComparison found = runs.compare(options);
  CHECK(found.tasks[0].difference->paired.difference == Approx(0.2));
  CHECK(found.judgement.verdict == Verdict::inconclusive);
  CHECK(found.tasks[0].judgement.reason == "accuracy has no direction");
  CHECK_THAT(compare_text(runs.a.open(), runs.b.open(), found),
             TALLY_CONTAINS("metric accuracy, without a direction; every difference is B - A\n"));
  CHECK_THAT(compare_json(runs.a.open(), runs.b.open(), found),
             !TALLY_CONTAINS("higher_is_better"));
  options.better = Better::less;
  CHECK_THAT(compare_json(runs.a.open(), runs.b.open(), runs.compare(options)),
             TALLY_CONTAINS(R"("higher_is_better":false)"));
}

TEST_CASE("a column that the results lack is undefined", "[aggregator][compare]") {
  const TwoRuns runs;
  CompareOptions options;
  options.metric = DocMetric::parse("mean:nll", "--metric");
  const RunComparison found = runs.compare(options);
  CHECK_FALSE(found.tasks[0].difference);
  CHECK(found.tasks[0].docs.neither == 10);
  CHECK(found.judgement.verdict == Verdict::inconclusive);
  CHECK(found.tasks[0].judgement.reason == "no doc has mean:nll in both runs");
}

TEST_CASE("the same docs in another order have no differences", "[aggregator][compare][trap-29]") {
  std::vector<std::uint64_t> docs;
  std::vector<double> scores;
  for (std::uint64_t i = 0; i < 10; ++i) {
    docs.push_back((i + 1) % 10);
    scores.push_back(kOld[(i + 1) % 10]);
  }
  const TaskComparison task = OtherFile(docs, scores).compare();
  CHECK(task.by_content);
  REQUIRE(task.difference);
  CHECK(task.docs.both == 10);
  CHECK(task.docs.outside_a + task.docs.outside_b == 0);
  CHECK(task.difference->paired.difference == 0.0);
  CHECK(task.difference->flips.empty());
  CHECK(task.judgement.verdict == Verdict::pass);
}

TEST_CASE("files that share docs meet in those", "[aggregator][compare][trap-30]") {
  const OtherFile runs({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {0, 1, 0, 1, 1, 0, 1, 1, 0, 1});
  const TaskComparison task = runs.compare();
  CHECK(task.docs.both == 9);
  CHECK(task.docs.outside_a == 1);
  CHECK(task.docs.outside_b == 1);
  REQUIRE(task.difference->flips.size() == 1);
  CHECK(task.difference->flips[0].row == 7);
  CHECK(task.difference->flips[0].id == "d7");
}

TEST_CASE("files that share a few docs give no verdict unless that is allowed",
          "[aggregator][compare][trap-30]") {
  std::vector<std::uint64_t> docs;
  for (std::uint64_t i = 0; i < 10; ++i) docs.push_back(i < 2 ? i : i + 20);
  const OtherFile runs(docs, {kOld[0], kOld[1], 0, 0, 0, 0, 0, 0, 0, 0});
  const TaskComparison task = runs.compare(false, {"dataset", "prompts"});
  CHECK(task.docs.both == 2);
  CHECK(task.judgement.verdict == Verdict::inconclusive);
  CHECK(task.judgement.reason == "the files share 2 docs, and 16 are in one of them alone");
  GateOptions gate;
  gate.max_drop = 0.0;
  gate.compare.allowed = {"dataset", "prompts"};
  const PublishedRun base = runs.a.open();
  const PublishedRun run = runs.b->open();
  const GateReport report = gate_run(run, &base, gate);
  CHECK(report.judgement.verdict == Verdict::inconclusive);
  CHECK_THAT(gate_text(run, &base, report), TALLY_CONTAINS("; over 2 docs)"));
  CHECK_THAT(gate_json(run, &base, gate, report), TALLY_CONTAINS(R"("joined_by":"content")"));
}

TEST_CASE("a content that stands twice is joined with nothing", "[aggregator][compare]") {
  const OtherFile runs({3, 0, 3, 2}, {1, 1, 0, 1});
  const TaskComparison task = runs.compare();
  CHECK(task.docs.both == 2);
  CHECK(task.docs.outside_a == 8);
  CHECK(task.docs.outside_b == 2);
  const TaskComparison swapped = runs.compare(true);
  CHECK(swapped.docs.both == 2);
  CHECK(swapped.docs.outside_a == 2);
  CHECK(swapped.docs.outside_b == 8);
}

TEST_CASE("docs of files that differ are not joined by guessing", "[aggregator][compare]") {
  const auto name = GENERATE(values<std::string>({"docs.jsonl", "other.jsonl"}));
  const OtherFile runs({1, 2, 3}, {0, 1, 0});
  std::filesystem::remove(runs.dir.path() / name);
  const TaskComparison task = runs.compare();
  CHECK_FALSE(task.joined);
  CHECK_FALSE(task.difference);
  CHECK(task.judgement.verdict == Verdict::inconclusive);
  CHECK(task.judgement.reason ==
        "the files differ and cannot be read: which docs are the same is unknown");
}

TEST_CASE("groups of B are those of B's rows", "[aggregator][compare]") {
  // Rows 2 and 3 of B are what rows 0 and 1 of A are.
  const TempDir dir;
  const PublishedTestRun a(readable_plan(dir, "base", "old", 4), records_of({1, 0, 1, 0}));
  Plan plan = readable_plan(dir, "next", "new", 4);
  plan.datasets[0].spec.group_by = "topic";
  plan.statistics.cluster = ClusterBy::group;
  std::string text;
  for (const std::uint64_t i : {8U, 10U, 0U, 1U}) text += doc_line(i);
  set_docs(plan, dir.path() / "other.jsonl", text);
  plan.lay_out();
  const PublishedTestRun b(std::move(plan), records_of({1, 0, 1, 1}));
  CompareOptions options;
  options.allowed = {"dataset", "prompts"};
  const RunComparison found = compare_runs(a.open(), b.open(), options);
  REQUIRE(found.tasks.at(0).difference);
  CHECK(found.tasks[0].difference->paired.docs == 2);
  CHECK(found.tasks[0].difference->groups == 1);  // d0 and d1 are of one topic
}
