#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// What the sandbox is asked to run and what it says about it. Shared by the worker's side and the
// helper program; free of everything but the standard library.

namespace tally::worker {

/// What a program and all it starts may use, together. All are enforced from outside of the
/// program.
struct SandboxLimits {
  std::chrono::milliseconds wall{
      10'000};  ///< From the program's start, not counting the sandbox's.
  /// Added to `wall`, at most, for the time in which the program was ready to run and got no
  /// processor.
  std::chrono::milliseconds wall_grace{0};
  std::chrono::milliseconds cpu{10'000};  ///< User and system time summed over the tree.
  std::uint64_t memory =
      512ull << 20;              ///< Anonymous and shared resident bytes, summed over the tree.
  std::uint32_t processes = 32;  ///< At once, threads included.
  std::uint64_t output = 8ull << 20;    ///< Bytes kept of stdout, stderr and the report each.
  std::uint64_t scratch = 64ull << 20;  ///< Bytes of the private /tmp.
  /// For how long the verdict on a program that ended by a signal of a step is held back: was it
  /// sent to everybody, the supervisor gets it, too.
  std::chrono::milliseconds signal_wait{1'000};
};

/// The most that the wall limit can become.
[[nodiscard]] constexpr std::chrono::milliseconds longest_wall(const SandboxLimits& limits) {
  return limits.wall + limits.wall_grace;
}

/// One program. Text is bytes throughout: NUL, terminal escapes and invalid UTF-8 go through.
struct Program {
  /// argv[0] is an absolute path inside the sandbox or a name looked up in
  /// /usr/local/bin:/usr/bin:/bin.
  std::vector<std::string> argv;
  std::string input;  ///< All of stdin.
  /// Name (no slash) -> content, seen read-only and executable as /tally/<name>. Without isolation
  /// they lie elsewhere, and arguments that begin with "/tally/" are rewritten.
  std::vector<std::pair<std::string, std::string>> files;
  /// Further host folders visible read-only under their own absolute path.
  std::vector<std::string> runtimes;
};

/// How a program ended. What was started by a program and outlives it is killed without a word.
enum class Ending : std::uint8_t {
  exited,     ///< By itself; `status` is the exit code.
  signalled,  ///< By a signal that was not the sandbox's; `status` is its number.
  cpu_limit,
  wall_limit,
  memory_limit,  ///< Memory, or more files in its /tmp than a scratch space has use for.
  process_limit,
  output_limit,  ///< More was written than is kept; what is kept is the beginning.
  stopped,       ///< By the stop flag; of a candidate: because its checker had ended.
  broken,        ///< Not the program's doing: the machine's, the sandbox's or the request's.
};

struct ProgramResult {
  Ending ending = Ending::broken;
  int status = 0;  ///< Exit code or signal; 0 for every other ending.
  double wall_seconds = 0;
  double cpu_seconds = 0;  ///< Of the tree.
  /// At a wall limit: for how long it was ready to run and got no processor, as far as the kernel
  /// says; 0 for every other ending.
  double waited_seconds = 0;
  /// How long its pauses were, as its guard saw them: no part of the wall time, but some machines
  /// charge them as processor time to whoever ran when they began.
  double missed_seconds = 0;
  std::uint64_t peak_memory =
      0;                ///< Largest sum that was seen, bytes; 0 for programs too short to be seen.
  std::string output;   ///< Beginning of stdout.
  std::string errors;   ///< Beginning of stderr.
  std::string problem;  ///< Only when broken, or to say which of two things a limit was about.
};

/// A checker and the candidate it asked.
struct PairResult {
  ProgramResult checker;
  ProgramResult candidate;
  std::string report;  ///< What the checker wrote to its descriptor 5.
};

}  // namespace tally::worker
