// mpirun -n 2 bench-dispatch CHUNK BATCH ITEMS SLICES: items per second through our dealer (CHUNK
// items per chunk, 0: guided) beside the least that MPI allows: a bare send and receive loop with
// two messages of BATCH items under way. Rank 0 only coordinates; items do nothing. Ours and the
// limit run in alternating slices of ITEMS in one mpirun, because a spinning MPI loop is hit hard
// by whatever else the machine does. Prints the medians over SLICES as `ours N` and `limit N`.
#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <vector>

#include "core/base/tool_main.hpp"
#include "worker/mpi/dealer.hpp"
#include "worker/mpi/rank_client.hpp"
#include "worker/mpi/session.hpp"

namespace {

using tally::Interval;
using tally::IntervalSet;
using tally::worker::Comm;
using tally::worker::Counters;
using tally::worker::Deal;
using tally::worker::Dealer;
using tally::worker::DealOptions;
using tally::worker::Ledger;
using tally::worker::RankClient;
using tally::worker::StopFlag;

constexpr std::chrono::hours kNever{24};
constexpr int kItemsTag = 7;
constexpr int kEndTag = 8;
constexpr int kMaxBatch = 64;

// What an item leaves behind: 64 bytes.
struct Result {
  std::array<std::uint64_t, 8> words{};
};
constexpr std::size_t kResults = 256;
std::array<Result, kResults> results;

void do_nothing(std::uint64_t item) {
  volatile std::uint64_t* const words = results.at(item % kResults).words.data();
  for (std::size_t i = 0; i < 8; ++i) words[i] = item;
}

// Rank 0's side of ours: until the other rank has done everything.
void deal_items(const Comm& comm, std::uint64_t items, std::uint64_t chunk) {
  DealOptions options;
  options.ranks = 2;
  options.chunk = chunk;
  Ledger ledger(Deal(IntervalSet(Interval{0, items}), {}, options), {{"", 0}, {"", 1}},
                {.silence = kNever, .hang = kNever}, Ledger::Clock::now());
  Dealer dealer(comm, ledger,
                {.on_stop_asked = [] {}, .on_failure = [](std::exception_ptr) { std::abort(); }});
  while (!ledger.ended()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ledger.leave(0, {});
  while (!ledger.over()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  dealer.finish();
}

// The other rank's side: seconds from the first ask to the end.
double do_items(const Comm& comm) {
  Counters counters;
  const StopFlag stop;
  RankClient client(comm, counters, stop, {.silence = kNever},
                    {.on_stop = [] {},
                     .on_silence = [] { std::abort(); },
                     .on_failure = [](std::exception_ptr) { std::abort(); }});
  const double start = MPI_Wtime();
  while (const auto chunk = client.next()) {
    for (std::uint64_t item = chunk->begin; item < chunk->end; ++item) do_nothing(item);
    counters.add_done(chunk->size(), {chunk->size(), 0, 0, 0, 0, 0});
  }
  const double seconds = MPI_Wtime() - start;
  static_cast<void>(client.leave(kNever));
  return seconds;
}

double ours(const Comm& parent, std::uint64_t items, std::uint64_t chunk) {
  const Comm comm = Comm::duplicate(parent.get());  // a late heartbeat must not meet the next slice
  if (comm.rank() != 0) return do_items(comm);
  deal_items(comm, items, chunk);
  return 0.0;
}

// What a coordinator in plain C would do at best: two messages are always under way.
void limit_deal(const Comm& comm, std::uint64_t items, std::uint64_t batch) {
  std::array<std::uint64_t, kMaxBatch> numbers{};
  std::array<char, 64> result{};
  int open = 0;
  const auto send = [&] {
    const std::uint64_t count = std::min(items, batch);
    for (std::uint64_t i = 0; i < count; ++i) numbers.at(i) = items - i;
    items -= count;
    MPI_Send(numbers.data(), static_cast<int>(count), MPI_UINT64_T, 1, kItemsTag, comm.get());
    ++open;
  };
  send();
  if (items > 0) send();
  while (open > 0) {
    MPI_Recv(result.data(), result.size(), MPI_CHAR, MPI_ANY_SOURCE, 0, comm.get(),
             MPI_STATUS_IGNORE);
    --open;
    if (items > 0) send();
  }
  MPI_Send(nullptr, 0, MPI_UINT64_T, 1, kEndTag, comm.get());
}

double limit_do(const Comm& comm) {
  std::array<std::uint64_t, kMaxBatch> numbers{};
  const std::array<char, 64> result{};
  const double start = MPI_Wtime();
  for (;;) {
    MPI_Status status;
    MPI_Recv(numbers.data(), kMaxBatch, MPI_UINT64_T, 0, MPI_ANY_TAG, comm.get(), &status);
    if (status.MPI_TAG == kEndTag) return MPI_Wtime() - start;
    MPI_Send(result.data(), result.size(), MPI_CHAR, 0, 0, comm.get());
  }
}

double limit(const Comm& comm, std::uint64_t items, std::uint64_t batch) {
  if (comm.rank() != 0) return limit_do(comm);
  limit_deal(comm, items, batch);
  return 0.0;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int run(int argc, char** argv) {
  tally::worker::MpiSession session(argc, argv);
  if (argc != 5 || session.size() != 2) {
    fmt::print(stderr, "usage: mpirun -n 2 bench-dispatch CHUNK BATCH ITEMS SLICES\n");
    return 64;
  }
  const std::uint64_t chunk = std::strtoull(argv[1], nullptr, 10);
  const std::uint64_t batch = std::strtoull(argv[2], nullptr, 10);
  const std::uint64_t items = std::strtoull(argv[3], nullptr, 10);
  const std::uint64_t slices = std::strtoull(argv[4], nullptr, 10);
  const Comm comm = Comm::duplicate(MPI_COMM_WORLD);
  std::vector<double> our_rates;
  std::vector<double> limit_rates;
  for (std::uint64_t slice = 0; slice <= slices; ++slice) {
    static_cast<void>(comm.barrier(kNever));
    const double of_limit = limit(comm, items, batch);
    static_cast<void>(comm.barrier(kNever));
    const double of_ours = ours(comm, items, chunk);
    if (slice == 0) continue;  // connections and caches
    limit_rates.push_back(static_cast<double>(items) / of_limit);
    our_rates.push_back(static_cast<double>(items) / of_ours);
  }
  if (comm.rank() == 1) {
    fmt::print("ours {:.6g}\nlimit {:.6g}\n", median(our_rates), median(limit_rates));
  }
  if (comm.barrier(kNever)) session.set_met();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return tally::tool_main("bench-dispatch", [&] { return run(argc, argv); });
}
