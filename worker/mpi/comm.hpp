#pragma once
#include <mpi.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tally::worker {

/// A private duplicate of a communicator. Errors on it are returned, not fatal.
/// Move-only: a copy would be a hidden collective.
class Comm {
 public:
  /// Collective over `parent`. Throws Error(io).
  [[nodiscard]] static Comm duplicate(MPI_Comm parent);
  Comm(Comm&& other) noexcept;
  Comm& operator=(Comm&& other) noexcept;
  ~Comm();

  [[nodiscard]] MPI_Comm get() const noexcept { return comm_; }
  [[nodiscard]] int rank() const noexcept { return rank_; }
  [[nodiscard]] int size() const noexcept { return size_; }

  // The collectives below wait by polling, so a rank that waits long for rank 0 leaves its core to
  // others, and no lock is held meanwhile. Called by one thread of each rank. Throw Error(io).

  /// `text` of rank 0, on every rank.
  [[nodiscard]] std::string broadcast(const std::string& text) const;
  /// The texts of all ranks, in order, on rank 0 (elsewhere empty). At most 256 bytes each.
  [[nodiscard]] std::vector<std::string> gather(const std::string& text) const;
  /// Waits for all ranks, at most `limit` and what it missed. False when somebody did not come:
  /// then this communicator and MPI_Finalize must not be used any more.
  [[nodiscard]] bool barrier(std::chrono::milliseconds limit) const;

 private:
  explicit Comm(MPI_Comm comm);
  MPI_Comm comm_;
  int rank_ = 0;
  int size_ = 0;
};

}  // namespace tally::worker
