#pragma once
#include <mpi.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace tally::worker {

/// The one lock around every MPI call of this process: MPI runs at MPI_THREAD_SERIALIZED, so no two
/// threads may be inside it at once. Hold it for single, non-blocking calls only.
[[nodiscard]] std::mutex& mpi_mutex() noexcept;

/// Throws Error(io) "MPI_Xyz: <text of code>" unless `code` is MPI_SUCCESS. Hold the lock.
void check_mpi(int code, const std::string& call);

/// Whether a launcher (mpirun, or srun with PMIx or PMI) started this process: by the variables
/// that launchers set for their ranks.
[[nodiscard]] bool started_by_launcher();

/// Starts MPI in the constructor if a launcher started us; else this is rank 0 of 1 and no MPI call
/// is ever made, so the program also runs where no MPI can start. Exactly one, in main().
class MpiSession {
 public:
  /// Throws Error(usage) when Slurm started several tasks that do not know of one another (they
  /// would all do the same work), Error(io) when MPI does not start.
  MpiSession(int& argc, char**& argv);
  /// Ends MPI if all ranks are known to come (set_met()): MPI_Finalize hangs on a missing one.
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  [[nodiscard]] bool active() const noexcept { return active_; }
  [[nodiscard]] int rank() const noexcept { return rank_; }
  [[nodiscard]] int size() const noexcept { return size_; }
  /// Index of this rank among those of its node: picks a GPU. From the launcher's environment, else
  /// collective over all ranks on the first call.
  [[nodiscard]] std::uint32_t local_rank() const;

  /// All ranks have met in a last barrier, so the destructor may finalize.
  void set_met() noexcept { met_ = true; }
  /// This process may return from main(): there is no MPI, or it ends in order. Else abort().
  [[nodiscard]] bool may_return() const noexcept { return !active_ || met_; }

  /// The launcher is ending the job already: abort() then ends this process only, since MPI_Abort
  /// would wait for an answer of a launcher that is busy. From any thread.
  void set_ending() noexcept { ending_ = true; }

  /// Ends the whole job with `code`, at once. Records that are not committed are lost. From any
  /// thread; also when another thread is stuck inside MPI.
  [[noreturn]] void abort(int code) const;

 private:
  bool active_ = false;
  bool met_ = false;
  std::atomic<bool> ending_{false};
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace tally::worker
