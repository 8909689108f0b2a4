#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "worker/generator.hpp"
#include "worker/torch/torch_api.hpp"

namespace tally::worker {

/// What a TorchScript generator is made from.
struct TorchScriptOptions {
  PlannedModel model;
  std::uint32_t local_rank = 0;
  std::uint32_t threads = 1;  ///< cpus_per_rank.
};

/// Forward passes of a TorchScript module over the docs' feature rows.
///
/// Every pass has `batch` rows and runs the same code, and doc d of a task is always in row
/// d % batch, with zeros in the rows of docs that were not asked for. So an item's logits depend
/// neither on who shares its batch nor on how many passes came before. The row matters: BLAS does
/// the rows at the edge of a tile by other code, which rounds differently.
/// Requests for one doc share a row. NaN logits are passed on: the scorer judges them.
class TorchScript : public Generator {
 public:
  explicit TorchScript(TorchScriptOptions options);
  ~TorchScript() override;

  [[nodiscard]] std::size_t batch_size(const Task& task) const override;
  /// Reads the weights once, checks their digest and loads those very bytes.
  /// Throws Error(missing) without weights or LibTorch, Error(data) for another digest or bytes
  /// that are no TorchScript, Error(unavailable) for a device that is not there.
  void probe() override;
  [[nodiscard]] std::vector<Completion> generate(std::span<const Request> requests,
                                                 const StopFlag& stop) override;

 private:
  /// Requests from `first` on, and the row of each.
  struct Batch {
    std::size_t first = 0;
    std::vector<std::size_t> rows;
  };
  [[nodiscard]] Batch next_batch(std::span<const Request> requests, std::size_t first) const;
  void run(std::span<const Request> requests, const Batch& batch, std::vector<Completion>& out);

  TorchScriptOptions options_;
  const TallyTorchApi* api_ = nullptr;
  std::unique_ptr<TallyTorchModel, void (*)(TallyTorchModel*)> model_{nullptr, nullptr};
};

}  // namespace tally::worker
