#include "aggregator/compare/contract.hpp"

#include "catch.hpp"
#include "core/base/error.hpp"
#include "run_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

std::vector<std::string> violated(const Plan& a, const Plan& b,
                                  const std::set<std::string>& allowed = {}) {
  std::vector<std::string> texts;
  for (const Violation& violation :
       violations_of(contract_of(a, a.task(0)), contract_of(b, b.task(0)), allowed))
    texts.push_back(violation_text(violation));
  return texts;
}

/// make_plan() with one thing changed.
template <class Change>
Plan changed(const Change& change) {
  Plan plan = make_plan(10, 1);
  change(plan);
  return plan;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("another model breaks no contract", "[aggregator][compare]") {
  const Plan a = make_plan(10, 1);
  const Plan b = changed([](Plan& plan) {
    plan.models[0].spec.name = "other";
    plan.models[0].digest = sha256("other");
    plan.run_id = "other";
    plan.seed = 8;
    plan.datasets[0].spec.revision = "another word for the same bytes";
    plan.datasets[0].file = "/elsewhere/digits.jsonl";
  });
  CHECK(violated(a, b) == Texts{});
}

TEST_CASE("each clause that differs is named with what was found", "[aggregator][compare]") {
  const Plan a = make_plan(10, 1);
  SECTION("dataset") {
    const Plan b = changed([](Plan& plan) { plan.datasets[0].digest = sha256("changed"); });
    CHECK(violated(a, b) == Texts{"dataset: found " + sha256("dataset").hex() + " in A, " +
                                  sha256("changed").hex() + " in B"});
  }
  SECTION("prompts") {
    const Plan b = changed([](Plan& plan) { plan.datasets[0].prompts = sha256("prompts"); });
    CHECK(violated(a, b) == Texts{"prompts: found " + Digest().hex() + " in A, " +
                                  sha256("prompts").hex() + " in B"});
  }
  SECTION("split") {
    const Plan b = changed([](Plan& plan) { plan.datasets[0].spec.split = "train"; });
    CHECK(violated(a, b) == Texts{"split: found test in A, train in B"});
  }
  SECTION("rows") {
    const Plan b = changed([](Plan& plan) { plan.datasets[0].spec.rows = "5-14"; });
    CHECK(violated(a, b) == Texts{"rows: found all (10 docs) in A, 5-14 (10 docs) in B"});
  }
  SECTION("limit") {
    CHECK(violated(a, make_plan(9, 1)) ==
          Texts{"rows: found all (10 docs) in A, all (9 docs) in B"});
  }
  SECTION("columns") {
    const Plan b = changed([](Plan& plan) { plan.datasets[0].spec.target = "gold"; });
    CHECK(violated(a, b) == Texts{"format: found jsonl header=false id= input= target= in A, "
                                  "jsonl header=false id= input= target=gold in B"});
  }
  SECTION("repeats") {
    CHECK(violated(a, make_plan(10, 4)) == Texts{"repeats: found 1 in A, 4 in B"});
  }
  SECTION("sampling") {
    CHECK(violated(a, make_plan(10, 1, {"accuracy"}, {0.5})) ==
          Texts{R"(sampling: found {"max_tokens":0,"temperature":0,"top_p":1} in A, )"
                R"({"max_tokens":0,"temperature":0.5,"top_p":1} in B)"});
  }
  SECTION("params") {
    const Plan b = changed([](Plan& plan) { plan.entries[0].params = {{"lr", {{Scalar(0.25)}}}}; });
    CHECK(violated(a, b) == Texts{R"(params: found {"lr":0.5} in A, {"lr":0.25} in B)"});
  }
  SECTION("scorer") {
    const Plan b = changed([](Plan& plan) {
      plan.entries[0].extractor = "exact";
      plan.entries[0].comparator = "exact";
      plan.entries[0].cot = true;
    });
    CHECK(violated(a, b) == Texts{"comparator: found numeric in A, exact in B",
                                  "cot: found false in A, true in B",
                                  "extractor: found numeric in A, exact in B"});
  }
  SECTION("settings of the evaluator") {
    const auto tolerant = [](double tolerance) {
      return changed([&](Plan& plan) {
        plan.entries[0].comparator = "tokens_tol";
        plan.entries[0].abs_tolerance = tolerance;
      });
    };
    CHECK(violated(tolerant(1e-6), tolerant(0.1)) ==
          Texts{"abs_tolerance: found 1e-06 in A, 0.1 in B"});
    CHECK(violated(a, tolerant(0.1)).at(0) == "abs_tolerance: found nothing in A, 0.1 in B");
  }
}

TEST_CASE("an integer parameter is not its float", "[aggregator][compare]") {
  const auto with = [](Scalar value) {
    return changed([&](Plan& plan) { plan.entries[0].params = {{"x", {{std::move(value)}}}}; });
  };
  CHECK(violated(with(std::int64_t{1}), with(1.0)) ==
        Texts{R"(params: found {"x":1} in A, {"x":1.0} in B)"});
}

TEST_CASE("an allowed clause is still told", "[aggregator][compare]") {
  const Plan a = make_plan(10, 1);
  const Plan b = changed([](Plan& plan) { plan.datasets[0].spec.split = "train"; });
  CHECK(violated(a, b, {"split"}) == Texts{"split: found test in A, train in B (allowed)"});
  CHECK(violated(a, b, {"rows"}) == Texts{"split: found test in A, train in B"});
}

TEST_CASE("a clause that nobody has is refused", "[aggregator][compare]") {
  const std::set<std::string> clauses = clauses_of(make_plan(1, 1));
  check_clauses({"dataset", "sampling", "conflicts", "limit", "unpaired"}, clauses);
  CHECK_THROWS_WITH(
      check_clauses({"smapling"}, clauses),
      "--allow: found \"smapling\", expected comparator, cot, dataset, evaluator, extractor, "
      "format, params, prompts, repeats, rows, sampling, split, version, conflicts, limit or "
      "unpaired");
}
