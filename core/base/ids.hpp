#pragma once
#include <compare>
#include <cstdint>

namespace tally {

/// An integer that cannot be mixed with another kind of id, nor built by accident.
template <class Tag>
class Id {
 public:
  constexpr Id() noexcept = default;
  explicit constexpr Id(std::uint32_t value) noexcept : value_(value) {}
  [[nodiscard]] constexpr std::uint32_t value() const noexcept { return value_; }
  friend constexpr auto operator<=>(Id, Id) noexcept = default;

 private:
  std::uint32_t value_ = 0;
};

using ElementId = Id<struct ElementIdTag>;  ///< Array index of a submission, 0-based.
using RankId = Id<struct RankIdTag>;        ///< MPI rank within an element, 0-based.
using AttemptId = Id<struct AttemptIdTag>;  ///< One start of an element, 1-based.

/// Position of an item in the run's dense index space [0, N).
using Ordinal = std::uint64_t;

}  // namespace tally
