#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/dataset/dataset.hpp"
#include "core/plan/plan.hpp"
#include "core/shard/record.hpp"
#include "worker/stop.hpp"

namespace tally::worker {

/// One item to generate for. Points into the runner's task and docs; valid during the call.
struct Request {
  Ordinal ordinal = 0;
  const Task* task = nullptr;
  const Doc* doc = nullptr;
  std::uint32_t repeat = 0;
};

/// What a generator made of one request.
struct Completion {
  Outcome outcome = Outcome::scored;  ///< scored: go on to the scorer. Else generation_error,
                                      ///< infra_error or timeout, with `error` set.
  FinishReason finish_reason = FinishReason::unknown;
  std::string text;                    ///< The completion; empty for tensor models.
  std::vector<float> logits;           ///< Tensor models: one value per class, unscaled.
  std::vector<double> loglikelihoods;  ///< Per choice of the doc, summed over its tokens, in nats.
  bool of_letters = false;             ///< These are of A, B, ..., not of the choices' texts.
  std::uint32_t tokens_in = 0;
  std::uint32_t tokens_out = 0;
  float seconds = 0.0F;  ///< This request's share of the wall time.
  std::string error;     ///< Why there is no completion.
  std::string session;   ///< Session history as JSON; may be empty.
};

/// Turns requests into completions. One object per (rank, model); used from one thread.
class Generator {
 public:
  virtual ~Generator() = default;
  Generator() = default;
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  /// Requests that one generate() call should get of a task, at most. A call never spans a multiple
  /// of it, counted from the task's first item.
  [[nodiscard]] virtual std::size_t batch_size(const Task& /*task*/) const { return 64; }
  /// Cheap check without side effects, before any item runs: files present, digests, device.
  /// Throws Error(missing | data | unavailable).
  virtual void probe() = 0;
  /// Completions in the order of `requests`, one each. A request that fails becomes a Completion
  /// with an error outcome; an exception means the generator itself is broken and ends the rank.
  /// Returns early with fewer completions (a prefix) when `stop` is set.
  [[nodiscard]] virtual std::vector<Completion> generate(std::span<const Request> requests,
                                                         const StopFlag& stop) = 0;
};

/// The generator for `plan.models[model]`; nothing is read or loaded before probe(). `local_rank`
/// picks a GPU. Throws Error(config) for a backend nobody registered.
[[nodiscard]] std::unique_ptr<Generator> make_generator(const Plan& plan, std::uint32_t model,
                                                        std::uint32_t local_rank);

}  // namespace tally::worker
