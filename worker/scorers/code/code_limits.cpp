#include "worker/scorers/code/code_limits.hpp"

#include <algorithm>

namespace tally::worker {
namespace {

using std::chrono::milliseconds;

milliseconds usual_cpu(CodeDoc::Style style) {
  switch (style) {
    case CodeDoc::Style::humaneval:
    case CodeDoc::Style::asserts:
      return milliseconds(3'000);
    case CodeDoc::Style::functional:
      return milliseconds(6'000);
    case CodeDoc::Style::stdio:
      return milliseconds(10'000);
  }
  return milliseconds(10'000);
}

}  // namespace

SandboxLimits candidate_limits(CodeDoc::Style style, const LimitsSpec& given) {
  SandboxLimits limits;
  limits.cpu = given.cpu.count() > 0 ? given.cpu : usual_cpu(style);
  limits.wall = given.wall.count() > 0 ? given.wall : 3 * limits.cpu;
  limits.wall_grace = 9 * limits.wall;
  limits.memory = given.memory;
  limits.processes = given.processes;
  limits.output = given.output;
  limits.scratch = given.scratch;
  return limits;
}

SandboxLimits checker_limits(const SandboxLimits& candidate) {
  SandboxLimits limits;
  limits.cpu = std::max(milliseconds(4'000), 2 * candidate.cpu);
  // The candidate may take 30 s to start, and the checker itself waits for processors too.
  limits.wall = longest_wall(candidate) + milliseconds(40'000);
  limits.wall_grace = milliseconds(60'000);
  limits.memory = 1ULL << 30U;
  limits.processes = 8;
  limits.signal_wait = candidate.signal_wait;
  return limits;
}

}  // namespace tally::worker
