#pragma once
#include <cstdint>
#include <type_traits>

#include "worker/counters.hpp"

namespace tally::worker {

// The messages of dealing. Bytes as they lie in memory: all ranks of an element run one program on
// one kind of machine. A rank keeps two chunks, one in work and one in reserve, so it never waits
// for an answer. Both ways a message is far below any MPI's eager limit, so sending never blocks.

/// From a rank to rank 0.
struct Report {
  std::uint32_t asks = 0;      ///< Chunks wanted, on top of those asked for before.
  std::uint32_t leaves = 0;    ///< 1: everything is committed, `counts` is final.
  std::uint32_t stopping = 0;  ///< 1: got a stop signal or failed; the element is to stop.
  std::uint32_t reserved = 0;
  Counts counts{};
};
static_assert(std::is_trivially_copyable_v<Report>);

enum class OrderKind : std::uint32_t {
  work = 0,   ///< A chunk.
  end = 1,    ///< There will be no more chunks.
  alive = 2,  ///< Rank 0 lives.
  stop = 3,   ///< Stop: commit and leave.
  bye = 4,    ///< Everybody has left or is lost. `begin` is 1 when nobody is lost.
};

/// From rank 0 to a rank.
struct Order {
  OrderKind kind = OrderKind::alive;
  std::uint32_t reserved = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};
static_assert(std::is_trivially_copyable_v<Order>);

inline constexpr int kReportTag = 1;   ///< Report, to rank 0.
inline constexpr int kOrderTag = 2;    ///< Order work or end, to the compute thread.
inline constexpr int kControlTag = 3;  ///< Order alive, stop or bye, to the heartbeat thread.

}  // namespace tally::worker
