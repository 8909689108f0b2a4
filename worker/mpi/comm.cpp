#include "worker/mpi/comm.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/missed_time.hpp"
#include "worker/mpi/poller.hpp"
#include "worker/mpi/session.hpp"

namespace tally::worker {

namespace {

constexpr std::size_t kGatherBytes = 256;

// False when `limit` passed first; the request is then left behind on purpose.
bool wait_for(MPI_Request& request, std::chrono::milliseconds limit) {
  WaitLimit patience(Poller::Clock::now(), limit, Poller::kLongestSleep);
  Poller poller;
  for (;;) {
    int done = 0;
    {
      const std::lock_guard lock(mpi_mutex());
      check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    }
    if (done != 0) return true;
    if (patience.left(poller.idle()) <= Poller::Clock::duration::zero()) return false;
  }
}

void wait(MPI_Request& request) {
  while (!wait_for(request, std::chrono::hours(24))) {
  }
}

}  // namespace

Comm Comm::duplicate(MPI_Comm parent) {
  const std::lock_guard lock(mpi_mutex());
  MPI_Comm copy = MPI_COMM_NULL;
  check_mpi(MPI_Comm_dup(parent, &copy), "MPI_Comm_dup");
  return Comm(copy);
}

Comm::Comm(MPI_Comm comm) : comm_(comm) {
  MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN);
  MPI_Comm_rank(comm_, &rank_);
  MPI_Comm_size(comm_, &size_);
}

Comm::Comm(Comm&& other) noexcept
    : comm_(std::exchange(other.comm_, MPI_COMM_NULL)), rank_(other.rank_), size_(other.size_) {}

Comm& Comm::operator=(Comm&& other) noexcept {
  Comm taken(std::move(other));
  std::swap(comm_, taken.comm_);
  std::swap(rank_, taken.rank_);
  std::swap(size_, taken.size_);
  return *this;
}

Comm::~Comm() {
  if (comm_ == MPI_COMM_NULL) return;
  const std::lock_guard lock(mpi_mutex());
  MPI_Comm_free(&comm_);
}

std::string Comm::broadcast(const std::string& text) const {
  const auto start = [&](void* data, std::size_t bytes) {
    const std::lock_guard lock(mpi_mutex());
    MPI_Request request = MPI_REQUEST_NULL;
    check_mpi(MPI_Ibcast(data, static_cast<int>(bytes), MPI_BYTE, 0, comm_, &request),
              "MPI_Ibcast");
    return request;
  };
  std::uint64_t size = text.size();
  MPI_Request request = start(&size, sizeof size);
  wait(request);
  std::string result = rank_ == 0 ? text : std::string(size, '\0');
  constexpr std::size_t kPiece = 1U << 20U;  // a count is an int
  for (std::size_t at = 0; at < size; at += kPiece) {
    request = start(result.data() + at, std::min(kPiece, size - at));
    wait(request);
  }
  return result;
}

std::vector<std::string> Comm::gather(const std::string& text) const {
  std::array<char, kGatherBytes> mine{};
  std::copy_n(text.begin(), std::min(text.size(), kGatherBytes - 1), mine.begin());
  std::vector<char> all(rank_ == 0 ? kGatherBytes * static_cast<std::size_t>(size_) : 0);
  MPI_Request request = MPI_REQUEST_NULL;
  {
    const std::lock_guard lock(mpi_mutex());
    check_mpi(MPI_Igather(mine.data(), kGatherBytes, MPI_CHAR, all.data(), kGatherBytes, MPI_CHAR,
                          0, comm_, &request),
              "MPI_Igather");
  }
  wait(request);
  std::vector<std::string> texts;
  for (std::size_t at = 0; at < all.size(); at += kGatherBytes) texts.emplace_back(&all[at]);
  return texts;
}

bool Comm::barrier(std::chrono::milliseconds limit) const {
  MPI_Request request = MPI_REQUEST_NULL;
  {
    const std::lock_guard lock(mpi_mutex());
    check_mpi(MPI_Ibarrier(comm_, &request), "MPI_Ibarrier");
  }
  return wait_for(request, limit);
}

}  // namespace tally::worker
