#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "worker/scorer.hpp"

// The lines that go between a worker and an external scorer: docs/extending.md#the-protocol. All of
// it is pure.

namespace tally::worker {

/// The version of the protocol that a scorer's hello has to name.
inline constexpr std::uint64_t kExternalVersion = 1;

/// What is wrong with the first line of a scorer, "columns: found [], expected [\"f1\"]"; empty
/// when nothing is.
[[nodiscard]] std::string hello_problem(std::string_view line,
                                        const std::vector<std::string>& columns);

/// One request, with its end of line.
struct ExternalRequest {
  std::uint64_t id = 0;    ///< The reply has to repeat it.
  std::uint64_t seed = 0;  ///< The item's random number, below 2^53: exact in every language.
  const TaskSpec& entry;
  const Task& task;
  const Doc& doc;
  const Completion& completion;
};
[[nodiscard]] std::string request_line(const ExternalRequest& request);

/// What a line means as the reply to request `id`.
struct ExternalReply {
  /// False: this is no reply to the request, so scorer and worker are out of step; `problem` says
  /// how, and `score` means nothing.
  bool in_step = false;
  std::string problem;
  /// `invalid` with an explanation when the scorer said so, its score is no finite number, or the
  /// reply is not what the protocol asks for.
  Score score;
};
[[nodiscard]] ExternalReply parse_reply(std::string_view line, std::uint64_t id,
                                        const std::vector<std::string>& columns);

}  // namespace tally::worker
