#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tally::launcher {

/// One job array of a submission: its tasks 0 .. count-1 do elements offset .. offset+count-1.
struct ArrayPart {
  std::uint32_t offset = 0;
  std::uint32_t count = 0;
  std::uint32_t max_running = 0;     ///< Tasks at once; 0: no limit.
  std::optional<std::size_t> after;  ///< Starts when that part has ended: more parts than may run.

  /// "0-9" or "0-9%2", for --array.
  [[nodiscard]] std::string tasks() const;
};

/// Cuts `elements` into arrays of at most `max_tasks`, equally long up to one, and shares
/// `max_running` (0: no limit) over them, so that all parts together never exceed it.
/// Precondition: elements > 0, max_tasks > 0.
[[nodiscard]] std::vector<ArrayPart> split_array(std::uint32_t elements, std::uint32_t max_tasks,
                                                 std::uint32_t max_running);

}  // namespace tally::launcher
