#include "worker/element.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <optional>
#include <sstream>
#include <string_view>

#include "core/base/error.hpp"
#include "core/plan/planned_docs.hpp"
#include "core/plan/process_identity.hpp"
#include "worker/roles.hpp"

namespace tally::worker {

namespace {

constexpr std::chrono::seconds kLastCommit{30};

Start begin(const WorkerOptions& options, const MpiSession& session, const Comm* comm) {
  const ElementId element(options.element);
  if (session.rank() == 0) {
    Start start = prepare_start(options.run, element);
    if (comm != nullptr) static_cast<void>(comm->broadcast(start_text(start)));
    return start;
  }
  return join_start(options.run, element, comm->broadcast({}));
}

// Host and process of every rank, on rank 0.
std::vector<RankName> rank_names(const Comm* comm) {
  const std::string mine = fmt::format("{} {}", host_name(), ::getpid());
  std::vector<RankName> names;
  for (const std::string& text : comm != nullptr ? comm->gather(mine) : std::vector{mine}) {
    RankName& name = names.emplace_back();
    std::istringstream(text) >> name.host >> name.pid;
  }
  return names;
}

// An error must not cost what was recorded before it.
int play_and_save(const RankWork& work) {
  try {
    return work.session.rank() == 0 ? lead(work) : follow(work);
  } catch (const std::exception& first) {
    try {
      work.state.committer().flush(kLastCommit);
    } catch (const std::exception& second) {
      if (std::string_view(first.what()) == second.what()) throw;  // it was the commit that failed
      spdlog::error("rank {}: the last commit failed: {}", work.session.rank(), second.what());
    }
    throw;
  }
}

}  // namespace

RunnerParts default_parts(const Plan& plan, std::uint32_t local_rank, const StopFlag& stop) {
  return {.generator = [&plan, local_rank](
                           std::uint32_t model) { return make_generator(plan, model, local_rank); },
          .scorer =
              [&stop](const TaskSpec& entry) {
                return make_scorer({entry, stop});
              },
          .docs = [](const PlannedDataset& dataset) { return load_docs(dataset); }};
}

int run_element(const WorkerOptions& options, MpiSession& session) {
  const auto grace =
      std::chrono::milliseconds(static_cast<std::int64_t>(options.grace_seconds * 1000.0));
  RankState state(
      grace, [&](int code) { session.abort(code); }, [&] { session.set_ending(); });
  std::optional<Comm> comm;
  if (session.size() > 1) comm = Comm::duplicate(MPI_COMM_WORLD);
  const std::uint32_t local_rank = session.local_rank();
  const Start start = begin(options, session, comm ? &*comm : nullptr);
  state.open_committer(start, RankId(static_cast<std::uint32_t>(session.rank())));
  Runner runner({start.plan, start.before, state.committer(), state.counters(), state.stop()},
                default_parts(start.plan, local_rank, state.stop()));
  const Comm* const ranks = comm ? &*comm : nullptr;
  const std::vector<RankName> names = rank_names(ranks);
  return play_and_save({options, session, ranks, start, names, state, runner});
}

}  // namespace tally::worker
