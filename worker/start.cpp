#include "worker/start.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/plan/shard_header.hpp"
#include "core/plan/shard_name.hpp"
#include "core/plan/submission.hpp"

namespace tally::worker {

namespace {

namespace fs = std::filesystem;

constexpr unsigned kStaleHours = 24;

Start open_start(const fs::path& path, ElementId element) {
  Start start{.run = RunDir::open(path),
              .plan = {},
              .digest = {},
              .element = element,
              .attempt = {},
              .before = {},
              .items = {},
              .work = {}};
  start.plan = load_plan(start.run.plan());
  start.digest = start.plan.digest();
  return start;
}

AttemptId next_attempt(const RunDir& run, ElementId element) {
  std::uint32_t highest = 0;
  std::error_code failed;
  fs::directory_iterator entry(run.shards(), failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    const auto name = ShardName::parse(entry->path().filename().string());
    if (name && name->element == element) highest = std::max(highest, name->attempt.value());
  }
  if (failed) throw errno_error(Errc::io, "list", run.shards(), failed.value());
  return AttemptId(highest + 1);
}

// A shard that is damaged costs its items once more; one of another plan means that somebody
// exchanged plan.json, and then nothing in here fits together.
void check_bad_shards(const Start& start) {
  for (const BadShard& bad : start.before.bad) {
    spdlog::warn("{}: not counted: {}", bad.name, bad.reason);
    const fs::path file = start.run.shards() / bad.name;
    Digest plan = start.digest;
    try {
      plan = read_shard_header(file).plan;
    } catch (const Error&) {
      continue;  // damaged: the line above says how
    }
    if (plan == start.digest) continue;
    throw Error(Errc::data,
                fmt::format("plan changed under the shards: found {}, expected {}",
                            plan.short_hex(), start.digest.short_hex()),
                {file, {}, 0});
  }
}

}  // namespace

Start prepare_start(const fs::path& run, ElementId element) {
  Start start = open_start(run, element);
  const Submission submission = read_last_submission(start.run);
  if (element.value() >= submission.elements.size()) {
    throw Error(Errc::usage, fmt::format("--element: found {}, expected 0..{}", element.value(),
                                         submission.elements.size() - 1));
  }
  for (const std::string& name : remove_stale_temporaries(start.run.temp(), kStaleHours)) {
    spdlog::info("removed stale temporary file {}", name);
  }
  start.items = submission.elements[element.value()];
  start.before = read_coverage(start.run, start.digest, Trust::digests, &start.items);
  check_bad_shards(start);
  start.attempt = next_attempt(start.run, element);
  start.work = start.before.to_do(start.plan).intersected(start.items);
  return start;
}

std::string start_text(const Start& start) {
  std::string text =
      fmt::format("plan {}\nattempt {}\n", start.digest.hex(), start.attempt.value());
  for (const FailedItems& failed : start.before.failed) {
    const std::string items = failed.items.intersected(start.items).text();
    if (items.empty()) continue;
    text += fmt::format("failed {} {} {}\n", failed.outcome, failed.attempt, items);
  }
  return text;
}

Start join_start(const fs::path& run, ElementId element, const std::string& text) {
  Start start = open_start(run, element);
  std::istringstream lines(text);
  std::string key;
  while (lines >> key) {
    std::string value;
    if (key == "plan") {
      lines >> value;
      if (value == start.digest.hex()) continue;
      throw Error(Errc::data,
                  fmt::format("found {}, expected {} as rank 0 has it", start.digest.short_hex(),
                              value.substr(0, 16)),
                  {start.run.plan(), {}, 0});
    }
    std::uint32_t number = 0;
    lines >> number;
    if (key == "attempt") {
      start.attempt = AttemptId(number);
    } else {
      std::uint32_t attempt = 0;
      lines >> attempt >> value;
      start.before.failed.push_back(
          {static_cast<std::uint8_t>(number), attempt, IntervalSet::parse(value)});
    }
  }
  return start;
}

std::vector<Ordinal> model_cuts(const Plan& plan) {
  std::vector<Ordinal> cuts;
  const std::vector<Segment>& segments = plan.segments();
  for (std::size_t i = 1; i < segments.size(); ++i) {
    if (segments[i].model != segments[i - 1].model) cuts.push_back(segments[i].first);
  }
  return cuts;
}

}  // namespace tally::worker
