#include <spdlog/spdlog.h>

#include "core/base/error.hpp"
#include "worker/mpi/rank_client.hpp"
#include "worker/roles.hpp"

namespace tally::worker {

namespace {

constexpr int kIncomplete = static_cast<int>(Errc::incomplete);
constexpr std::chrono::seconds kStopWait{30};
constexpr std::chrono::hours kForEver{24 * 365};

}  // namespace

int follow(const RankWork& work) {
  RankState& state = work.state;
  RankClient::Events events;
  events.on_stop = [&] { state.watch().trigger("rank 0 stops the element"); };
  events.on_silence = [&] { state.watch().trigger("rank 0: no sign of life"); };
  events.on_failure = [&](std::exception_ptr failure) { state.fail(failure); };
  RankClient client(*work.comm, state.counters(), state.stop(), {}, std::move(events));
  work.runner.run(client);
  state.watch().release();
  work.runner.on_complete();
  state.check_failure();
  const bool stopped = state.stop().requested();
  if (!client.leave(stopped ? std::chrono::milliseconds(kStopWait) : kForEver)) return kIncomplete;
  if (!work.comm->barrier(kBarrier)) return kIncomplete;
  work.session.set_met();
  return stopped ? kIncomplete : 0;
}

}  // namespace tally::worker
