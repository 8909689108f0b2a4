#pragma once
#include <optional>

#include "core/base/interval_set.hpp"

namespace tally::worker {

/// Where a rank's work comes from. Used from the compute thread only.
class ChunkSource {
 public:
  virtual ~ChunkSource() = default;
  ChunkSource() = default;
  ChunkSource(const ChunkSource&) = delete;
  ChunkSource& operator=(const ChunkSource&) = delete;
  /// The next chunk: ordinals of one model. The call also says that the chunk before is finished.
  /// Waits while other ranks may still lose theirs; nullopt when there is no more, or on a stop.
  [[nodiscard]] virtual std::optional<Interval> next() = 0;
};

}  // namespace tally::worker
