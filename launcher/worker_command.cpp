#include "launcher/worker_command.hpp"

#include <fmt/format.h>

namespace tally::launcher {
namespace {

/// Open MPI 4 reads OMPI_ names, the launcher of Open MPI 5 (PRRTE) its own; each ignores the
/// other's.
void add_open_mpi_settings(Command& command, bool as_root) {
  // When one rank ends with an error, mpirun ends the others. The default leaves them 1 s, too
  // short to commit on a shared filesystem.
  const std::string grace = std::to_string(kRankGraceSeconds);
  command.environment["OMPI_MCA_odls_base_sigkill_timeout"] = grace;
  command.environment["PRTE_MCA_odls_base_sigkill_timeout"] = grace;
  if (!as_root) return;
  for (const char* prefix : {"OMPI", "PRTE"}) {
    command.environment[fmt::format("{}_ALLOW_RUN_AS_ROOT", prefix)] = "1";
    command.environment[fmt::format("{}_ALLOW_RUN_AS_ROOT_CONFIRM", prefix)] = "1";
  }
}

}  // namespace

Command worker_command(const std::filesystem::path& worker, const RunDir& run, ElementId element,
                       std::uint32_t ranks, bool as_root) {
  Command command;
  if (ranks > 1) {
    // Several elements share the machine: without bind-to none each mpirun would take the same
    // first cores. OVERSUBSCRIBE only permits more ranks than slots (Open MPI counts cores, not
    // threads).
    command.argv = {"mpirun",    "-n",  std::to_string(ranks), "--map-by", ":OVERSUBSCRIBE",
                    "--bind-to", "none"};
    add_open_mpi_settings(command, as_root);
  }
  command.argv.insert(command.argv.end(), {worker.string(), "--run", run.root().string(),
                                           "--element", std::to_string(element.value())});
  return command;
}

std::filesystem::path element_log(const RunDir& run, ElementId element) {
  return run.logs() / fmt::format("e{:05}.log", element.value());
}

}  // namespace tally::launcher
