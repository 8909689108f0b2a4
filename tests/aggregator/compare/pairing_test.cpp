#include "aggregator/compare/pairing.hpp"

#include <fmt/format.h>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "run_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

/// One task per model and temperature, on one dataset.
Plan plan_of(const std::vector<std::string>& models, std::vector<double> temperatures = {0.0},
             const std::string& slug = "optdigits") {
  Plan plan = make_plan(4, 1, {"accuracy"}, std::move(temperatures));
  const PlannedModel model = plan.models[0];
  plan.models.clear();
  for (const std::string& name : models) {
    plan.models.push_back(model);
    plan.models.back().spec.name = name;
    plan.models.back().digest = sha256(name);
  }
  plan.datasets[0].spec.slug = slug;
  plan.entries[0].models = models;
  plan.entries[0].datasets = {slug};
  plan.lay_out();
  return plan;
}

/// "0-0 1-1": the pairs; then "A2: reason" for each unpaired task.
std::string text_of(const Pairing& pairing) {
  std::string text;
  for (const TaskPair& pair : pairing.pairs) text += fmt::format("{}-{} ", pair.a, pair.b);
  for (const Unpaired& each : pairing.unpaired)
    text += fmt::format("\n{}{}: {}", each.side == Side::a ? "A" : "B", each.task, each.reason);
  return text;
}

std::string paired(const Plan& a, const Plan& b, const Selection& selection = {}) {
  return text_of(pair_tasks(a, b, selection));
}

}  // namespace

TEST_CASE("the one model of each run is the other's counterpart", "[aggregator][compare]") {
  CHECK(paired(plan_of({"old"}), plan_of({"new"})) == "0-0 ");
  CHECK(paired(plan_of({"old"}, {0.0, 0.5}), plan_of({"new"}, {0.5, 0.0})) == "0-1 1-0 ");
}

TEST_CASE("of several models equal names belong together", "[aggregator][compare]") {
  CHECK(paired(plan_of({"x", "y"}), plan_of({"y", "x"})) == "0-1 1-0 ");
}

TEST_CASE("models that nobody paired stay unpaired and say what there is",
          "[aggregator][compare]") {
  CHECK(paired(plan_of({"base", "old"}), plan_of({"base", "new"})) ==
        "0-0 \nA1: B has there: base, new; choose with --model-a and --model-b"
        "\nB1: A has there: base, old; choose with --model-a and --model-b");
  CHECK(paired(plan_of({"old"}), plan_of({"new", "newer"})) ==
        "\nA0: B has there: new, newer; choose with --model-a and --model-b"
        "\nB0: A has there: old; choose with --model-a and --model-b"
        "\nB1: A has there: old; choose with --model-a and --model-b");
}

TEST_CASE("a selection of models resolves what is ambiguous", "[aggregator][compare]") {
  const Plan a = plan_of({"base", "old"});
  const Plan b = plan_of({"base", "new"});
  Selection selection;
  selection.model_a = "old";
  selection.model_b = "new";
  const Pairing pairing = pair_tasks(a, b, selection);
  CHECK(text_of(pairing) == "1-1 ");
  CHECK(pairing.not_selected_a == 1);
  CHECK(pairing.not_selected_b == 1);
}

TEST_CASE("two models of one run are compared by name", "[aggregator][compare]") {
  const Plan run = plan_of({"old", "new"});
  Selection selection;
  selection.model_a = "old";
  selection.model_b = "new";
  CHECK(paired(run, run, selection) == "0-1 ");
}

TEST_CASE("a setting that changed still pairs, so that the contract can say so",
          "[aggregator][compare]") {
  Plan b = plan_of({"old"});
  SECTION("sampling") { b = plan_of({"old"}, {0.7}); }
  SECTION("extractor") { b.entries[0].extractor = "exact"; }
  SECTION("dataset") { b.datasets[0].digest = sha256("changed"); }
  SECTION("split") { b.datasets[0].spec.split = "train"; }
  SECTION("another model besides") { b = plan_of({"new"}, {0.7}); }
  CHECK(paired(plan_of({"old"}), b) == "0-0 ");
}

TEST_CASE("a value of a sweep without a counterpart is not guessed", "[aggregator][compare]") {
  CHECK(paired(plan_of({"m"}, {0.0, 0.5, 1.0}), plan_of({"m"}, {0.0})) ==
        "0-0 \nA1: B has it with other settings only\nA2: B has it with other settings only");
}

TEST_CASE("a dataset that only one run has is unpaired", "[aggregator][compare]") {
  CHECK(paired(plan_of({"m"}), plan_of({"m"}, {0.0}, "mnist")) ==
        "\nA0: B has no task of this name and dataset"
        "\nB0: A has no task of this name and dataset");
}

TEST_CASE("a selection that matches nothing is a wrong command line", "[aggregator][compare]") {
  const Plan plan = plan_of({"m"});
  Selection selection;
  SECTION("task") {
    selection.task = "classify";
    CHECK_THROWS_WITH(pair_tasks(plan, plan, selection),
                      "found no task in A (digits) with task classify, dataset any, model any, "
                      "expected one of: free_response on optdigits of m");
  }
  SECTION("dataset") {
    selection.dataset = "mnist";
    CHECK_THROWS_AS(pair_tasks(plan, plan, selection), Error);
  }
  SECTION("model") {
    selection.model_b = "n";
    CHECK_THROWS_WITH(pair_tasks(plan, plan, selection),
                      TALLY_CONTAINS("found no task in B (digits) with task any, dataset any, "
                                     "model n"));
  }
}
