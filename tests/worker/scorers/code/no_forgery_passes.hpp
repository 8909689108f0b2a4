#pragma once
#include <string>
#include <utility>
#include <vector>

#include "bench.hpp"
#include "catch.hpp"
#include "processes.hpp"

/// `programs` are names with texts. None passes one test of `doc`, nothing of them is left running,
/// and `right` goes on passing all between them.
inline void check_no_forgery_passes(
    Bench& bench, const tally::Doc& doc, const std::string& right,
    const std::vector<std::pair<std::string, std::string>>& programs) {
  using tally::Outcome;
  REQUIRE(bench.score(doc, right).value == 1.0);
  const std::size_t descriptors = open_descriptors();
  std::size_t count = 0;
  for (const auto& [name, program] : programs) {
    INFO(name);
    const tally::worker::Score score = bench.score_in_half_a_second(doc, program);
    INFO(score.explanation);
    CHECK((score.outcome == Outcome::scored || score.outcome == Outcome::timeout));
    CHECK(score.value == 0.0);
    CHECK(score.metrics.at(1) == 0.0F);
    CHECK(left_over() == std::vector<std::string>());
    if (++count % 10 == 0) CHECK(bench.score(doc, right).value == 1.0);
  }
  CHECK(open_descriptors() == descriptors);
  CHECK(count >= 40);
}
