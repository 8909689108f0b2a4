#pragma once
#include <array>
#include <string>

/// A valid config of five lines, any of which a test replaces.
class SampleConfig {
 public:
  /// Line 1..5 becomes `text`; line 0 appends it as line 6.
  SampleConfig& replace(std::size_t line, const std::string& text) {
    if (line == 0)
      extra_ = text + "\n";
    else
      lines_.at(line - 1) = text;
    return *this;
  }
  [[nodiscard]] std::string text() const {
    std::string text;
    for (const std::string& line : lines_) text += line + "\n";
    return text + extra_;
  }

 private:
  std::array<std::string, 5> lines_{
      "version: 1", "run: {id: demo}",
      "models: [{name: mlp, backend: torchscript, weights: mlp.pt}, "
      "{name: old, backend: replay, completions: c.jsonl}]",
      "datasets: [{slug: digits, source: d.csv, format: csv}, "
      "{slug: gsm, source: g.jsonl, format: gsm8k}]",
      "tasks: [{evaluator: classify, models: [mlp], datasets: [digits]}, "
      "{evaluator: free_response, models: [old], datasets: [gsm], extractor: exact}]"};
  std::string extra_;
};
