#pragma once
#include <string>

#include "aggregator/compare/compare.hpp"
#include "core/base/json_writer.hpp"

// What the outputs of `compare` and `gate` share. Formats: docs/formats.md#comparison.

namespace tally::aggregator {

/// "sums/test  free_response  repeats=1 temperature=0", with "sandbox=none" where programs ran
/// without one; control characters replaced.
[[nodiscard]] std::string task_label(const Plan& plan, std::uint64_t task);
[[nodiscard]] const std::string& model_name(const Plan& plan, std::uint64_t task);

/// Lines of unpaired tasks, indented; "" without any. At most 50 are shown, then their number.
[[nodiscard]] std::string unpaired_text(const RunComparison& comparison, const Plan& a,
                                        const Plan& b);

/// An object that says which run and which set of its results.
void write_run(JsonWriter& json, const PublishedRun& run);
/// Keys task_id, model, model_signature, sandbox (of code), sampling and params of a task.
void write_task(JsonWriter& json, const Plan& plan, std::uint64_t task);
/// Keys dataset, split and task.
void write_place(JsonWriter& json, const Plan& plan, std::uint64_t task);
/// Key violations.
void write_violations(JsonWriter& json, const TaskComparison& task);
/// Key docs.
void write_docs(JsonWriter& json, const TaskComparison& task);
/// Keys metric, higher_is_better (where known), allowed, allow_incomplete.
void write_options(JsonWriter& json, const CompareOptions& options);
/// Keys unpaired and not_selected.
void write_unpaired(JsonWriter& json, const RunComparison& comparison, const Plan& a,
                    const Plan& b);
/// Key notes.
void write_notes(JsonWriter& json, const std::vector<std::string>& notes);
/// Keys verdict and reason.
void write_judgement(JsonWriter& json, const Judgement& judgement);
/// Key draws_without_value, where there are any.
void write_without_value(JsonWriter& json, std::uint64_t draws);
/// "; 3 draws without a value", or "" where all have one.
[[nodiscard]] std::string without_value_text(std::uint64_t draws);
/// "ci95": [low, high], where there is one.
void write_ci95(JsonWriter& json, const std::optional<Bounds>& bounds);

}  // namespace tally::aggregator
