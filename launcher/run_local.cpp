#include "launcher/run_local.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <iterator>

#include "core/base/error.hpp"
#include "core/base/json_writer.hpp"
#include "core/plan/coverage.hpp"
#include "launcher/local_backend.hpp"
#include "launcher/programs.hpp"
#include "launcher/progress_view.hpp"
#include "launcher/signal_inbox.hpp"

namespace tally::launcher {
namespace {

constexpr int kIncomplete = static_cast<int>(Errc::incomplete);
constexpr std::chrono::milliseconds kTick{500};

int exit_code_of(const RunReport& report) {
  if (report.result.abort_code) return *report.result.abort_code;
  return report.aggregate_code.value_or(kIncomplete);
}

}  // namespace

int run_aggregate(const RunDir& run) {
  SignalInbox inbox;
  const Command command{{sibling_program("aggregate").string(), run.root().string()}, {}};
  const pid_t pid = start_process(command, {STDERR_FILENO, -1});
  for (;;) {
    const auto signal = inbox.wait(kTick);
    if (signal && is_stop_signal(*signal)) ::kill(pid, SIGTERM);
    while (const auto reaped = reap_any()) {
      if (reaped->pid != pid) continue;
      if (reaped->status.signal == 0) return reaped->status.code;
      spdlog::error("aggregate ended with {}", reaped->status.text());
      return kIncomplete;
    }
  }
}

void count_the_rest(RunReport& report, const RunDir& run, const Plan& plan) {
  const Coverage coverage = read_coverage(run, plan.digest(), Trust::headers);
  report.to_do = coverage.to_do(plan).size();
  report.given_up = coverage.given_up(plan).size();
}

RunReport run_local(const RunDir& run, const Plan& plan, const Submission& submission,
                    const Geometry& geometry) {
  RunReport report;
  report.root = run.root();
  report.run_id = plan.run_id;
  report.submission = submission.number;
  for (const IntervalSet& items : submission.elements) report.items += items.size();
  const SignalInbox between;  // the backend and `aggregate` each have one: no signal falls between
  const LaunchRecord record(run);
  ProgressPrinter printer(run, submission);
  LocalOptions options;
  options.side_by_side = geometry.side_by_side;
  options.starts = plan.retry.attempts;
  options.tick = [&] { printer.tick(); };
  report.result = LocalBackend(std::move(options)).submit(run, submission);
  printer.finish();
  if (!report.result.stopped && !report.result.abort_code) {
    report.aggregate_code = run_aggregate(run);
  }
  report.exit_code = exit_code_of(report);
  count_the_rest(report, run, plan);
  return report;
}

std::string report_json(const RunReport& report) {
  JsonWriter json;
  json.begin_object().key("run").value(report.root.string()).key("run_id").value(report.run_id);
  json.key("submission").value(report.submission).key("items").value(report.items);
  json.key("elements").begin_array();
  for (const ElementResult& element : report.result.elements) {
    json.begin_object().key("element").value(element.element.value());
    json.key("exit_code").value(element.code).key("starts").value(element.starts).end_object();
  }
  json.end_array().key("jobs").begin_array();
  for (const std::string& job : report.result.jobs) json.value(job);
  json.end_array().key("warnings").begin_array();
  for (const std::string& warning : report.result.warnings) json.value(warning);
  json.end_array().key("stopped").value(report.result.stopped).key("aggregate_exit_code");
  if (report.aggregate_code) {
    json.value(*report.aggregate_code);
  } else {
    json.null();
  }
  json.key("queued").value(!report.result.jobs.empty());
  json.key("complete").value(report.exit_code == 0 && report.result.jobs.empty());
  json.key("results").value((report.root / "results/current").string());
  json.key("exit_code").value(report.exit_code).end_object();
  return json.text();
}

std::string report_text(const RunReport& report) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "run      {}\n", report.root.string());
  if (report.aggregate_code) {
    fmt::format_to(out, "results  {}\n", (report.root / "results/current").string());
  }
  fmt::format_to(out, "logs     {}\n", (report.root / "logs").string());
  if (!report.result.jobs.empty()) {
    fmt::format_to(out, "jobs     {}\n", fmt::join(report.result.jobs, ", "));
    fmt::format_to(out, "state    queued; watch it with: tally status --watch {}\n",
                   report.root.string());
  } else if (report.exit_code == 0) {
    text += "state    complete\n";
  } else if (report.result.abort_code) {
    fmt::format_to(out, "state    aborted: an element ended with {}\n", *report.result.abort_code);
  } else if (report.to_do == 0 && report.aggregate_code == kIncomplete) {
    fmt::format_to(
        out,
        "state    ended: nothing is left to do, but not every item counts: {} failed and "
        "have no try left, invalid ones are in REPORT.txt\n",
        report.given_up);
  } else {
    fmt::format_to(out, "state    {}; continue with: tally resume {}\n",
                   report.result.stopped ? "stopped" : "incomplete", report.root.string());
  }
  return text;
}

}  // namespace tally::launcher
