#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "worker/chunk_source.hpp"
#include "worker/counters.hpp"
#include "worker/mpi/comm.hpp"
#include "worker/mpi/messages.hpp"
#include "worker/mpi/rings.hpp"
#include "worker/stop.hpp"

namespace tally::worker {

struct RankClientOptions {
  std::chrono::milliseconds beat{1'000};  ///< Between two reports when nothing else is said.
  /// Rank 0 is dead when it says nothing for so long while this process runs.
  std::chrono::milliseconds silence{30'000};
};

/// The side of every other rank: asks rank 0 for chunks, one ahead, and says once a second that it
/// lives and how far it is. next() from the compute thread, the rest from any.
class RankClient final : public ChunkSource {
 public:
  /// From the heartbeat thread.
  struct Events {
    std::function<void()> on_stop;     ///< Rank 0 wants the element to stop. Or from leave().
    std::function<void()> on_silence;  ///< Rank 0 is dead or stopped.
    std::function<void(std::exception_ptr)> on_failure;  ///< MPI failed.
  };
  /// `comm`, `counters` and `stop` outlive the client.
  RankClient(const Comm& comm, const Counters& counters, const StopFlag& stop,
             RankClientOptions options, Events events);
  ~RankClient() override;

  /// Throws Error(io).
  [[nodiscard]] std::optional<Interval> next() override;
  /// Everything is committed: says so and waits until every rank has, at most `limit` (and what it
  /// missed) and while rank 0 lives and no rank is known to be dead. True when every rank has, and
  /// the final barrier may begin.
  [[nodiscard]] bool leave(std::chrono::milliseconds limit);

 private:
  void send(Report report);
  void run();
  void forgive(std::chrono::steady_clock::duration missed,
               std::chrono::steady_clock::time_point now);
  void beat();
  void control();

  const Comm& comm_;
  const Counters& counters_;
  const StopFlag& stop_;
  RankClientOptions options_;
  Events events_;
  ReceiveRing<Order, 2> orders_;
  ReceiveRing<Order, 4> controls_;
  SendRing<Report, 16> reports_;
  bool started_ = false;
  bool ended_ = false;
  bool left_ = false;  // guarded by mpi_mutex()
  std::atomic<std::chrono::steady_clock::time_point> heard_{std::chrono::steady_clock::now()};
  std::atomic<bool> bye_{false};
  std::atomic<bool> all_left_{false};  // written before bye_
  std::atomic<bool> silent_{false};    // rank 0 is
  std::atomic<bool> quit_{false};
  std::mutex wake_mutex_;  // for quit_ and wake_
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace tally::worker
