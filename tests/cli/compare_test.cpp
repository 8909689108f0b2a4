#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "catch.hpp"
#include "run_tool.hpp"
#include "temp_dir.hpp"

namespace fs = std::filesystem;

namespace {

constexpr int kDocs = 40;

/// Real runs over the same docs, each of one model of its own name: launched once, for all tests.
class Runs {
 public:
  Runs() {
    std::string docs;
    for (int doc = 0; doc < kDocs; ++doc)
      docs += fmt::format("{{\"id\": \"d{0}\", \"input\": \"{0} + 1\", \"target\": \"{1}\"}}\n",
                          doc, doc + 1);
    static_cast<void>(dir_.file("docs.jsonl", docs));
    launch("good", lines(4), 0);
    std::vector<std::string> shuffled = lines(4);
    std::ranges::reverse(shuffled);
    std::ranges::rotate(shuffled, shuffled.begin() + 7);
    launch("shuffled", shuffled, 0);
    launch("near", lines(5), 0);
    launch("bad", lines(24), 0);
    std::vector<std::string> fewer = lines(4);
    fewer.pop_back();
    launch("fewer", fewer, 75);
    launch("warm", lines(4), 0, "sampling.temperature=0.9");
  }
  [[nodiscard]] std::string operator()(const std::string& id) const {
    return (dir_.path() / "runs" / id).string();
  }
  /// A copy that a test may damage.
  [[nodiscard]] std::string copy(const std::string& id, const std::string& name) const {
    const fs::path to = dir_.path() / "runs" / name;
    fs::remove_all(to);
    fs::copy(dir_.path() / "runs" / id, to,
             fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    return to.string();
  }

 private:
  /// Completions of which the first `wrong` are wrong.
  static std::vector<std::string> lines(int wrong) {
    std::vector<std::string> all;
    for (int doc = 0; doc < kDocs; ++doc)
      all.push_back(
          fmt::format("{{\"doc_id\": \"d{}\", \"repeat\": 0, \"completion\": \"it is {}\"}}\n", doc,
                      doc < wrong ? 0 : doc + 1));
    return all;
  }
  void launch(const std::string& id, const std::vector<std::string>& completions, int code,
              const std::string& more = "run.seed=7") {
    std::string text;
    for (const std::string& line : completions) text += line;
    static_cast<void>(dir_.file(id + ".jsonl", text));
    const fs::path yaml = dir_.file(
        id + ".yaml",
        fmt::format("version: 1\n"
                    "run: {{id: {0}}}\n"
                    "models: [{{name: {0}, backend: replay, completions: {0}.jsonl}}]\n"
                    "datasets: [{{slug: sums, source: docs.jsonl, format: jsonl, id: id,\n"
                    "            input: input, target: target}}]\n"
                    "tasks: [{{evaluator: free_response, models: [{0}], datasets: [sums],\n"
                    "         extractor: numeric, comparator: numeric}}]\n"
                    "metrics: [accuracy, \"pass@1\"]\n"
                    "retry: {{attempts: 1}}\n",
                    id));
    const ToolResult result = run_tally({"launch", yaml.string(), more, "--output-dir",
                                         (dir_.path() / "runs").string(), "--sequential"});
    CAPTURE(id, result.out, result.err);
    REQUIRE(result.code == code);
  }
  TempDir dir_;
};

const Runs& runs() {
  static const Runs all;
  return all;
}

ToolResult compare(const std::string& a, const std::string& b,
                   std::vector<std::string> more = {"--strict"}) {
  more.insert(more.begin(), {"compare", runs()(a), runs()(b)});
  return run_tally(more);
}

ToolResult gate(const std::string& run, std::vector<std::string> more) {
  more.insert(more.begin(), {"gate", run});
  return run_tally(more);
}

/// The comparison without what names runs, models and sets.
nlohmann::json figures_of(const std::string& a, const std::string& b) {
  const ToolResult result = compare(a, b, {"--json"});
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  const auto pair = nlohmann::json::parse(result.out)["pairs"][0];
  return {{"difference", pair["difference"]},
          {"docs", pair["docs"]},
          {"a", pair["a"]["value"]},
          {"b", pair["b"]["value"]}};
}

}  // namespace

TEST_CASE("compare --strict says with its exit code whether B is worse", "[cli][compare]") {
  const ToolResult same = compare("good", "good");
  CHECK(same.code == 0);
  CHECK_THAT(same.out, TALLY_CONTAINS("note: A and B are the same run\n"));
  const ToolResult worse = compare("good", "bad");
  CHECK(worse.code == 1);
  CHECK_THAT(worse.out, TALLY_CONTAINS("fail: B is worse: the interval is below 0\n"));
  CHECK_THAT(worse.out, TALLY_CONTAINS("good (A), bad (B)"));
  const ToolResult unsure = compare("good", "near");
  CHECK(unsure.code == 2);
  CHECK_THAT(unsure.out, TALLY_CONTAINS("\ninconclusive: 0 pass, 0 fail, 1 inconclusive\n"));
  CHECK(compare("good", "near", {"--strict", "--margin", "10%"}).code == 0);
  CHECK(compare("bad", "good").code == 0);
  for (const ToolResult& each : {same, worse, unsure}) CHECK(each.err.empty());
}

TEST_CASE("compare without --strict reports and ends with 0", "[cli][compare]") {
  const ToolResult worse = compare("good", "bad", {});
  CHECK(worse.code == 0);
  CHECK_THAT(worse.out, TALLY_CONTAINS("fail: 0 pass, 1 fail, 0 inconclusive\n"));
}

TEST_CASE("a column without a direction has a difference and no verdict", "[cli][compare]") {
  const ToolResult found = compare("good", "bad", {"--metric", "mean:nll"});
  CHECK(found.code == 0);
  CHECK_THAT(found.out, TALLY_CONTAINS("metric mean:nll, without a direction;"));
  const ToolResult json = compare("good", "bad", {"--metric", "mean:nll", "--json"});
  CHECK_FALSE(nlohmann::json::parse(json.out).contains("higher_is_better"));
  const std::vector<std::string> less{"--metric", "mean:nll", "--lower-is-better", "--json"};
  CHECK(nlohmann::json::parse(compare("good", "bad", less).out)["higher_is_better"] == false);
}

TEST_CASE("completions in another order give the same comparison", "[cli][compare][trap-29]") {
  CHECK(figures_of("shuffled", "bad") == figures_of("good", "bad"));
  const auto none = figures_of("good", "shuffled");
  CHECK(none["difference"]["value"] == 0);
  CHECK(none["difference"]["flips"].empty());
}

TEST_CASE("a comparison has the figures that were put in", "[cli][compare]") {
  const auto found = figures_of("good", "bad");
  CHECK(found["a"].get<double>() == Approx(0.9));
  CHECK(found["b"].get<double>() == Approx(0.4));
  CHECK(found["docs"]["both"] == 40);
  CHECK(found["difference"]["value"].get<double>() == Approx(-0.5));
  CHECK(found["difference"]["down"] == 20);
  CHECK(found["difference"]["up"] == 0);
  CHECK(found["difference"]["mcnemar"]["only_a"] == 20);
  CHECK(found["difference"]["flips"].size() == 10);
  CHECK(found["difference"]["flips"][0]["id"] == "d4");
}

TEST_CASE("a run with other sampling is not comparable unless allowed", "[cli][compare]") {
  const ToolResult refused = compare("good", "warm");
  CHECK(refused.code == 2);
  CHECK_THAT(refused.out, TALLY_CONTAINS("inconclusive: not comparable: sampling\n"));
  const ToolResult allowed = compare("good", "warm", {"--strict", "--allow", "sampling"});
  CHECK(allowed.code == 0);
  CHECK_THAT(allowed.out, TALLY_CONTAINS("in B (allowed)\n"));
  CHECK(gate(runs()("warm"), {"--max-drop", "0", "--baseline", runs()("good")}).code == 2);
}

TEST_CASE("a run that lacks a completion is inconclusive, not a mean over fewer docs",
          "[cli][compare][trap-30]") {
  const ToolResult refused = compare("good", "fewer");
  CHECK(refused.code == 2);
  CHECK_THAT(refused.out, TALLY_CONTAINS("39 in both, 1 only in A, 0 only in B, 0 in neither"));
  CHECK(compare("good", "fewer", {"--strict", "--allow-incomplete"}).code == 0);
  const ToolResult gated = gate(runs()("fewer"), {"--min", "accuracy=0.8"});
  CHECK(gated.code == 2);
  CHECK_THAT(gated.out, TALLY_CONTAINS("(39/40 counted; 0.8750 counting errors as wrong)"));
  CHECK(gate(runs()("fewer"), {"--min", "accuracy=0.8", "--allow-incomplete"}).code == 0);
}

TEST_CASE("a gate ends with 0, 1 or 2", "[cli][gate]") {
  CHECK(gate(runs()("good"), {"--min", "accuracy=0.9", "--min", "pass@1=90%"}).code == 0);
  CHECK(gate(runs()("good"), {"--min", "accuracy=0.95"}).code == 1);
  CHECK(gate(runs()("good"), {"--min", "avg@4=0.1"}).code == 2);
  const auto against_good = [](const std::string& run, const std::string& drop) {
    return gate(runs()(run), {"--max-drop", drop, "--baseline", runs()("good")});
  };
  CHECK(against_good("near", "1%").code == 1);
  CHECK(against_good("near", "0.025").code == 0);
  CHECK(against_good("shuffled", "0").code == 0);
  const ToolResult json = gate(runs()("near"), {"--max-drop", "1%", "--baseline", runs()("good"),
                                                "--min", "accuracy=0.8", "--json"});
  CHECK(json.code == 1);
  CHECK(json.err.empty());
  const auto report = nlohmann::json::parse(json.out);
  CHECK(report["format"] == "tally-gate");
  CHECK(report["verdict"] == "fail");
  CHECK(report["checks"][0]["verdict"] == "pass");
  CHECK(report["checks"][1]["value"].get<double>() == Approx(0.025));
}

TEST_CASE("a wrong command line of gate or compare is 64", "[cli][gate][trap-10]") {
  const std::string run = runs()("good");
  const auto refused = [](const ToolResult& result, const std::string& message) {
    CAPTURE(result.err);
    CHECK(result.code == 64);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, TALLY_CONTAINS(message));
  };
  refused(gate(run, {"--min", "accuracy=80"}),
          "--min: found \"80\", expected a fraction 0..1, or \"80%\" if percent is meant");
  refused(gate(run, {"--min", "acuracy=0.8"}), "--min: found \"acuracy\", expected accuracy");
  refused(gate(run, {"--max-drop", "1", "--baseline", run}), "--max-drop: found \"1\", expected ");
  refused(gate(run, {"--max-drop", "0.01"}),
          "found one of --max-drop and --baseline, expected both or neither");
  refused(gate(run, {}), "found no rule, expected --min, --max, or --max-drop with --baseline");
  refused(gate(run, {"--min", "accuracy=0.8", "--model", "other"}),
          "found no task in the run (good)");
  refused(compare("good", "bad", {"--allow", "smapling"}), "--allow: found \"smapling\"");
  refused(compare("good", "bad", {"--metric", "maj@1"}), "--metric: found \"maj@1\"");
  refused(compare("good", "bad", {"--strict", "--metric", "mean:nll"}),
          "found mean:nll without a direction");
}

TEST_CASE("damaged results are 65, absent ones 66", "[cli][gate]") {
  const std::string damaged = runs().copy("good", "damaged");
  {
    std::fstream file(fs::path(damaged) / "results/current/results.h5",
                      std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(100);
    file.put('x');
  }
  const ToolResult bad = gate(damaged, {"--min", "accuracy=0"});
  CHECK(bad.code == 65);
  CHECK(bad.out.empty());
  CHECK_THAT(bad.err, TALLY_CONTAINS("results.h5: sha256: found "));
  const std::string bare = runs().copy("good", "bare");
  fs::remove_all(fs::path(bare) / "results");
  const ToolResult missing = gate(bare, {"--min", "accuracy=0"});
  CHECK(missing.code == 66);
  CHECK_THAT(missing.err, TALLY_CONTAINS("run `aggregate " + bare + "`"));
  CHECK(gate(bare + "-not", {"--min", "accuracy=0"}).code == 66);
}

TEST_CASE("comparing and gating change nothing", "[cli][compare]") {
  const auto state = [] {
    std::map<std::string, std::string> bytes;
    for (const std::string run : {"good", "near"})
      for (const auto& entry : fs::recursive_directory_iterator(runs()(run)))
        bytes[entry.path().string()] = entry.is_regular_file() ? file_text(entry.path()) : "";
    return bytes;
  };
  const auto before = state();
  static_cast<void>(compare("good", "near"));
  static_cast<void>(gate(runs()("near"), {"--max-drop", "0", "--baseline", runs()("good")}));
  CHECK(state() == before);
}
