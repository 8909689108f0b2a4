#pragma once
#include <memory>

#include "worker/scorer.hpp"

namespace tally::worker {

/// Asks a program of the user's, over lines of JSON: docs/extending.md#an-external-scorer.
///
/// One child per object, started by probe() or the first score(), and again when it was lost. What
/// goes wrong with the child is never a verdict on the model: an item that it loses twice, or does
/// not answer within the limit, is infra_error. The child's stderr goes to our log, up to 64 KiB.
class External : public Scorer {
 public:
  explicit External(const ScorerContext& context);
  ~External() override;
  /// Starts the child and reads its hello, nothing else. Throws Error(data) when a file of the
  /// command is not as planned, Error(missing) when there is no such program, Error(unavailable)
  /// when no hello comes, Error(config) when it is of another version or has other columns.
  void probe() override;
  [[nodiscard]] std::vector<std::string> metric_names() const override;
  /// Throws as probe() when the child has to be started and cannot.
  [[nodiscard]] Score score(const Task& task, const Doc& doc, const Completion& completion,
                            ItemRandom& random) const override;

 private:
  class Session;
  std::unique_ptr<Session> session_;
};

}  // namespace tally::worker
