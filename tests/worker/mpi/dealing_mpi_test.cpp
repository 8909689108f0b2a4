#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <numeric>
#include <thread>
#include <utility>

#include "catch.hpp"
#include "worker/mpi/dealer.hpp"
#include "worker/mpi/rank_client.hpp"
#include "worker/mpi/session.hpp"

using namespace std::chrono_literals;
using tally::Interval;
using tally::IntervalSet;
using tally::worker::ChunkSource;
using tally::worker::Comm;
using tally::worker::Counters;
using tally::worker::Deal;
using tally::worker::Dealer;
using tally::worker::DealOptions;
using tally::worker::Ledger;
using tally::worker::LocalSource;
using tally::worker::Order;
using tally::worker::RankClient;
using tally::worker::Report;
using tally::worker::StopFlag;

namespace {

constexpr std::uint64_t kItems = 3000;
constexpr auto kLong = 60s;    // ctest gives up later: what hangs is named here
constexpr auto kSilence = 5s;  // longer than a busy machine keeps one rank from running

/// One rank of a small element: how often it did each item.
struct Rank {
  Comm comm = Comm::duplicate(MPI_COMM_WORLD);
  Counters counters;
  StopFlag stop;
  std::vector<int> times = std::vector<int>(kItems, 0);
  std::function<void(std::uint64_t)> before_item = [](std::uint64_t) {};
  std::function<void()> before_leaving = [] {};  // on rank 0

  void work(ChunkSource& source) {
    while (const auto chunk = source.next()) {
      for (std::uint64_t item = chunk->begin; item < chunk->end && !stop.requested(); ++item) {
        before_item(item);
        ++times.at(item);
        counters.add_done(1, {});
        counters.add_committed(1);
      }
    }
  }
  /// Over all ranks, on all ranks.
  [[nodiscard]] std::vector<int> total() const {
    std::vector<int> sum(kItems, 0);
    const std::lock_guard lock(tally::worker::mpi_mutex());
    MPI_Allreduce(times.data(), sum.data(), static_cast<int>(kItems), MPI_INT, MPI_SUM, comm.get());
    return sum;
  }
};

std::unique_ptr<Ledger> make_ledger(const Comm& comm, std::uint64_t chunk,
                                    tally::worker::LedgerOptions options) {
  DealOptions dealing;
  dealing.ranks = static_cast<std::size_t>(comm.size());
  dealing.chunk = chunk;
  std::vector<tally::worker::RankName> names;
  for (int i = 0; i < comm.size(); ++i) names.push_back({"node" + std::to_string(i), 100 + i});
  return std::make_unique<Ledger>(Deal(IntervalSet(Interval{0, kItems}), {}, dealing), names,
                                  options, Ledger::Clock::now());
}

/// True when all ranks were there at the end.
[[nodiscard]] bool follow(Rank& rank, std::chrono::milliseconds silence = kLong) {
  RankClient client(rank.comm, rank.counters, rank.stop, {.beat = 20ms, .silence = silence},
                    {.on_stop = [&] { rank.stop.request(); },
                     .on_silence = [] { std::terminate(); },
                     .on_failure = [](std::exception_ptr e) { std::rethrow_exception(e); }});
  rank.work(client);
  return client.leave(kLong);
}

/// Rank 0. `watch` is called now and then, from a thread of its own, until the end.
void lead(
    Rank& rank, Ledger& ledger, const std::function<void()>& watch = [] {}) {
  std::atomic<bool> stop_asked{false};  // its thread may ask before the dealer has a name
  Dealer dealer(rank.comm, ledger,
                {.on_stop_asked =
                     [&] {
                       rank.stop.request();
                       ledger.stop();
                       stop_asked = true;
                     },
                 .on_failure = [](std::exception_ptr e) { std::rethrow_exception(e); }});
  std::atomic<bool> over{false};
  std::thread watcher([&] {
    while (!over) {
      if (stop_asked) dealer.stop_all();
      watch();
      std::this_thread::sleep_for(1ms);
    }
  });
  LocalSource source(ledger, rank.counters, rank.stop);
  rank.work(source);
  while (!ledger.ended()) std::this_thread::sleep_for(1ms);
  rank.before_leaving();
  ledger.leave(0, rank.counters.snapshot());
  while (!ledger.over()) std::this_thread::sleep_for(1ms);
  over = true;
  watcher.join();
  dealer.finish();
}

/// What a monitor does, for lead(): the lines about lost ranks are added to `lines`.
void look(const Rank& rank, Ledger& ledger, std::vector<std::string>& lines) {
  const auto now = Ledger::Clock::now();
  ledger.pulse(now);
  ledger.report(0, rank.counters.snapshot(), now);
  for (auto& line : ledger.check(now)) lines.push_back(line);
}

bool each_once(const std::vector<int>& times) {
  return std::all_of(times.begin(), times.end(), [](int n) { return n == 1; });
}

/// As a suspended job or a frozen machine: no rank runs for so long, and the clocks go on. They
/// wake one after the other, in the order of `pids`.
void pause_all(const std::vector<std::string>& pids, std::chrono::seconds time) {
  std::string list;
  for (const std::string& pid : pids) list += " " + pid;
  const std::string line = "kill -STOP" + list + "; sleep " + std::to_string(time.count()) +
                           "; for pid in" + list + "; do kill -CONT $pid; sleep 0.3; done";
  CHECK(std::system(line.c_str()) == 0);  // NOLINT: no other thread starts a program
}

}  // namespace

TEST_CASE("every item is done exactly once by all ranks together", "[worker][mpi]") {
  const auto chunk = GENERATE(0U, 1U, 7U);
  CAPTURE(chunk);
  Rank rank;
  if (rank.comm.rank() == 0) {
    const auto ledger = make_ledger(rank.comm, chunk, {.silence = kLong, .hang = kLong});
    lead(rank, *ledger);
    CHECK(ledger->totals().done == kItems);
    CHECK(ledger->totals().committed == kItems);
    CHECK_FALSE(ledger->any_lost());
  } else {
    CHECK(follow(rank));
  }
  CHECK(each_once(rank.total()));
}

TEST_CASE("a rank 0 that is busy with one item does not stall the others", "[worker][mpi]") {
  Rank rank;
  // The others start when rank 0 has its item: a rank 0 that is late would find none left.
  const Comm has_item = Comm::duplicate(MPI_COMM_WORLD);
  if (rank.comm.rank() == 0) {
    const auto ledger = make_ledger(rank.comm, 1, {.silence = kLong, .hang = kLong});
    // Its first item ends only when the others have done all the rest, without its help.
    rank.before_item = [&](std::uint64_t) {
      if (rank.comm.size() == 1) return;
      CHECK(has_item.barrier(kLong));
      while (ledger->totals().done < kItems - 1) std::this_thread::sleep_for(1ms);
    };
    lead(rank, *ledger);
    if (rank.comm.size() > 1) CHECK(rank.counters.snapshot().done == 1);
  } else {
    CHECK(has_item.barrier(kLong));
    CHECK(follow(rank));
  }
  CHECK(each_once(rank.total()));
}

TEST_CASE("a rank that has left does not take a rank 0 that takes its time for dead",
          "[worker][mpi]") {
  Rank rank;
  if (rank.comm.rank() == 0) {
    const auto ledger = make_ledger(rank.comm, 0, {.silence = kLong, .hang = kLong});
    rank.before_leaving = [] { std::this_thread::sleep_for(kSilence + 2s); };
    lead(rank, *ledger);
  } else {
    CHECK(follow(rank, kSilence));  // rank 0 says that it lives every 200 ms
  }
}

TEST_CASE("a silent rank is named and its chunk is dealt again", "[worker][mpi]") {
  Rank rank;
  if (rank.comm.size() == 1) return;
  const Comm has_chunk = Comm::duplicate(MPI_COMM_WORLD);
  const int silent = rank.comm.size() - 1;
  if (rank.comm.rank() == silent) {
    // Asks, gets a chunk, and is never heard of again: no heartbeat, no report.
    tally::worker::SendRing<Report, 2> reports;
    tally::worker::ReceiveRing<Order, 2> orders(rank.comm, 0, tally::worker::kOrderTag);
    Report report;
    report.asks = 1;
    {
      const std::lock_guard lock(tally::worker::mpi_mutex());
      CHECK(reports.post(rank.comm, 0, tally::worker::kReportTag, report));
      while (!orders.poll()) std::this_thread::sleep_for(1ms);
    }
    CHECK(has_chunk.barrier(kLong));
    CHECK(each_once(rank.total()));
    return;
  }
  bool met = false;
  // At its first item, whichever it is: the silent rank may have got those before.
  rank.before_item = [&](std::uint64_t) {
    if (!std::exchange(met, true)) CHECK(has_chunk.barrier(kLong));
  };
  if (rank.comm.rank() == 0) {
    const auto ledger = make_ledger(rank.comm, 5, {.silence = kSilence, .hang = kLong});
    std::vector<std::string> lines;
    lead(rank, *ledger, [&] { look(rank, *ledger, lines); });
    REQUIRE(lines.size() == 1);
    const std::string number = std::to_string(silent);
    CHECK_THAT(lines[0], Catch::Matchers::Matches(
                             "rank " + number + " \\(node" + number + ", pid 10" + number +
                             "\\): no sign of life for [0-9]+ s, 5 items dealt again"));
  } else {
    CHECK_FALSE(follow(rank));
  }
  CHECK(each_once(rank.total()));
}

TEST_CASE("a pause of all ranks that is longer than the silence loses none",
          "[worker][mpi][pauses]") {
  constexpr auto kHang = kSilence + 5s;
  Rank rank;
  auto pids = rank.comm.gather(std::to_string(::getpid()));
  // Who wakes first finds the others silent: rank 0 of two, the others of three.
  if (rank.comm.size() == 3) std::ranges::reverse(pids);
  const Comm at_work = Comm::duplicate(MPI_COMM_WORLD);
  const Comm paused = Comm::duplicate(MPI_COMM_WORLD);
  bool first = true;
  rank.before_item = [&](std::uint64_t) {
    if (!std::exchange(first, false)) return;
    CHECK(at_work.barrier(kLong));       // each rank holds a chunk
    std::this_thread::sleep_for(300ms);  // all have heard of one another
    if (rank.comm.rank() == 0) pause_all(pids, kHang + 3s);
    CHECK(paused.barrier(kLong));
  };
  if (rank.comm.rank() == 0) {
    const auto ledger = make_ledger(rank.comm, 5, {.silence = kSilence, .hang = kHang});
    std::vector<std::string> lines;
    lead(rank, *ledger, [&] { look(rank, *ledger, lines); });
    CHECK(lines.empty());
    CHECK_FALSE(ledger->any_lost());
  } else {
    CHECK(follow(rank, kSilence));
  }
  CHECK(each_once(rank.total()));
}

TEST_CASE("a stop of one rank stops the element", "[worker][mpi]") {
  Rank rank;
  const bool stopper = rank.comm.rank() == rank.comm.size() - 1;
  rank.before_item = [&](std::uint64_t) {
    if (stopper) rank.stop.request();
    // The others go on until the word reaches them.
    while (!rank.stop.requested()) std::this_thread::sleep_for(1ms);
  };
  if (rank.comm.rank() == 0) {
    const auto ledger = make_ledger(rank.comm, 1, {.silence = kLong, .hang = kLong});
    if (rank.comm.size() == 1) ledger->stop();
    lead(rank, *ledger);
    CHECK(ledger->over());
  } else {
    CHECK(follow(rank));
  }
  CHECK(rank.stop.requested() != (rank.comm.size() == 1));
  const std::vector<int> total = rank.total();
  CHECK(std::accumulate(total.begin(), total.end(), 0) < static_cast<int>(kItems));
}
