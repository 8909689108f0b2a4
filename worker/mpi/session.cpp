#include "worker/mpi/session.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "core/base/error.hpp"

namespace tally::worker {

namespace {

std::optional<std::uint32_t> number_in_environment(const char* name) {
  const char* const text = std::getenv(name);  // NOLINT: nobody sets variables at run time
  if (text == nullptr) return std::nullopt;
  const std::string_view view(text);
  std::uint32_t value = 0;
  const auto result = std::from_chars(view.data(), view.data() + view.size(), value);
  if (result.ec != std::errc{} || result.ptr != view.data() + view.size()) return std::nullopt;
  return value;
}

// srun without a PMI plugin that this MPI knows starts tasks that all take themselves for rank 0.
void refuse_lonely_tasks(int size) {
  if (size > 1 || std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr) return;  // NOLINT
  const auto tasks = number_in_environment("SLURM_STEP_NUM_TASKS");
  if (tasks.value_or(1) <= 1) return;
  throw Error(
      Errc::usage,
      fmt::format("found {} Slurm tasks that MPI does not connect, expected srun --mpi=pmix",
                  *tasks));
}

}  // namespace

std::mutex& mpi_mutex() noexcept {
  static std::mutex mutex;
  return mutex;
}

void check_mpi(int code, const std::string& call) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw Error(Errc::io, fmt::format("{}: {}", call, text.data()));
}

bool started_by_launcher() {
  for (const char* const name :
       {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE", "PMI_FD"}) {
    if (std::getenv(name) != nullptr) return true;  // NOLINT
  }
  return false;
}

MpiSession::MpiSession(int& argc, char**& argv) : active_(started_by_launcher()) {
  if (active_) {
    const std::lock_guard lock(mpi_mutex());
    int provided = MPI_THREAD_SINGLE;
    check_mpi(MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided), "MPI_Init_thread");
    if (provided < MPI_THREAD_SERIALIZED) {
      throw Error(Errc::unavailable,
                  "found an MPI without threads, expected MPI_THREAD_SERIALIZED");
    }
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }
  refuse_lonely_tasks(size_);
}

MpiSession::~MpiSession() {
  if (!active_ || !met_) return;
  const std::lock_guard lock(mpi_mutex());
  MPI_Finalize();
}

std::uint32_t MpiSession::local_rank() const {
  for (const char* const name :
       {"OMPI_COMM_WORLD_LOCAL_RANK", "SLURM_LOCALID", "MPI_LOCALRANKID"}) {
    if (const auto value = number_in_environment(name)) return *value;
  }
  if (!active_) return 0;
  const std::lock_guard lock(mpi_mutex());
  MPI_Comm node = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &node),
            "MPI_Comm_split_type");
  int local = 0;
  MPI_Comm_rank(node, &local);
  MPI_Comm_free(&node);
  return static_cast<std::uint32_t>(local);
}

void MpiSession::abort(int code) const {
  // Another thread may hold the lock for ever: after a moment we go without it. An abort that
  // breaks the rule about threads still ends the job, and nothing but that is wanted.
  if (active_ && !ending_) {
    std::unique_lock lock(mpi_mutex(), std::defer_lock);
    for (int i = 0; i < 100 && !lock.try_lock(); ++i) ::usleep(10'000);
    MPI_Abort(MPI_COMM_WORLD, code);
  }
  ::_exit(code);
}

}  // namespace tally::worker
