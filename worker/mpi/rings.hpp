#pragma once
#include <mpi.h>

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>

#include "worker/mpi/comm.hpp"
#include "worker/mpi/session.hpp"

namespace tally::worker {

/// A message and who sent it.
template <class Message>
struct Received {
  Message message;
  int source = 0;
};

/// Receives that are always posted, so a message lands without a copy in between. The caller of
/// every function but the constructor and destructor holds mpi_mutex(). Throws Error(io).
template <class Message, std::size_t kSlots>
class ReceiveRing {
 public:
  /// `source` may be MPI_ANY_SOURCE. `comm` outlives the ring.
  ReceiveRing(const Comm& comm, int source, int tag) {
    const std::lock_guard lock(mpi_mutex());
    for (std::size_t i = 0; i < kSlots; ++i) {
      check_mpi(MPI_Recv_init(&buffers_[i], sizeof(Message), MPI_BYTE, source, tag, comm.get(),
                              &requests_[i]),
                "MPI_Recv_init");
      check_mpi(MPI_Start(&requests_[i]), "MPI_Start");
    }
  }
  ~ReceiveRing() {
    const std::lock_guard lock(mpi_mutex());
    for (MPI_Request& request : requests_) {
      MPI_Cancel(&request);
      MPI_Wait(&request, MPI_STATUS_IGNORE);
      MPI_Request_free(&request);
    }
  }
  ReceiveRing(const ReceiveRing&) = delete;
  ReceiveRing& operator=(const ReceiveRing&) = delete;

  /// The next message in the order of arrival, if it is there.
  [[nodiscard]] std::optional<Received<Message>> poll() {
    int done = 0;
    MPI_Status status;
    check_mpi(MPI_Test(&requests_[next_], &done, &status), "MPI_Test");
    if (done == 0) return std::nullopt;
    Received<Message> received{buffers_[next_], status.MPI_SOURCE};
    check_mpi(MPI_Start(&requests_[next_]), "MPI_Start");
    next_ = (next_ + 1) % kSlots;
    return received;
  }

 private:
  std::array<Message, kSlots> buffers_{};
  std::array<MPI_Request, kSlots> requests_{};
  std::size_t next_ = 0;  // messages match posted receives in the order of posting
};

/// Sends that never wait for a sick receiver. The caller of post() holds mpi_mutex().
template <class Message, std::size_t kSlots>
class SendRing {
 public:
  SendRing() { requests_.fill(MPI_REQUEST_NULL); }
  /// A send that never completed is left to the end of the process.
  ~SendRing() = default;
  SendRing(const SendRing&) = delete;
  SendRing& operator=(const SendRing&) = delete;

  /// False when `kSlots` messages are still under way. Throws Error(io).
  [[nodiscard]] bool post(const Comm& comm, int destination, int tag, const Message& message) {
    MPI_Request& request = requests_[next_];
    if (request != MPI_REQUEST_NULL) {
      int done = 0;
      check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
      if (done == 0) return false;
    }
    buffers_[next_] = message;
    check_mpi(MPI_Isend(&buffers_[next_], sizeof(Message), MPI_BYTE, destination, tag, comm.get(),
                        &request),
              "MPI_Isend");
    next_ = (next_ + 1) % kSlots;
    return true;
  }

 private:
  std::array<Message, kSlots> buffers_{};
  std::array<MPI_Request, kSlots> requests_{};
  std::size_t next_ = 0;
};

}  // namespace tally::worker
