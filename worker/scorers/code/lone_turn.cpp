#include "worker/scorers/code/lone_turn.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace tally::worker {

bool machine_is_busy() noexcept {
  double average = 0;
  const long processors = ::sysconf(_SC_NPROCESSORS_ONLN);
  return ::getloadavg(&average, 1) != 1 || average >= static_cast<double>(processors);
}

LoneTurn::LoneTurn(const StopFlag& stop) noexcept {
  file_ = Descriptor::open(fmt::format("/dev/shm/tally-lone-turn-{}", ::getuid()),
                           O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  while (file_.valid() && ::flock(file_.get(), LOCK_EX | LOCK_NB) != 0 &&
         (errno == EWOULDBLOCK || errno == EINTR) && !stop.requested())
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

}  // namespace tally::worker
