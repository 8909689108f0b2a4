#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "aggregator/metrics/task_figures.hpp"

namespace tally::aggregator {

/// Reads rows of a results.h5 that we wrote. Not thread-safe.
class ResultsReader {
 public:
  /// `metric_columns`: which of metrics/ to read. Throws Error(io), as do all functions here.
  ResultsReader(const std::filesystem::path& path, std::vector<std::string> metric_columns);
  ~ResultsReader();
  ResultsReader(const ResultsReader&) = delete;
  ResultsReader& operator=(const ResultsReader&) = delete;

  /// Rows [interval.begin, interval.end) into `block`, whose memory is used again. Answers cost an
  /// unpacking and are read when `answers`.
  void read(Interval interval, bool answers, RowBlock& block);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tally::aggregator
