#include "core/plan/coverage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "core/base/error.hpp"
#include "core/plan/shard_listing.hpp"

namespace tally {

namespace {

namespace fs = std::filesystem;

// What reading one file of shards/ gave.
struct Reading {
  std::optional<ShardHeader> header;
  std::string problem;  // why there is none
  std::uint64_t bytes = 0;
};

void check_digest(const fs::path& file, const std::string& expected) {
  const std::string found = sha256_file(file).short_hex();
  if (found != expected) {
    throw Error(Errc::data, fmt::format("found {}, expected {}", found, expected),
                {file, "digest", 0});
  }
}

void check_origin(const ShardHeader& header, const ShardName& name, const Digest& plan,
                  const fs::path& file) {
  if (header.plan != plan) {
    throw Error(Errc::data,
                fmt::format("found {}, expected {}", header.plan.short_hex(), plan.short_hex()),
                {file, "plan", 0});
  }
  if (header.element != name.element || header.rank != name.rank ||
      header.attempt != name.attempt) {
    throw Error(Errc::data,
                fmt::format("found element {}, rank {}, attempt {}, expected those of the name",
                            header.element.value(), header.rank.value(), header.attempt.value()),
                {file, "header", 0});
  }
}

bool meets(const ShardHeader& header, const IntervalSet* only) {
  return only == nullptr || !header.items.intersected(*only).empty();
}

// nullopt: the file vanished.
std::optional<Reading> read_shard(const fs::path& file, const Digest& plan, Trust trust,
                                  const IntervalSet* only) {
  Reading reading;
  const auto name = ShardName::parse(file.filename().string());
  if (!name) {
    reading.problem = "found no shard name, expected e<5>-r<3>-a<4>-s<4>.<16 hex>.h5";
    return reading;
  }
  try {
    ShardHeader header = read_shard_header(file);
    check_origin(header, *name, plan, file);
    if (trust == Trust::digests && meets(header, only)) check_digest(file, name->digest);
    std::error_code failed;
    reading.bytes = fs::file_size(file, failed);
    if (failed) throw errno_error(Errc::io, "stat", file, failed.value());
    reading.header = std::move(header);
  } catch (const Error& error) {
    std::error_code ignored;
    const auto type = fs::symlink_status(file, ignored).type();
    if (type == fs::file_type::not_found) return std::nullopt;
    // A link is no shard. A file that the system does not let us read is no damage: its items must
    // not be done again because a disk or a limit failed us.
    const bool no_file = error.code() == Errc::missing && type == fs::file_type::symlink;
    if (!no_file && (error.code() != Errc::data || is_newer_shard(error, file))) throw;
    reading.problem = error.what();
  }
  return reading;
}

std::map<std::string, Reading> read_all(const RunDir& run, const Digest& plan, Trust trust,
                                        const IntervalSet* only) {
  std::map<std::string, Reading> readings;
  const auto names = read_listed(run.shards(), [&](const std::string& name) {
    auto reading = read_shard(run.shards() / name, plan, trust, only);
    if (reading) readings.emplace(name, *std::move(reading));
    return reading.has_value();
  });
  std::erase_if(readings,
                [&](const auto& entry) { return !std::ranges::binary_search(names, entry.first); });
  return readings;
}

void append(std::vector<Interval>& out, const IntervalSet& set) {
  out.insert(out.end(), set.intervals().begin(), set.intervals().end());
}

// Which ordinals have only failures, by their latest try. `settled` are those with any other
// record.
std::vector<FailedItems> best_failures(
    std::map<std::pair<std::uint32_t, std::uint8_t>, std::vector<Interval>> by_try,
    IntervalSet settled) {
  std::vector<FailedItems> out;
  for (auto it = by_try.rbegin(); it != by_try.rend(); ++it) {
    const IntervalSet failed = IntervalSet::of(std::move(it->second));
    FailedItems latest{it->first.second, it->first.first, failed.minus(settled)};
    settled = settled.united(failed);
    if (!latest.items.empty()) out.push_back(std::move(latest));
  }
  std::sort(out.begin(), out.end(), [](const FailedItems& a, const FailedItems& b) {
    return std::pair(a.outcome, a.attempt) < std::pair(b.outcome, b.attempt);
  });
  return out;
}

bool may_retry(const FailedItems& failed, const RetrySpec& retry) {
  const bool wanted =
      failed.outcome == FailedItems::kInfraError ? retry.on_infra_error : retry.on_generation_error;
  return wanted && failed.attempt < retry.attempts;
}

}  // namespace

Coverage read_coverage(const RunDir& run, const Digest& plan, Trust trust,
                       const IntervalSet* only) {
  Coverage coverage;
  std::vector<Interval> recorded;
  std::vector<Interval> settled;
  std::map<std::pair<std::uint32_t, std::uint8_t>, std::vector<Interval>> by_try;
  for (const auto& [name, reading] : read_all(run, plan, trust, only)) {
    if (!reading.header) {
      coverage.bad.push_back({name, reading.problem});
      continue;
    }
    ++coverage.shards;
    coverage.bytes += reading.bytes;
    const ShardHeader& header = *reading.header;
    append(recorded, header.items);
    std::vector<Interval> failures;
    for (const FailedItems& failed : header.failed) {
      append(by_try[{failed.attempt, failed.outcome}], failed.items);
      append(failures, failed.items);
    }
    append(settled, header.items.minus(IntervalSet::of(std::move(failures))));
  }
  coverage.recorded = IntervalSet::of(std::move(recorded));
  if (!by_try.empty()) {
    coverage.failed = best_failures(std::move(by_try), IntervalSet::of(std::move(settled)));
  }
  return coverage;
}

IntervalSet Coverage::to_do(const Plan& plan) const {
  IntervalSet out = recorded.complement(plan.items());
  const IntervalSet all(Interval{0, plan.items()});
  for (const FailedItems& items : failed) {
    if (may_retry(items, plan.retry)) out = out.united(items.items.intersected(all));
  }
  return out;
}

IntervalSet Coverage::given_up(const Plan& plan) const {
  IntervalSet out;
  for (const FailedItems& items : failed) {
    if (!may_retry(items, plan.retry)) out = out.united(items.items);
  }
  return out;
}

std::uint32_t Coverage::next_attempt(Ordinal ordinal) const {
  for (const FailedItems& items : failed) {
    if (items.items.contains(ordinal)) return items.attempt + 1;
  }
  return 1;
}

}  // namespace tally
