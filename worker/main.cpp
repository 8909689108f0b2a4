#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <optional>

#include "core/base/tool_main.hpp"
#include "core/shard/hdf5.hpp"
#include "worker/element.hpp"
#include "worker/mpi/session.hpp"
#include "worker/signals.hpp"

namespace {

using tally::worker::MpiSession;
using tally::worker::WorkerOptions;

/// nullopt: --help was asked for or the command line is wrong; `code` is then set.
std::optional<WorkerOptions> read_options(int argc, char** argv, int& code) {
  CLI::App app{"Run one element of a tally run: one process per rank, started by `tally element`"};
  WorkerOptions options;
  bool verbose = false;
  app.add_option("--run", options.run, "Run directory")->required();
  app.add_option("--element", options.element, "Index of the element, from 0")->required();
  app.add_option("--grace", options.grace_seconds, "Seconds from a stop signal to the end")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--chunk", options.chunk, "Items per chunk; 0: sized by what is left")
      ->capture_default_str();
  app.add_flag("-v,--verbose", verbose, "Log more");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    code = app.exit(error) == 0 ? 0 : 64;  // --help is not a failure; every usage error is 64
    return std::nullopt;
  }
  if (verbose) spdlog::set_level(spdlog::level::debug);
  return options;
}

int run(int argc, char** argv, std::optional<MpiSession>& session) {
  tally::start_hdf5();
  tally::worker::block_stop_signals();  // before any thread is there, MPI's included
  int code = 0;
  const auto options = read_options(argc, argv, code);
  if (!options) return code;
  {
    const tally::worker::EndIfAlone alone;
    session.emplace(argc, argv);
  }
  return tally::worker::run_element(*options, *session);
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<MpiSession> session;
  const int code = tally::tool_main("tally-worker", [&] { return run(argc, argv, session); });
  if (session && !session->may_return()) session->abort(code);
  return code;
}
