#pragma once
#include <memory>
#include <string>
#include <vector>

#include "worker/scorer.hpp"
#include "worker/scorers/instruction_following/language.hpp"

namespace tally::worker {

/// IFEval: whether a completion follows each instruction of its doc, a row of a dataset of format
/// `ifeval`. The score is 1 when all are followed strictly, else 0. Rules:
/// docs/instruction_following.md.
///
/// `invalid` for a doc without instructions, with one that is unsupported or with arguments that
/// nothing can be decided by, and when a pattern of the dataset exhausted its limits; otherwise
/// `no_answer` for a blank completion.
class InstructionFollowing : public Scorer {
 public:
  /// Reads nothing yet. Throws nothing.
  explicit InstructionFollowing(const TaskSpec& entry);
  ~InstructionFollowing() override;
  /// Throws Error(missing) when language profiles are configured and not there.
  void probe() override;
  [[nodiscard]] std::vector<std::string> metric_names() const override;
  /// Throws Error(config) for a doc of another format and for other profiles than planned.
  [[nodiscard]] Score score(const Task& task, const Doc& doc, const Completion& completion,
                            ItemRandom& random) const override;

 private:
  std::string profiles_;
  std::unique_ptr<const LanguageDetector> detector_;  // null: languages cannot be told
};

}  // namespace tally::worker
