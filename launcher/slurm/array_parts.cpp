#include "launcher/slurm/array_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tally::launcher {

std::string ArrayPart::tasks() const {
  const std::string range = count == 1 ? "0" : fmt::format("0-{}", count - 1);
  return max_running == 0 ? range : fmt::format("{}%{}", range, max_running);
}

std::vector<ArrayPart> split_array(std::uint32_t elements, std::uint32_t max_tasks,
                                   std::uint32_t max_running) {
  const std::uint32_t parts = (elements + max_tasks - 1) / max_tasks;
  std::vector<ArrayPart> array;
  std::uint32_t offset = 0;
  for (std::uint32_t i = 0; i < parts; ++i) {
    ArrayPart part;
    part.offset = offset;
    part.count = elements / parts + (i < elements % parts ? 1 : 0);
    offset += part.count;
    if (max_running >= parts) {
      part.max_running = max_running / parts + (i < max_running % parts ? 1 : 0);
    } else if (max_running > 0) {  // chains of parts, one task at a time in each
      part.max_running = 1;
      if (i >= max_running) part.after = i - max_running;
    }
    array.push_back(part);
  }
  return array;
}

}  // namespace tally::launcher
