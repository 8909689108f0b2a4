#include "launcher/verify.hpp"

#include <fmt/format.h>

#include <iterator>
#include <sstream>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/json_writer.hpp"
#include "launcher/element_work.hpp"

namespace tally::launcher {
namespace {

constexpr std::uint64_t kMaxSumsBytes = 1024 * 1024;
constexpr std::size_t kHexDigits = 64;

/// Empty when the file is as the line of SHA256SUMS ("<64 hex>  <name>") says, else why not.
std::string fault_of(const std::filesystem::path& folder, const std::string& line,
                     std::string& name) {
  if (line.size() <= kHexDigits + 2 || line.substr(kHexDigits, 2) != "  ") {
    name = "SHA256SUMS";
    return fmt::format("found line \"{}\", expected \"<64 hex digits>  <name>\"", line);
  }
  name = line.substr(kHexDigits + 2);
  if (name.find('/') != std::string::npos) return "found a path, expected a plain file name";
  try {
    const std::string found = sha256_file(folder / name).hex();
    const std::string expected = line.substr(0, kHexDigits);
    if (found == expected) return {};
    return fmt::format("sha256: found {}, expected {}", found, expected);
  } catch (const Error& error) {
    return error.what();
  }
}

void verify_results(const RunDir& run, VerifyReport& report) {
  const std::filesystem::path folder = run.results() / "current";
  std::error_code ignored;
  if (!std::filesystem::exists(folder, ignored)) return;  // not aggregated yet
  std::string sums;
  try {
    sums = read_text(folder / "SHA256SUMS", kMaxSumsBytes);
  } catch (const Error& error) {
    report.bad.push_back({"results/current/SHA256SUMS", error.what()});
    return;
  }
  std::istringstream lines(sums);
  for (std::string line; std::getline(lines, line);) {
    std::string name;
    std::string fault = fault_of(folder, line, name);
    if (fault.empty()) {
      ++report.results;
    } else {
      report.bad.push_back({fmt::format("results/current/{}", name), std::move(fault)});
    }
  }
}

}  // namespace

VerifyReport verify_run(const RunDir& run) {
  const Plan plan = load_plan(run.plan());
  Coverage coverage = read_coverage(run, plan.digest(), Trust::digests);
  VerifyReport report{run.root(), coverage.shards, coverage.bytes, 0, {}};
  for (BadShard& bad : coverage.bad) {
    report.bad.push_back({fmt::format("shards/{}", bad.name), std::move(bad.reason)});
  }
  verify_results(run, report);
  return report;
}

std::string verify_json(const VerifyReport& report) {
  JsonWriter json;
  json.begin_object().key("run").value(report.root.string());
  json.key("good").value(report.bad.empty());
  json.key("shards").value(report.shards).key("bytes").value(report.bytes);
  json.key("results").value(report.results).key("bad").begin_array();
  for (const BadShard& bad : report.bad) {
    json.begin_object().key("name").value(bad.name).key("reason").value(bad.reason).end_object();
  }
  json.end_array().end_object();
  return json.text();
}

std::string verify_text(const VerifyReport& report) {
  std::string text;
  for (const BadShard& bad : report.bad) {
    fmt::format_to(std::back_inserter(text), "bad  {}: {}\n", bad.name, bad.reason);
  }
  fmt::format_to(std::back_inserter(text), "{} shards ({} bytes) and {} results are good, {} bad\n",
                 report.shards, report.bytes, report.results, report.bad.size());
  return text;
}

ElementReport verify_element(const std::filesystem::path& run, ElementId element) {
  const ElementWork work = load_element_work(run, element);
  return {work.run.root(), element, work.items.size(), work.left().size()};
}

std::string element_json(const ElementReport& report) {
  JsonWriter json;
  json.begin_object().key("run").value(report.root.string());
  json.key("element").value(report.element.value());
  json.key("items").value(report.items).key("to_do").value(report.to_do).end_object();
  return json.text();
}

std::string element_text(const ElementReport& report) {
  if (report.to_do == 0) {
    return fmt::format("element {}: nothing of {} items is left to do", report.element.value(),
                       report.items);
  }
  return fmt::format("element {}: {} of {} items are left to do", report.element.value(),
                     report.to_do, report.items);
}

}  // namespace tally::launcher
