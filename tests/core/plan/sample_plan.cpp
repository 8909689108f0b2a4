#include "sample_plan.hpp"

using tally::Plan;
using tally::PlannedDataset;
using tally::PlannedModel;
using tally::Scalar;

namespace {

PlannedModel model(const std::string& name) {
  PlannedModel out;
  out.spec.name = name;
  out.file = "/data/" + name + ".jsonl";
  out.digest = tally::sha256(name);
  return out;
}

PlannedDataset dataset(const std::string& slug, std::uint64_t docs) {
  PlannedDataset out;
  out.spec.slug = slug;
  out.spec.revision = "r1";
  out.file = "/data/" + slug + ".csv";
  out.digest = tally::sha256(slug);
  out.docs = docs;
  return out;
}

}  // namespace

Plan small_plan(std::uint64_t docs, std::uint32_t repeats) {
  Plan plan;
  plan.run_id = "small";
  plan.created_at = "2024-05-01T00:00:00Z";
  plan.code_version = "0.1.0";
  plan.models = {model("m")};
  plan.datasets = {dataset("d", docs)};
  tally::TaskSpec entry;
  entry.name = "classify";
  entry.models = {"m"};
  entry.datasets = {"d"};
  entry.sampling.repeats.values = {repeats};
  plan.entries = {entry};
  plan.metrics = {"accuracy"};
  plan.lay_out();
  return plan;
}

Plan sample_plan() {
  Plan plan = small_plan(1, 1);
  plan.run_id = "sample";
  plan.seed = 18446744073709551615ULL;
  plan.models = {model("a"), model("b")};
  plan.datasets = {dataset("x", 5), dataset("y", 3)};
  tally::TaskSpec first = plan.entries.front();
  first.models = {"b", "a"};
  first.datasets = {"y", "x"};
  first.sampling.repeats.values = {1, 4};
  first.sampling.temperature.values = {0.0, 0.8};
  first.params = {{"lr", {{Scalar(0.1), Scalar(1.0), Scalar(std::int64_t{1})}}},
                  {"act", {{Scalar(std::string("relu\n\"x\"")), Scalar(true)}}}};
  tally::TaskSpec second = plan.entries.front();
  second.name = "second";
  second.evaluator = tally::Evaluator::free_response;
  second.models = {"b"};
  second.datasets = {"x"};
  second.cot = true;
  second.extractor = "numeric";
  second.comparator = "exact";
  second.sampling.top_p.values = {0.9, 1.0};
  second.sampling.max_tokens.values = {16, 0};
  plan.entries = {first, second};
  plan.lay_out();
  return plan;
}
