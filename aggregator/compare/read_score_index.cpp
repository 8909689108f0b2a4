#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "aggregator/compare/published_run.hpp"
#include "aggregator/outputs/score_index.hpp"
#include "core/base/error.hpp"
#include "core/plan/json_fields.hpp"
#include "core/shard/record.hpp"

namespace tally::aggregator {
namespace {

nlohmann::json parse_line(const std::string& line, const Where& where) {
  nlohmann::json row = nlohmann::json::parse(line, nullptr, false);
  if (row.is_object()) return row;
  throw Error(Errc::data, "found no JSON object, expected one", where);
}

void read_figures(const nlohmann::json& row, TaskRow& read) {
  for (const auto& [name, value] : row.at("metrics").items())
    read.metrics[name] = value.get<double>();
  for (const auto& [name, value] : row.at("metric_draws").items())
    read.metric_draws[name] = value.get<std::uint64_t>();
  for (const auto& [name, value] : row.at("ci95").items())
    read.ci95[name] = {value.at(0).get<double>(), value.at(1).get<double>()};
}

TaskRow read_row(const nlohmann::json& json, const std::filesystem::path& file) {
  JsonFields fields(json, file);
  const std::uint64_t version = fields.u64("index_version");
  if (version > kScoreIndexVersion)
    fields.fail("index_version",
                fmt::format("found {}, expected at most {}", version, kScoreIndexVersion));
  TaskRow row;
  row.task_id = fields.text("task_id");
  JsonFields counts = fields.object("counts");
  row.expected = counts.u64("expected");
  for (const Outcome outcome : {Outcome::scored, Outcome::no_answer, Outcome::timeout})
    row.counted += counts.u64(std::string(outcome_name(outcome)));
  if (!json.contains("metric_draws"))
    fields.fail("metric_draws", "found none, expected an object: `aggregate` the run once more");
  try {
    read_figures(json, row);
  } catch (const nlohmann::json::exception& error) {
    throw Error(Errc::data, fmt::format("found other figures than numbers: {}", error.what()),
                {file, {}, 0});
  }
  return row;
}

}  // namespace

void read_score_index(const PublishedRun& run,
                      const std::function<void(const Task&, const TaskRow&)>& take) {
  const std::filesystem::path file = run.results / "score_index.jsonl";
  std::ifstream lines(file, std::ios::binary);
  std::uint64_t index = 0;
  for (std::string line; std::getline(lines, line); ++index) {
    const Where where{file, {}, static_cast<int>(index + 1)};
    if (index >= run.plan.tasks())
      throw Error(Errc::data, fmt::format("found more rows than {} tasks", run.plan.tasks()),
                  where);
    const Task task = run.plan.task(index);
    const TaskRow row = read_row(parse_line(line, where), file);
    const std::string id = run.plan.task_id(task);
    if (row.task_id != id)
      throw Error(Errc::data, fmt::format("task_id: found {}, expected {}", row.task_id, id),
                  where);
    take(task, row);
  }
  if (index != run.plan.tasks())
    throw Error(Errc::data,
                fmt::format("found {} rows, expected {}, one a task", index, run.plan.tasks()),
                {file, {}, 0});
}

}  // namespace tally::aggregator
