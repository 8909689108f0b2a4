// The helper program of the sandbox. Not for people: `tally-worker` starts it as a supervisor, the
// supervisor starts it as the guard of a program, and the sandbox's probe as the program itself.
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "worker/sandbox/helper/canary.hpp"
#include "worker/sandbox/helper/cgroup.hpp"
#include "worker/sandbox/helper/guard.hpp"
#include "worker/sandbox/helper/supervisor.hpp"

#ifdef __SANITIZE_ADDRESS__
// Its environment is empty, and the leak checker traces, which the sandbox refuses.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

int main(int argc, char** argv) {
  using namespace tally::worker;
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  const std::string role = arguments.empty() ? "" : arguments[0];
  try {
    const std::vector<std::string> rest(arguments.begin() + (arguments.empty() ? 0 : 1),
                                        arguments.end());
    if (role == "--guard") return guard_main(parse_guard_arguments(rest));
    if (role == "--serve" && rest.size() <= 1) return serve(rest.empty() ? "" : rest[0]);
    if (role == "--sweep") {
      sweep_cgroups(cgroup_base());
      return 0;
    }
    if (role == "--canary") return canary_main(rest);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tally-sandbox: %s\n", error.what());
    return 70;
  }
  std::fputs("tally-sandbox: started by tally-worker, has no use by hand: docs/sandbox.md\n",
             stderr);
  return 64;
}
