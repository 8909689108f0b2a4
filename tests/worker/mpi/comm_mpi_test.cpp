#include <mutex>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "worker/mpi/comm.hpp"
#include "worker/mpi/session.hpp"

using namespace std::chrono_literals;
using tally::worker::Comm;

TEST_CASE("a duplicate has the same group and is freed once after a move", "[worker][mpi]") {
  Comm a = Comm::duplicate(MPI_COMM_WORLD);
  const int size = a.size();
  const Comm b = std::move(a);
  CHECK(b.size() == size);
  CHECK(a.get() == MPI_COMM_NULL);  // NOLINT: that is the question
}

TEST_CASE("an MPI failure on our communicator throws", "[worker][mpi]") {
  const Comm comm = Comm::duplicate(MPI_COMM_WORLD);
  const std::lock_guard lock(tally::worker::mpi_mutex());
  const int x = 0;
  CHECK_THROWS_AS(tally::worker::check_mpi(MPI_Send(&x, 1, MPI_INT, comm.size() + 7, 0, comm.get()),
                                           "MPI_Send"),
                  tally::Error);
}

TEST_CASE("a text of rank 0 reaches every rank, empty or of several pieces", "[worker][mpi]") {
  const Comm comm = Comm::duplicate(MPI_COMM_WORLD);
  const std::string text =
      GENERATE(std::string(), std::string("plan 7\n"), std::string((3U << 20U) + 5U, 'x'));
  CHECK(comm.broadcast(comm.rank() == 0 ? text : "not mine") == text);
}

TEST_CASE("rank 0 gathers a text of each rank in order", "[worker][mpi]") {
  const Comm comm = Comm::duplicate(MPI_COMM_WORLD);
  const auto texts = comm.gather("rank " + std::to_string(comm.rank()));
  if (comm.rank() != 0) {
    CHECK(texts.empty());
    return;
  }
  REQUIRE(texts.size() == static_cast<std::size_t>(comm.size()));
  for (std::size_t i = 0; i < texts.size(); ++i) CHECK(texts[i] == "rank " + std::to_string(i));
}

TEST_CASE("a barrier that somebody misses ends with the limit", "[worker][mpi]") {
  const Comm comm = Comm::duplicate(MPI_COMM_WORLD);
  const Comm side = Comm::duplicate(MPI_COMM_WORLD);
  CHECK(comm.barrier(30s));
  if (comm.size() == 1) return;
  const bool late = comm.rank() == comm.size() - 1;
  if (!late) CHECK_FALSE(comm.barrier(50ms));
  CHECK(side.barrier(30s));
  if (late) CHECK(comm.barrier(30s));  // the others are in it, if no longer waiting
  CHECK(side.barrier(30s));
}
