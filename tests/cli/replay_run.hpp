#pragma once
#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "temp_dir.hpp"

/// A run.yaml over recorded completions: `docs` sums, each answered twice, two of three correctly.
class ReplayRun {
 public:
  explicit ReplayRun(int docs = 300) {
    std::string questions;
    std::string answers;
    for (int doc = 0; doc < docs; ++doc) {
      questions += fmt::format(
          "{{\"id\": \"d{0}\", \"input\": \"{0} + 1 = ?\", \"target\": \"{1}\"}}\n", doc, doc + 1);
      for (int repeat = 0; repeat < 2; ++repeat) {
        answers += fmt::format(
            "{{\"doc_id\": \"d{}\", \"repeat\": {}, \"completion\": \"The answer is {}\"}}\n", doc,
            repeat, (doc + repeat) % 3 == 0 ? 0 : doc + 1);
      }
    }
    static_cast<void>(dir_.file("docs.jsonl", questions));
    static_cast<void>(dir_.file("completions.jsonl", answers));
    yaml_ = dir_.file("run.yaml",
                      "version: 1\n"
                      "run: {id: sums, seed: 7}\n"
                      "models: [{name: old, backend: replay, completions: completions.jsonl}]\n"
                      "datasets: [{slug: sums, source: docs.jsonl, format: jsonl, id: id,\n"
                      "            input: input, target: target}]\n"
                      "tasks:\n"
                      "  - evaluator: free_response\n"
                      "    models: [old]\n"
                      "    datasets: [sums]\n"
                      "    extractor: numeric\n"
                      "    comparator: numeric\n"
                      "    sampling: {repeats: 2, temperature: 0.5}\n"
                      "    params: {t: [0, 1], x: [1, 2], y: [a, b]}\n"
                      "resources: {ranks: 2, elements: 2}\n"
                      "commit: {interval: 10ms}\n");
  }
  [[nodiscard]] std::filesystem::path folder() const { return dir_.path(); }
  [[nodiscard]] std::string yaml() const { return yaml_.string(); }
  [[nodiscard]] std::string output_dir() const { return (dir_.path() / "runs").string(); }
  [[nodiscard]] std::filesystem::path run() const { return dir_.path() / "runs" / "sums"; }
  [[nodiscard]] std::filesystem::path write(const std::string& name,
                                            const std::string& text) const {
    return dir_.file(name, text);
  }

 private:
  TempDir dir_;
  std::filesystem::path yaml_;
};
