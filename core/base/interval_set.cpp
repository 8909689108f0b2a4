#include "core/base/interval_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>

#include "core/base/error.hpp"

namespace tally {

namespace {

// Appends an interval that begins at or after the last one's begin: joins when they touch.
void append(std::vector<Interval>& out, Interval next) {
  if (next.empty()) return;
  if (!out.empty() && next.begin <= out.back().end) {
    out.back().end = std::max(out.back().end, next.end);
  } else {
    out.push_back(next);
  }
}

// A decimal number without sign or leading zeros, at most 2^64 - 2 so that its successor exists.
std::optional<std::uint64_t> parse_number(std::string_view digits) {
  if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, code] = std::from_chars(digits.data(), end, value);
  if (code != std::errc() || rest != end) return std::nullopt;
  if (value == std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
  return value;
}

// "7" or "0-3".
Interval parse_part(std::string_view part) {
  const std::size_t dash = part.find('-');
  const auto first = parse_number(part.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_number(part.substr(dash + 1));
  if (!first || !last) {
    throw Error(Errc::data, fmt::format("found '{}', expected a number or a range like 0-3", part));
  }
  if (*first > *last) {
    throw Error(Errc::data, fmt::format("found '{}', expected the smaller number first", part));
  }
  return {*first, *last + 1};
}

// The first interval that ends after `ordinal`.
auto ending_after(const std::vector<Interval>& intervals, std::uint64_t ordinal) {
  return std::upper_bound(intervals.begin(), intervals.end(), ordinal,
                          [](std::uint64_t o, const Interval& i) { return o < i.end; });
}

}  // namespace

IntervalSet::IntervalSet(Interval interval) { append(intervals_, interval); }

IntervalSet IntervalSet::of(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end());
  IntervalSet set;
  for (const Interval& interval : intervals) append(set.intervals_, interval);
  return set;
}

IntervalSet IntervalSet::of_sorted(std::span<const std::uint64_t> ordinals) {
  IntervalSet set;
  for (const std::uint64_t ordinal : ordinals) append(set.intervals_, {ordinal, ordinal + 1});
  return set;
}

IntervalSet IntervalSet::parse(std::string_view text) {
  IntervalSet set;
  if (text.empty()) return set;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string_view part = text.substr(at, comma - at);
    const Interval next = parse_part(part);
    if (!set.empty() && next.begin < set.intervals_.back().end) {
      throw Error(Errc::data, fmt::format("found '{}' after {}, expected ascending ranges", part,
                                          set.intervals_.back().end - 1));
    }
    append(set.intervals_, next);
    at = comma + 1;
  }
  return set;
}

std::string IntervalSet::text() const {
  std::string out;
  const auto end = std::back_inserter(out);
  for (const auto& [first, past] : intervals_) {
    if (!out.empty()) out += ',';
    if (past - first == 1) {
      fmt::format_to(end, "{}", first);
    } else {
      fmt::format_to(end, "{}-{}", first, past - 1);
    }
  }
  return out;
}

std::uint64_t IntervalSet::size() const noexcept {
  std::uint64_t count = 0;
  for (const Interval& interval : intervals_) count += interval.size();
  return count;
}

bool IntervalSet::contains(std::uint64_t ordinal) const noexcept {
  const auto it = ending_after(intervals_, ordinal);
  return it != intervals_.end() && it->begin <= ordinal;
}

bool IntervalSet::contains(Interval interval) const noexcept {
  if (interval.empty()) return true;
  const auto it = ending_after(intervals_, interval.begin);
  return it != intervals_.end() && it->begin <= interval.begin && interval.end <= it->end;
}

bool IntervalSet::intersects(Interval interval) const noexcept {
  if (interval.empty()) return false;
  const auto it = ending_after(intervals_, interval.begin);
  return it != intervals_.end() && it->begin < interval.end;
}

void IntervalSet::add(Interval interval) {
  if (interval.empty()) return;
  if (empty() || interval.begin >= intervals_.back().begin) {
    append(intervals_, interval);
    return;
  }
  // Everything that overlaps or touches [begin, end) becomes one interval.
  const auto first =
      std::lower_bound(intervals_.begin(), intervals_.end(), interval.begin,
                       [](const Interval& i, std::uint64_t begin) { return i.end < begin; });
  const auto past =
      std::upper_bound(first, intervals_.end(), interval.end,
                       [](std::uint64_t end, const Interval& i) { return end < i.begin; });
  if (first == past) {
    intervals_.insert(first, interval);
    return;
  }
  first->begin = std::min(first->begin, interval.begin);
  first->end = std::max(std::prev(past)->end, interval.end);
  intervals_.erase(std::next(first), past);
}

void IntervalSet::subtract(Interval interval) { *this = minus(IntervalSet(interval)); }

Interval IntervalSet::take_front(std::uint64_t count) {
  if (empty() || count == 0) return {};
  Interval& front = intervals_.front();
  const Interval taken{front.begin, front.begin + std::min(count, front.size())};
  front.begin = taken.end;
  if (front.empty()) intervals_.erase(intervals_.begin());
  return taken;
}

IntervalSet IntervalSet::united(const IntervalSet& other) const {
  IntervalSet out;
  out.intervals_.reserve(intervals_.size() + other.intervals_.size());
  auto a = intervals_.begin();
  auto b = other.intervals_.begin();
  while (a != intervals_.end() || b != other.intervals_.end()) {
    const bool left =
        b == other.intervals_.end() || (a != intervals_.end() && a->begin <= b->begin);
    append(out.intervals_, left ? *a++ : *b++);
  }
  return out;
}

IntervalSet IntervalSet::minus(const IntervalSet& other) const {
  IntervalSet out;
  auto hole = other.intervals_.begin();
  for (Interval rest : intervals_) {
    while (hole != other.intervals_.end() && hole->end <= rest.begin) ++hole;
    for (auto cut = hole; cut != other.intervals_.end() && cut->begin < rest.end; ++cut) {
      append(out.intervals_, {rest.begin, cut->begin});
      rest.begin = cut->end;
      hole = cut;  // it may reach into the next interval too
    }
    append(out.intervals_, rest);
  }
  return out;
}

IntervalSet IntervalSet::intersected(const IntervalSet& other) const {
  IntervalSet out;
  auto a = intervals_.begin();
  auto b = other.intervals_.begin();
  while (a != intervals_.end() && b != other.intervals_.end()) {
    append(out.intervals_, {std::max(a->begin, b->begin), std::min(a->end, b->end)});
    if (a->end < b->end) {
      ++a;
    } else {
      ++b;
    }
  }
  return out;
}

IntervalSet IntervalSet::complement(std::uint64_t n) const {
  return IntervalSet(Interval{0, n}).minus(*this);
}

std::vector<IntervalSet> IntervalSet::split(std::uint64_t parts) const {
  std::vector<IntervalSet> out(parts);
  const std::uint64_t total = size();
  std::uint64_t number = 0;
  auto wanted = [&] { return total / parts + (number < total % parts ? 1 : 0); };
  std::uint64_t missing = wanted();
  for (Interval rest : intervals_) {
    while (!rest.empty()) {
      const std::uint64_t taken = std::min(missing, rest.size());
      append(out[number].intervals_, {rest.begin, rest.begin + taken});
      rest.begin += taken;
      missing -= taken;
      if (missing == 0 && ++number < parts) missing = wanted();
    }
  }
  return out;
}

}  // namespace tally
