#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "core/base/json_writer.hpp"
#include "launcher/run_status.hpp"

namespace tally::launcher {
namespace {

void add_element(JsonWriter& json, const ElementStatus& element) {
  json.begin_object().key("element").value(element.element.value());
  json.key("state").value(element.state).key("items").value(element.items);
  json.key("recorded").value(element.recorded).key("to_do").value(element.to_do);
  if (!element.job.empty()) {
    json.key("job").value(element.job).key("scheduler").value(element.scheduler);
  }
  if (const auto& progress = element.progress) {
    json.key("attempt").value(progress->attempt.value()).key("host").value(progress->host);
    json.key("pid").value(progress->pid).key("ranks").value(progress->ranks);
    json.key("planned").value(progress->planned).key("done").value(progress->done);
    json.key("committed").value(progress->committed).key("rate").value(progress->rate);
    json.key("eta_seconds").value(progress->eta_seconds);
    json.key("heartbeat_unix").value(progress->heartbeat_unix);
    json.key("message").value(progress->message);
  }
  json.end_object();
}

std::string overall(const RunStatus& status) {
  if (status.complete) return "complete";
  if (status.running) return "running";
  if (status.recorded_all) return "recorded, not aggregated: `tally resume` does it";
  if (status.queued) return "queued";
  if (status.to_do == 0) return "ended with failed items: their tries are used up";
  return "incomplete: `tally resume` does the rest";
}

// What Slurm says, then what the element says.
std::string remark(const ElementStatus& element) {
  std::string text = element.job;
  for (const std::string& part :
       {element.scheduler, element.progress ? element.progress->message : std::string()}) {
    if (part.empty()) continue;
    if (!text.empty()) text += ' ';
    text += part;
  }
  return text;
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::string status_json(const RunStatus& status) {
  JsonWriter json;
  json.begin_object().key("run").value(status.root.string()).key("run_id").value(status.run_id);
  json.key("complete").value(status.complete).key("running").value(status.running);
  json.key("queued").value(status.queued).key("aggregate").value(status.aggregate);
  json.key("notes").begin_array();
  for (const std::string& note : status.notes) json.value(note);
  json.end_array();
  json.key("tasks").value(status.tasks).key("items").value(status.items);
  json.key("recorded").value(status.recorded).key("to_do").value(status.to_do);
  json.key("given_up").value(status.given_up);
  json.key("shards").value(status.shards).key("bytes").value(status.bytes);
  json.key("bad_shards").begin_array();
  for (const BadShard& shard : status.bad) {
    json.begin_object().key("name").value(shard.name).key("reason").value(shard.reason);
    json.end_object();
  }
  json.end_array().key("rate").value(status.rate).key("eta_seconds").value(status.eta_seconds);
  json.key("submission").value(status.submission).key("elements").begin_array();
  for (const ElementStatus& element : status.elements) add_element(json, element);
  json.end_array().end_object();
  return json.text();
}

std::string status_text(const RunStatus& status) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "run       {} ({})\n", status.run_id, status.root.string());
  fmt::format_to(out, "state     {}\n", overall(status));
  fmt::format_to(out, "items     {} in {} tasks\n", status.items, status.tasks);
  fmt::format_to(out, "recorded  {} ({:.1f}%), {} to do, {} given up\n", status.recorded,
                 percent(status.recorded, status.items), status.to_do, status.given_up);
  fmt::format_to(out, "shards    {}, {} bytes\n", status.shards, status.bytes);
  for (const BadShard& shard : status.bad) {
    fmt::format_to(out, "bad       {}: {}\n", shard.name, shard.reason);
  }
  if (status.running) {
    fmt::format_to(out, "rate      {:.1f}/s, {} left\n", status.rate,
                   duration_text(status.eta_seconds));
  }
  if (!status.aggregate.empty()) fmt::format_to(out, "aggregate {}\n", status.aggregate);
  for (const std::string& note : status.notes) fmt::format_to(out, "note      {}\n", note);
  if (status.elements.empty()) return text;
  fmt::format_to(out, "\n{:>7}  {:10} {:>12} {:>12} {:>10} {:>9}  {}\n", "element", "state",
                 "recorded", "items", "rate/s", "left", "message");
  for (const ElementStatus& element : status.elements) {
    const bool runs =
        element.progress && (element.state == "running" || element.state == "stopping");
    fmt::format_to(out, "{:>7}  {:10} {:>12} {:>12} {:>10} {:>9}  {}\n", element.element.value(),
                   element.state, element.recorded, element.items,
                   runs ? fmt::format("{:.1f}", element.progress->rate) : "-",
                   runs ? duration_text(element.progress->eta_seconds) : "-", remark(element));
  }
  return text;
}

std::string duration_text(double seconds) {
  if (!(seconds >= 0.0) || seconds > 1e9) return "?";
  const auto whole = static_cast<std::uint64_t>(std::ceil(seconds));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace tally::launcher
