#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/config/run_config.hpp"

namespace tally {

/// What kind of model an evaluator takes.
enum class ModelKind {
  tensor,  ///< Gives logits: torchscript.
  text     ///< Gives completions: replay.
};

/// The names of evaluators.def, in its order: position = value of Evaluator.
[[nodiscard]] const std::vector<std::string_view>& evaluator_names() noexcept;
[[nodiscard]] std::string_view evaluator_name(Evaluator evaluator) noexcept;
[[nodiscard]] ModelKind model_kind(Evaluator evaluator) noexcept;
[[nodiscard]] ModelKind model_kind(ModelBackend backend) noexcept;

/// Metric columns that scorers of an entry write beside the score: what `mean:<column>` may name.
[[nodiscard]] std::vector<std::string> metric_columns(const TaskSpec& entry);

/// Words that `extractor` and `comparator` may be for an evaluator; none: it takes no such key.
[[nodiscard]] const std::vector<std::string_view>& extractor_words(Evaluator evaluator) noexcept;
[[nodiscard]] const std::vector<std::string_view>& comparator_words(Evaluator evaluator) noexcept;

struct FormatWord {
  DatasetFormat format;
  std::string_view word;  ///< In run.yaml.
};

/// Formats whose docs an evaluator can score; none: any, or its scorer has a say of its own.
[[nodiscard]] const std::vector<FormatWord>& fitting_formats(Evaluator evaluator) noexcept;

}  // namespace tally
