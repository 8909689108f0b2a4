#pragma once
#include <filesystem>
#include <memory>

#include "core/config/run_config.hpp"
#include "core/dataset/dataset.hpp"

namespace tally {

/// The rows of a dataset, whatever its format. Not thread-safe.
class DocSource {
 public:
  virtual ~DocSource() = default;
  DocSource() = default;
  DocSource(const DocSource&) = delete;
  DocSource& operator=(const DocSource&) = delete;

  /// Moves to the next row; false at the end. Throws as read_docs().
  virtual bool next() = 0;
  /// Fills all of `doc` from the current row but the hash; the id stays empty when the row has
  /// none.
  virtual void parse(Doc& doc) = 0;
  /// Line on which the current row begins, 1-based.
  [[nodiscard]] virtual int line() const = 0;
};

[[nodiscard]] std::unique_ptr<DocSource> open_csv_docs(const DatasetSpec& spec,
                                                       const std::filesystem::path& file);
/// JSONL and GSM8K.
[[nodiscard]] std::unique_ptr<DocSource> open_json_docs(const DatasetSpec& spec,
                                                        const std::filesystem::path& file);
/// HumanEval, MBPP, LiveCodeBench, APPS and CodeContests.
[[nodiscard]] std::unique_ptr<DocSource> open_code_docs(const DatasetSpec& spec,
                                                        const std::filesystem::path& file);

/// IFEval's input_data.jsonl. Docs have `data`, no target, and `key` for an id.
[[nodiscard]] std::unique_ptr<DocSource> open_ifeval_docs(const DatasetSpec& spec,
                                                          const std::filesystem::path& file);

/// Multiple-choice questions, CSV or JSONL.
[[nodiscard]] std::unique_ptr<DocSource> open_mmlu_docs(const DatasetSpec& spec,
                                                        const std::filesystem::path& file);

}  // namespace tally
