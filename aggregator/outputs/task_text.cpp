#include "aggregator/outputs/task_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tally::aggregator {
namespace {

std::string scalar_text(const Scalar& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  return std::visit([](const auto& plain) { return fmt::format("{}", plain); }, value);
}

}  // namespace

bool ran_bare(const TaskSpec& entry) noexcept {
  return entry.evaluator == Evaluator::code && entry.sandbox == SandboxMode::none;
}

std::string settings_text(const Task& task, const TaskSpec& entry) {
  std::string text = fmt::format("repeats={} temperature={}", task.repeats, task.temperature);
  if (task.top_p != 1.0) text += fmt::format(" top_p={}", task.top_p);
  if (task.max_tokens != 0) text += fmt::format(" max_tokens={}", task.max_tokens);
  for (const auto& [name, value] : task.params)
    text += fmt::format(" {}={}", name, scalar_text(value));
  return text + (ran_bare(entry) ? " sandbox=none" : "");
}

std::string padded_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      text += fmt::format("{}{:{}}", row[i], "", widths[i] - row[i].size() + 2);
    text += row.back();
    text.resize(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

}  // namespace tally::aggregator
