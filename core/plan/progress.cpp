#include "core/plan/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/json_writer.hpp"
#include "core/plan/json_fields.hpp"

namespace tally {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "tally-progress";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kMaxBytes = 1U << 20U;

fs::path progress_file(const RunDir& run, ElementId element) {
  return run.progress() / fmt::format("e{:05}.json", element.value());
}

std::string to_json(const Progress& progress) {
  JsonWriter json;
  json.begin_object();
  json.key("format").value(kFormat).key("version").value(kVersion);
  json.key("element").value(progress.element.value());
  json.key("attempt").value(progress.attempt.value());
  json.key("state").value(progress.state).key("host").value(progress.host);
  json.key("pid").value(progress.pid).key("start_ticks").value(progress.start_ticks);
  json.key("ranks").value(progress.ranks);
  json.key("planned").value(progress.planned).key("done").value(progress.done);
  json.key("committed").value(progress.committed);
  json.key("outcomes").begin_array();
  for (const std::uint64_t count : progress.outcomes) json.value(count);
  json.end_array();
  json.key("rate").value(progress.rate).key("eta_seconds").value(progress.eta_seconds);
  json.key("started_unix").value(progress.started_unix);
  json.key("heartbeat_unix").value(progress.heartbeat_unix);
  json.key("message").value(progress.message).end_object();
  return std::move(json).text() + "\n";
}

Progress from_json(const std::string& text, const fs::path& file) {
  const nlohmann::json root = parse_own_json(text, file, kFormat, kVersion);
  JsonFields fields(root, file);
  Progress progress;
  progress.element = ElementId(fields.u32("element"));
  progress.attempt = AttemptId(fields.u32("attempt"));
  progress.state = fields.text("state");
  progress.host = fields.text("host");
  progress.pid = fields.i64("pid");
  if (root.contains("start_ticks")) progress.start_ticks = fields.u64("start_ticks");
  progress.ranks = fields.u32("ranks");
  progress.planned = fields.u64("planned");
  progress.done = fields.u64("done");
  progress.committed = fields.u64("committed");
  const auto& outcomes = fields.array("outcomes");
  if (outcomes.size() != progress.outcomes.size()) {
    fields.fail("outcomes", fmt::format("found {} counts, expected {}", outcomes.size(),
                                        progress.outcomes.size()));
  }
  std::transform(outcomes.begin(), outcomes.end(), progress.outcomes.begin(),
                 [](const nlohmann::json& count) { return count.get<std::uint64_t>(); });
  progress.rate = fields.number("rate");
  progress.eta_seconds = fields.number("eta_seconds");
  progress.started_unix = fields.number("started_unix");
  progress.heartbeat_unix = fields.number("heartbeat_unix");
  progress.message = fields.text("message");
  return progress;
}

std::optional<Progress> read_file(const fs::path& file) {
  try {
    return from_json(read_text(file, kMaxBytes), file);
  } catch (const Error&) {
    return std::nullopt;  // replaced without fsync: after a crash it may hold anything
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

bool is_over(const Progress& progress) {
  return progress.state == "done" || progress.state == "incomplete" || progress.state == "failed";
}

bool write_progress(const RunDir& run, const Progress& progress) noexcept {
  try {
    return replace_quickly(progress_file(run, progress.element), to_json(progress));
  } catch (const std::exception&) {
    return false;  // out of memory: a progress file is not worth a run
  }
}

std::optional<Progress> read_progress(const RunDir& run, ElementId element) {
  return read_file(progress_file(run, element));
}

std::vector<Progress> read_progress(const RunDir& run) {
  std::vector<Progress> all;
  std::error_code failed;
  fs::directory_iterator it(run.progress(), failed);
  for (const fs::directory_iterator end; !failed && it != end; it.increment(failed)) {
    const fs::path& file = it->path();
    if (file.extension() != ".json") continue;
    if (auto progress = read_file(file)) all.push_back(std::move(*progress));
  }
  std::sort(all.begin(), all.end(),
            [](const Progress& a, const Progress& b) { return a.element < b.element; });
  return all;
}

}  // namespace tally
