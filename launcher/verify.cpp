#include "launcher/verify.hpp"

#include <fmt/format.h>

#include <iterator>

#include "core/base/checksums.hpp"
#include "core/base/json_writer.hpp"
#include "launcher/element_work.hpp"

namespace tally::launcher {
namespace {

void verify_results(const RunDir& run, VerifyReport& report) {
  const std::filesystem::path folder = run.results() / "current";
  std::error_code ignored;
  if (!std::filesystem::exists(folder, ignored)) return;  // not aggregated yet
  CheckedFiles checked = check_sums(folder);
  report.results = checked.good.size();
  for (BadFile& file : checked.bad)
    report.bad.push_back({fmt::format("results/current/{}", file.name), std::move(file.reason)});
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
