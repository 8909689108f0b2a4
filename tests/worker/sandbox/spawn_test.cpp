#include "worker/sandbox/helper/spawn.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "catch.hpp"
#include "core/base/descriptor.hpp"

namespace {

using namespace tally::worker;

// Some containers know no clone3, or forbid it: nothing is born in a group there.
int error_of_clone3() {
  ::syscall(SYS_clone3, nullptr, 0);
  return errno == ENOSYS || errno == EPERM ? errno : EBADF;
}

}  // namespace

TEST_CASE("A process that cannot be born in the group that is asked for is not born", "[sandbox]") {
  const tally::Descriptor folder = tally::Descriptor::open("/tmp", O_RDONLY | O_DIRECTORY);
  Spawn spawn;
  spawn.enter(folder.get());
  const std::string error = std::strerror(error_of_clone3());
  CHECK_THROWS_WITH(spawn.run("/bin/true", {"true"}, {}), "start /bin/true: " + error);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  spawn.enter(-1);
  const pid_t pid = spawn.run("/bin/true", {"true"}, {});
  int status = -1;
  CHECK(::waitpid(pid, &status, 0) == pid);
  CHECK(status == 0);
}
