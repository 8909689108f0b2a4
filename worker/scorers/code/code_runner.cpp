#include "worker/scorers/code/code_runner.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/json_writer.hpp"
#include "worker/scorers/code/code_limits.hpp"
#include "worker/scorers/code/code_programs.hpp"
#include "worker/scorers/code/compare_output.hpp"

namespace tally::worker {
namespace {

std::string seconds_text(std::chrono::milliseconds limit) {
  return fmt::format("{} s", static_cast<double>(limit.count()) / 1000.0);
}

// The beginning of what a program wrote, fit for a record.
std::string excerpt(std::string_view text) {
  constexpr std::size_t kMost = 100;
  std::string out;
  for (const char c : text.substr(0, kMost)) {
    if (c == '\n')
      out += "\\n";
    else
      out += c >= ' ' && c <= '~' ? c : '?';
  }
  return text.size() > kMost ? out + "..." : out;
}

std::string last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  const std::size_t begin = text.rfind('\n');
  return excerpt(begin == std::string_view::npos ? text : text.substr(begin + 1));
}

// What an ending that was not the program's own means; nothing for one that was.
std::optional<TestResult> limit_result(const ProgramResult& ran, const SandboxLimits& limits) {
  switch (ran.ending) {
    case Ending::cpu_limit:
      return TestResult{TestVerdict::timeout,
                        fmt::format("cpu limit of {}", seconds_text(limits.cpu))};
    case Ending::wall_limit:
      return TestResult{TestVerdict::timeout,
                        fmt::format("wall limit of {}", seconds_text(limits.wall))};
    case Ending::memory_limit:
      return TestResult{TestVerdict::limit, "memory limit"};
    case Ending::process_limit:
      return TestResult{TestVerdict::limit, "process limit"};
    case Ending::output_limit:
      return TestResult{TestVerdict::limit, "output limit"};
    case Ending::broken:
      return TestResult{TestVerdict::broken, ran.problem};
    case Ending::exited:
    case Ending::signalled:
    case Ending::stopped:
      return std::nullopt;
  }
  return std::nullopt;
}

// A program that waits or that gets no turn, one that works or that was charged for a pause of the
// machine: which of the two it is, another run shows.
void note_slowness(CodeRun& run, const ProgramResult& ran, const SandboxLimits& limits) {
  const double cpu = static_cast<double>(limits.cpu.count()) / 1000.0;
  run.slow = ran.ending == Ending::wall_limit && ran.cpu_seconds < 0.8 * cpu;
  run.waited = run.slow && ran.waited_seconds > 0.1 * ran.wall_seconds;
  run.paused = ran.ending == Ending::cpu_limit && ran.missed_seconds > 0;
}

bool by_signal(const ProgramResult& ran) { return ran.ending == Ending::signalled; }

// By a signal that may have been meant for all of a job.
bool was_killed(const ProgramResult& ran) {
  constexpr std::array kSignals{SIGHUP, SIGINT, SIGKILL, SIGTERM, SIGUSR1, SIGUSR2};
  return by_signal(ran) &&
         std::find(kSignals.begin(), kSignals.end(), ran.status) != kSignals.end();
}

TestVerdict verdict_of(std::string_view word) {
  if (word == "passed") return TestVerdict::passed;
  if (word == "wrong") return TestVerdict::wrong;
  if (word == "unsupported") return TestVerdict::unsupported;
  if (word == "vacuous") return TestVerdict::vacuous;
  if (word == "unstarted") return TestVerdict::broken;
  return TestVerdict::error;  // error, ended, forged
}

// The lines of a report, which the checker alone writes. False when its last line is missing.
bool read_report(const std::string& report, CodeRun& run, bool& ended) {
  std::size_t begin = 0;
  while (begin < report.size()) {
    const std::size_t end = report.find('\n', begin);
    if (end == std::string::npos) return false;
    const auto line =
        nlohmann::json::parse(report.begin() + static_cast<std::ptrdiff_t>(begin),
                              report.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    begin = end + 1;
    if (!line.is_object()) return false;
    if (line.contains("end")) return begin == report.size();
    const bool load = line.contains("load");
    const std::string word = line.value(load ? "load" : "verdict", "");
    ended = word == "ended";
    TestResult result{verdict_of(word), line.value("note", "")};
    if (load)
      run.load = std::move(result);
    else
      run.tests.push_back(std::move(result));
  }
  return false;
}

// The result that a report lacks or that is to be looked into: what says that the program ended, or
// one more, but never of more tests than were asked for.
TestResult& where_it_ended(CodeRun& run, bool ended, std::size_t asked) {
  if (ended) return run.load ? *run.load : run.tests.back();
  run.load.reset();
  if (run.tests.size() < asked) run.tests.emplace_back();
  return run.tests.back();
}

// Why a candidate did not start, where more is known than that.
void explain_start(TestResult& load, const ProgramResult& candidate, const SandboxLimits& limits) {
  if (!candidate.problem.empty())
    load.note = candidate.problem;
  else if (const auto limit = limit_result(candidate, limits))
    load.note = fmt::format("{}: {}", load.note, limit->note);
}

std::string job_text(const CodeJob& job, std::size_t first, std::size_t end) {
  JsonWriter json;
  json.begin_object();
  json.key("first").value(std::uint64_t{first}).key("end").value(std::uint64_t{end});
  json.key("canonical").value(job.canonical);
  json.end_object();
  return std::move(json).text();
}

}  // namespace

std::size_t test_count(const CodeDoc& doc) noexcept {
  switch (doc.style) {
    case CodeDoc::Style::humaneval:
      return doc.test.empty() ? 0 : 1;
    case CodeDoc::Style::asserts:
      return doc.asserts.size();
    case CodeDoc::Style::functional:
      return doc.functions.size();
    case CodeDoc::Style::stdio:
      return doc.stdio.size();
  }
  return 0;
}

CodeRun CodeRunner::ask(const CodeJob& job, std::size_t first, std::size_t end) const {
  Program checker = python_program(interpreter_, "checker.py");
  checker.files = interpreter_.modules;
  checker.files.emplace_back("checker.py", code_programs::kChecker);
  checker.files.emplace_back("doc.json", job.data);
  checker.files.emplace_back("job.json", job_text(job, first, end));
  Program candidate = python_program(interpreter_, "candidate.py");
  candidate.files.assign(interpreter_.modules.begin() + code_programs::of_checker,
                         interpreter_.modules.end());
  candidate.files.emplace_back("candidate.py", code_programs::kCandidate);
  candidate.files.emplace_back("solution.py", job.program);
  const SandboxLimits limits = checker_limits(job.limits);
  const PairResult pair = sandbox_.run_pair(checker, limits, candidate, job.limits, stop_);
  CodeRun run;
  run.signalled = by_signal(pair.checker) || by_signal(pair.candidate);
  bool ended = false;
  const bool whole = read_report(pair.report, run, ended);
  if (whole && !ended && (run.load || !run.tests.empty())) {
    if (run.load && run.load->verdict == TestVerdict::broken)
      explain_start(*run.load, pair.candidate, job.limits);
    return run;
  }
  TestResult& last = where_it_ended(run, ended, end - first);
  if (stop_.requested()) {
    // Both are ended at once; a checker that sees its candidate go first reports just that.
    last = {TestVerdict::stopped, "stopped"};
  } else if (pair.checker.ending == Ending::broken || pair.candidate.ending == Ending::broken) {
    const bool by_checker = pair.checker.ending == Ending::broken;
    last = {TestVerdict::broken, by_checker ? pair.checker.problem : pair.candidate.problem};
  } else if (whole && !ended) {
    last = {TestVerdict::broken, "the checker ran no test"};
  } else if (whole) {
    if (auto limit = limit_result(pair.candidate, job.limits)) last = std::move(*limit);
    run.killed = was_killed(pair.candidate);
    note_slowness(run, pair.candidate, job.limits);
  } else if (limit_result(pair.checker, limits)) {
    // The doc's tests fit into the limits with the canonical solution, so it is the answers.
    last = {TestVerdict::limit, "its answers take the checks more than they may use"};
    note_slowness(run, pair.checker, limits);
  } else {
    last = {TestVerdict::broken,
            fmt::format("the checker ended without a word: {}", last_line(pair.checker.errors))};
    run.silent = true;
  }
  return run;
}

CodeRun CodeRunner::feed(const CodeJob& job, std::size_t test) const {
  Program program = python_program(interpreter_, "solution.py");
  program.files = {{"solution.py", std::string(job.program)}};
  program.input = job.doc.stdio.at(test).input;
  const ProgramResult ran = sandbox_.run(program, job.limits, stop_);
  CodeRun run;
  run.signalled = by_signal(ran);
  if (ran.ending == Ending::stopped || (stop_.requested() && was_killed(ran))) {
    run.tests.push_back({TestVerdict::stopped, "stopped"});
  } else if (auto result = limit_result(ran, job.limits)) {
    run.tests.push_back(std::move(*result));
    note_slowness(run, ran, job.limits);
  } else if (ran.status != 0 && ran.errors.starts_with("Fatal Python error: ")) {
    // Of an interpreter that cannot start, or of a program that says so or brings it about.
    run.tests.push_back({TestVerdict::broken, last_line(ran.errors)});
    run.silent = true;
  } else {
    run.tests.push_back(compared(ran, job.doc.stdio.at(test)));
    run.killed = was_killed(ran);
  }
  return run;
}

TestResult CodeRunner::compared(const ProgramResult& ran, const StdioTest& test) const {
  if (ran.ending == Ending::signalled)
    return {TestVerdict::error, fmt::format("it was ended by signal {}", ran.status)};
  // LiveCodeBench lets a program that ends by sys.exit(1) pass; nobody else does.
  if (ran.status != 0 && rule_.comparator != "lcb")
    return {TestVerdict::error, fmt::format("exit code {}: {}", ran.status, last_line(ran.errors))};
  if (same_output(rule_.comparator, ran.output, test.output, rule_.abs, rule_.rel))
    return {TestVerdict::passed, ""};
  const std::string why = ran.status == 0 ? "" : fmt::format("; {}", last_line(ran.errors));
  return {TestVerdict::wrong, fmt::format("found '{}', expected '{}'{}", excerpt(ran.output),
                                          excerpt(test.output), why)};
}

}  // namespace tally::worker
