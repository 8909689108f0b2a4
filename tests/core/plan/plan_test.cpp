#include "core/plan/plan.hpp"

#include <random>
#include <set>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "sample_plan.hpp"

using tally::Plan;
using tally::Scalar;
using tally::Segment;
using tally::Task;

namespace {

// Every task and ordinal, by plain nested counting instead of divisions.
void check_layout(const Plan& plan) {
  tally::Ordinal next = 0;
  for (std::uint64_t t = 0; t < plan.tasks(); ++t) {
    const Task task = plan.task(t);
    REQUIRE(task.index == t);
    REQUIRE(task.first == next);
    for (std::uint64_t doc = 0; doc < task.docs; ++doc) {
      for (std::uint32_t repeat = 0; repeat < task.repeats; ++repeat, ++next) {
        const tally::Item item = plan.item(next);
        REQUIRE(item.task == t);
        REQUIRE(item.doc == doc);
        REQUIRE(item.repeat == repeat);
        REQUIRE(task.first + item.doc * task.repeats + item.repeat == next);
      }
    }
  }
  REQUIRE(next == plan.items());
}

template <class T>
void fill_axis(std::mt19937& random, tally::Axis<T>& axis) {
  axis.values.clear();
  const std::size_t length = 1 + random() % 3;
  for (std::size_t i = 0; i < length; ++i) axis.values.push_back(static_cast<T>(i + 1));
}

Plan random_plan(std::mt19937& random) {
  Plan plan = sample_plan();
  for (auto& dataset : plan.datasets) dataset.docs = 1 + random() % 4;
  for (auto& entry : plan.entries) {
    fill_axis(random, entry.sampling.repeats);
    fill_axis(random, entry.sampling.temperature);
    fill_axis(random, entry.sampling.top_p);
    fill_axis(random, entry.sampling.max_tokens);
    entry.params.resize(random() % (entry.params.size() + 1));
    if (random() % 2 == 0) entry.models = {"a"};
  }
  plan.lay_out();
  return plan;
}

std::string params_text(const Task& task) {
  std::string out;
  for (const auto& [name, value] : task.params) {
    out += name + std::to_string(value.index());
    if (const auto* number = std::get_if<double>(&value)) out += std::to_string(*number);
  }
  return out;
}

}  // namespace

TEST_CASE("every ordinal is one item and back", "[plan]") {
  check_layout(sample_plan());
  std::mt19937 random(29);
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    check_layout(random_plan(random));
  }
}

TEST_CASE("segments are contiguous and model-major", "[plan]") {
  std::mt19937 random(31);
  for (int round = 0; round < 200; ++round) {
    const Plan plan = random_plan(random);
    std::uint64_t task = 0;
    tally::Ordinal first = 0;
    std::pair<std::uint32_t, std::uint32_t> last{0, 0};
    for (const Segment& segment : plan.segments()) {
      REQUIRE(segment.first_task == task);
      REQUIRE(segment.first == first);
      REQUIRE(last <= std::pair(segment.model, segment.entry));
      last = {segment.model, segment.entry};
      task += segment.tasks;
      first += segment.tasks * segment.items_per_task();
    }
    REQUIRE(task == plan.tasks());
    REQUIRE(first == plan.items());
  }
}

TEST_CASE("axes count like digits, the last param fastest", "[plan]") {
  const Plan plan = sample_plan();
  // Model a, first entry, dataset y, repeats 1: temperature x lr x act.
  const std::vector<std::string> expected{"lr20.100000act3", "lr20.100000act0", "lr21.000000act3",
                                          "lr21.000000act0", "lr1act3",         "lr1act0"};
  for (std::uint64_t t = 0; t < 12; ++t) {
    const Task task = plan.task(t);
    CAPTURE(t);
    CHECK(task.model == 0);
    CHECK(task.dataset == 1);
    CHECK(task.repeats == 1);
    CHECK(task.temperature == (t < 6 ? 0.0 : 0.8));
    CHECK(params_text(task) == expected[t % 6]);
  }
  CHECK(plan.task(12).repeats == 4);
  CHECK(plan.task(24).dataset == 0);
  CHECK(plan.tasks() == 2 * 48 + 4);
  CHECK(plan.task(96).top_p == 0.9);
  CHECK(plan.task(96).max_tokens == 16);
  CHECK(plan.task(97).top_p == 0.9);
  CHECK(plan.task(97).max_tokens == 0);
  CHECK(plan.task(98).top_p == 1.0);
}

TEST_CASE("a task's identity is canonical JSON", "[plan]") {
  const Plan plan = sample_plan();
  CHECK(plan.task_json(plan.task(8)) ==
        R"({"comparator":"","cot":false,"dataset":{"revision":"r1","sha256":")" +
            tally::sha256("y").hex() +
            R"(","slug":"y","split":"test"},"evaluator":"classify","extractor":"",)" +
            R"("model":{"duplicates":"error","name":"a","sample_index":"field","signature":")" +
            tally::sha256("a").hex() +
            R"("},"name":"classify","params":{"act":"relu\n\"x\"","lr":1.0},)" +
            R"("sampling":{"max_tokens":0,"repeats":1,"temperature":0.8,"top_p":1},"version":1})");
}

TEST_CASE("how completions are read is part of a task's identity", "[plan]") {
  Plan plan = small_plan(1, 1);
  plan.models[0].spec.backend = tally::ModelBackend::replay;
  plan.models[0].spec.duplicates = tally::Duplicates::last;
  CHECK_THAT(
      plan.task_json(plan.task(0)),
      TALLY_CONTAINS(
          R"("model":{"duplicates":"last","name":"m","sample_index":"field","signature":")"));
}

TEST_CASE("task ids never change", "[plan]") {
  const Plan plan = sample_plan();
  CHECK(plan.task_id(plan.task(0)) == "6522129cb20f931a");
  CHECK(plan.task_id(plan.task(8)) == "fe04678db2dedbe7");
  CHECK(plan.task_id(plan.task(99)) == "13ba28ff8099a903");
}

TEST_CASE("all tasks of a plan have ids of their own", "[plan]") {
  const Plan plan = sample_plan();
  std::set<std::string> ids;
  for (std::uint64_t t = 0; t < plan.tasks(); ++t) ids.insert(plan.task_id(plan.task(t)));
  CHECK(ids.size() == plan.tasks());  // also tells lr 1 from lr 1.0
}

TEST_CASE("each part of its identity gives a task another id", "[plan][trap-35]") {
  const Plan plan = small_plan(2, 2);
  const std::string before = plan.task_id(plan.task(0));
  const std::vector<void (*)(Plan&)> changes{
      [](Plan& p) { p.models[0].digest = tally::sha256("other"); },
      [](Plan& p) { p.models[0].spec.name = p.entries[0].models[0] = "other"; },
      [](Plan& p) { p.models[0].spec.duplicates = tally::Duplicates::first; },
      [](Plan& p) { p.models[0].spec.sample_index = tally::SampleIndex::occurrence; },
      [](Plan& p) { p.datasets[0].digest = tally::sha256("other"); },
      [](Plan& p) { p.datasets[0].spec.slug = p.entries[0].datasets[0] = "other"; },
      [](Plan& p) { p.datasets[0].spec.split = "dev"; },
      [](Plan& p) { p.datasets[0].spec.revision = "r2"; },
      [](Plan& p) { p.entries[0].name = "other"; },
      [](Plan& p) { p.entries[0].evaluator = tally::Evaluator::free_response; },
      [](Plan& p) { p.entries[0].cot = true; },
      [](Plan& p) { p.entries[0].extractor = "numeric"; },
      [](Plan& p) { p.entries[0].comparator = "numeric"; },
      [](Plan& p) { p.entries[0].sampling.repeats.values = {3}; },
      [](Plan& p) { p.entries[0].sampling.temperature.values = {0.5}; },
      [](Plan& p) { p.entries[0].sampling.top_p.values = {0.5}; },
      [](Plan& p) { p.entries[0].sampling.max_tokens.values = {5}; },
      [](Plan& p) {
        p.entries[0].params = {{"a", {{Scalar(1.0)}}}};
      },
      [](Plan& p) {
        p.entries[0].params = {{"a", {{Scalar(std::int64_t{1})}}}};
      },
      [](Plan& p) {
        p.entries[0].params = {{"a", {{Scalar(std::string("1"))}}}};
      },
      [](Plan& p) {
        p.entries[0].params = {{"b", {{Scalar(1.0)}}}};
      }};
  std::set<std::string> ids{before};
  for (const auto change : changes) {
    Plan changed = plan;
    change(changed);
    changed.lay_out();
    ids.insert(changed.task_id(changed.task(0)));
  }
  CHECK(ids.size() == changes.size() + 1);
}

TEST_CASE("what is not in a task's identity leaves its id", "[plan]") {
  Plan plan = small_plan(2, 2);
  const std::string before = plan.task_id(plan.task(0));
  plan.run_id = "other";
  plan.seed = 5;
  plan.limit = 7;
  plan.submit.resources.ranks = 99;
  plan.models[0].file = plan.datasets[0].file = "/elsewhere";
  plan.datasets[0].docs = 50;
  plan.lay_out();
  CHECK(plan.task_id(plan.task(0)) == before);
}

TEST_CASE("a grid of a billion items is a small plan", "[plan]") {
  Plan plan = small_plan(100, 100);
  for (const char* const name : {"a", "b", "c", "d", "e"}) {
    tally::ParamAxis axis{name, {}};
    for (std::int64_t i = 0; i < 10; ++i) axis.axis.values.emplace_back(i);
    plan.entries[0].params.push_back(axis);
  }
  plan.lay_out();
  CHECK(plan.items() == 1'000'000'000);
  CHECK(plan.json().size() < 8192);
  const Task last = plan.task(plan.item(999'999'999).task);
  CHECK(last.index == 99'999);
  for (const auto& [name, value] : last.params) CHECK(std::get<std::int64_t>(value) == 9);
}

TEST_CASE("a grid that does not fit is refused", "[plan]") {
  Plan plan = small_plan(std::uint64_t{1} << 40U, 1);
  plan.entries[0].sampling.repeats.values = {1U << 23U};
  CHECK_THROWS_WITH(plan.lay_out(), "found more than 2^62 items, expected a smaller grid");
  plan.entries[0].sampling.repeats.values = {1U << 21U, 1U << 21U, 1U << 21U};
  CHECK_THROWS_WITH(plan.lay_out(), "found more than 2^62 items, expected a smaller grid");
  for (int i = 0; i < 63; ++i) {
    plan.entries[0].params.push_back({"p", {{Scalar(true), Scalar(false)}}});
  }
  CHECK_THROWS_WITH(plan.lay_out(), "found more than 2^62 tasks, expected a smaller grid");
  plan = small_plan(1, 1);
  plan.datasets[0].docs = 0;
  CHECK_THROWS_WITH(plan.lay_out(), "found no items, expected at least 1");
  plan.entries[0].datasets = {"z"};
  CHECK_THROWS_WITH(plan.lay_out(), "found no dataset 'z', expected it defined");
}
