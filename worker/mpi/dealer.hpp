#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "worker/ledger.hpp"
#include "worker/mpi/comm.hpp"
#include "worker/mpi/messages.hpp"
#include "worker/mpi/rings.hpp"

namespace tally::worker {

/// Rank 0's side of dealing, on a thread of its own, so that the others never wait for rank 0's own
/// items. In each round: 1) take the reports that have come; 2) answer asks from the ledger;
/// 3) a few times a second, find lost ranks and send what is due: alive, stop, bye.
/// Asks that cannot be answered stay open: work of a lost rank may come back.
class Dealer {
 public:
  struct Events {
    /// A rank asked for the element to stop. From the dealer's thread.
    std::function<void()> on_stop_asked;
    /// MPI failed. From the dealer's thread, which ends.
    std::function<void(std::exception_ptr)> on_failure;
  };
  /// `comm` and `ledger` outlive the dealer. Ranks 1 .. comm.size() - 1 run a RankClient.
  Dealer(const Comm& comm, Ledger& ledger, Events events);
  ~Dealer();  ///< Ends the thread at once.
  Dealer(const Dealer&) = delete;
  Dealer& operator=(const Dealer&) = delete;

  /// Tells every other rank to stop; the ledger is to be stopped too. Thread-safe.
  void stop_all() noexcept { stop_.store(true); }
  /// After ledger.over(): tells every rank that left to go, to the final barrier unless a rank is
  /// lost, and ends the thread.
  void finish();

 private:
  struct Peer {
    SendRing<Order, 4> orders;
    SendRing<Order, 4> controls;
    std::uint32_t wanted = 0;  // asks without an answer
    bool told_stop = false;
    bool told_bye = false;
  };
  void run();
  bool receive(Ledger::Clock::time_point now);
  bool serve(std::size_t rank, Ledger::Clock::time_point now);
  void serve_waiting(Ledger::Clock::time_point now);
  void control();
  [[nodiscard]] bool all_told() const;

  const Comm& comm_;
  Ledger& ledger_;
  Events events_;
  ReceiveRing<Report, 8> reports_;
  std::vector<std::unique_ptr<Peer>> peers_;  // by rank; [0] is unused
  std::uint64_t waiting_ = 0;                 // sum of wanted
  std::atomic<bool> stop_{false};
  std::atomic<bool> bye_{false};
  std::atomic<bool> quit_{false};
  bool stop_asked_ = false;
  std::thread thread_;
};

}  // namespace tally::worker
