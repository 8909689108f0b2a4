#include "aggregator/outputs/manifest.hpp"

#include "core/base/json_writer.hpp"
#include "core/base/version.hpp"

namespace tally::aggregator {
namespace {

void write_inputs(JsonWriter& json, const Plan& plan) {
  json.key("inputs").begin_object().key("models").begin_array();
  for (const PlannedModel& model : plan.models) {
    json.begin_object().key("name").value(model.spec.name);
    json.key("file").value(model.file.string()).key("sha256").value(model.digest.hex());
    json.end_object();
  }
  json.end_array().key("datasets").begin_array();
  for (const PlannedDataset& dataset : plan.datasets) {
    json.begin_object().key("slug").value(dataset.spec.slug).key("split");
    json.value(dataset.spec.split).key("file").value(dataset.file.string());
    json.key("sha256").value(dataset.digest.hex()).key("docs").value(dataset.docs);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_shards(JsonWriter& json, const MergeFacts& facts) {
  json.key("shards").begin_array();
  for (const MergedShard& shard : facts.shards) {
    json.begin_object().key("name").value(shard.name).key("sha256").value(shard.digest.hex());
    json.key("bytes").value(shard.bytes).key("records").value(shard.records);
    json.key("won").value(shard.won).key("code_version").value(shard.code_version).end_object();
  }
  json.end_array().key("quarantined").begin_array();
  for (const QuarantinedShard& shard : facts.quarantined) {
    json.begin_object().key("name").value(shard.name).key("reason").value(shard.reason);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string manifest_json(const Plan& plan, const MergeFacts& facts, const Totals& totals) {
  JsonWriter json(2);
  json.begin_object().key("format").value("tally-manifest").key("version").value(1);
  json.key("run_id").value(plan.run_id).key("plan_sha256").value(plan.digest().hex());
  json.key("plan_code_version").value(plan.code_version);
  json.key("code_version").value(code_version()).key("created_at").value(plan.created_at);
  json.key("limit").value(plan.limit);
  json.key("complete").value(totals.complete()).key("items").value(totals.items);
  json.key("counted").value(totals.counted).key("errors").value(totals.errors);
  json.key("coverage").value(facts.coverage.text());
  json.key("missing").value(facts.coverage.complement(plan.items()).text());
  json.key("duplicates").value(facts.duplicates).key("conflicts").value(facts.conflicts);
  json.key("conflicting").value(facts.conflicting.text());
  write_inputs(json, plan);
  write_shards(json, facts);
  json.end_object();
  std::string text = std::move(json).text();
  text += '\n';
  return text;
}

}  // namespace tally::aggregator
