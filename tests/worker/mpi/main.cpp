#define CATCH_CONFIG_RUNNER
#include "catch.hpp"
#include "worker/mpi/session.hpp"

// Every rank runs the same cases in the same order; one failure on any rank fails the entry.
int main(int argc, char** argv) {
  tally::worker::MpiSession session(argc, argv);
  const int failed = Catch::Session().run(argc, argv);
  int any = failed;
  if (session.active()) {
    const std::lock_guard lock(tally::worker::mpi_mutex());
    MPI_Allreduce(&failed, &any, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  }
  session.set_met();
  return any;
}
