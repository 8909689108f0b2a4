#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "worker/generator.hpp"
#include "worker/generators/replay_index.hpp"

namespace tally::worker {

/// Gives back completions that somebody generated before. A (doc, repeat) that the file does not
/// have is a generation error, never an empty answer.
class Replay : public Generator {
 public:
  /// `datasets`: the plan's dataset numbers, in the order of their slugs in the source and of
  /// `id_keys`, the lm_eval_id_keys() of each; without any, all ids are row numbers.
  Replay(PlannedModel model, std::vector<std::uint32_t> datasets, std::vector<std::string> slugs,
         std::vector<std::vector<std::string>> id_keys = {});

  [[nodiscard]] std::size_t batch_size(const Task& /*task*/) const override { return 1024; }
  /// Checks the file's digest. The file is read at the first generate().
  /// Throws Error(missing), or Error(data) for another digest.
  void probe() override;
  [[nodiscard]] std::vector<Completion> generate(std::span<const Request> requests,
                                                 const StopFlag& stop) override;

 private:
  [[nodiscard]] Completion replay(const Request& request) const;
  void load();

  PlannedModel model_;
  std::vector<std::uint32_t> datasets_;
  std::vector<std::string> slugs_;
  std::vector<std::vector<std::string>> id_keys_;
  std::unique_ptr<ReplayIndex> index_;
};

}  // namespace tally::worker
