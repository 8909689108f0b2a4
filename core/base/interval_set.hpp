#pragma once
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// Ordinals begin, begin+1, ..., end-1.
struct Interval {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  [[nodiscard]] std::uint64_t size() const noexcept { return end - begin; }
  [[nodiscard]] bool empty() const noexcept { return end <= begin; }
  friend auto operator<=>(const Interval&, const Interval&) = default;
};

/// A set of ordinals as sorted, disjoint, non-adjacent intervals. Lookups are O(log n) in the
/// number of intervals, union/difference/complement O(n).
///
/// Text form (both directions): inclusive ranges, "0-3,7" is {0,1,2,3,7}; the empty set is "".
class IntervalSet {
 public:
  IntervalSet() = default;
  explicit IntervalSet(Interval interval);
  /// In any order, overlapping or not.
  static IntervalSet of(std::vector<Interval> intervals);
  /// From ascending ordinals, duplicates allowed. O(n).
  static IntervalSet of_sorted(std::span<const std::uint64_t> ordinals);
  /// Throws Error(data) for anything but the text form: spaces, "7-3", out-of-order or overlapping
  /// parts, numbers of 2^64 - 1 or more.
  static IntervalSet parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  [[nodiscard]] bool empty() const noexcept { return intervals_.empty(); }
  /// Number of ordinals.
  [[nodiscard]] std::uint64_t size() const noexcept;
  [[nodiscard]] const std::vector<Interval>& intervals() const noexcept { return intervals_; }
  [[nodiscard]] bool contains(std::uint64_t ordinal) const noexcept;
  [[nodiscard]] bool contains(Interval interval) const noexcept;  ///< Every ordinal of it.
  [[nodiscard]] bool intersects(Interval interval) const noexcept;

  void add(Interval interval);  ///< O(log n) when it extends the end; else O(n).
  void subtract(Interval interval);
  /// Removes and returns up to `count` ordinals from the first interval (one interval, maybe
  /// shorter than `count`). Empty when the set is.
  Interval take_front(std::uint64_t count);

  [[nodiscard]] IntervalSet united(const IntervalSet& other) const;
  [[nodiscard]] IntervalSet minus(const IntervalSet& other) const;
  [[nodiscard]] IntervalSet intersected(const IntervalSet& other) const;
  [[nodiscard]] IntervalSet complement(std::uint64_t n) const;  ///< [0, n) minus this.
  /// Cuts into `parts` sets whose sizes differ by at most one, in order. parts >= 1.
  [[nodiscard]] std::vector<IntervalSet> split(std::uint64_t parts) const;

  friend bool operator==(const IntervalSet&, const IntervalSet&) = default;

 private:
  std::vector<Interval> intervals_;
};

}  // namespace tally
