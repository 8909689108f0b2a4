#include "worker/scorers/classify.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

Score classify(std::vector<float> logits, const std::string& target, double temperature = 0.0,
               std::uint64_t seed = 1, std::uint64_t ordinal = 1, double top_p = 1.0) {
  Task task;
  task.temperature = temperature;
  task.top_p = top_p;
  Doc doc;
  doc.id = "d";
  doc.target = target;
  Completion completion;
  completion.logits = std::move(logits);
  ItemRandom random(seed, ordinal);
  return Classify().score(task, doc, completion, random);
}

}  // namespace

TEST_CASE("the largest logit is the prediction", "[worker][scorers]") {
  const Score right = classify({0.0F, 2.0F, 1.0F}, "1");
  CHECK(right.outcome == Outcome::scored);
  CHECK(right.value == 1.0);
  CHECK(right.answer == "1");
  CHECK(classify({0.0F, 2.0F, 1.0F}, "2").value == 0.0);
  CHECK(classify({5.0F}, "0").value == 1.0);
  CHECK(classify({-kInf, -2.0F}, " 1 ").value == 1.0);
}

TEST_CASE("of equal logits the lowest class is the prediction", "[worker][scorers]") {
  CHECK(classify({1.0F, 3.0F, 3.0F, 3.0F}, "1").answer == "1");
}

TEST_CASE("a NaN never wins, wherever it stands", "[worker][scorers][trap-14]") {
  for (const std::size_t place : {0U, 1U, 2U}) {
    std::vector<float> logits{1.0F, 2.0F, 3.0F};
    logits[place] = kNan;
    for (const double temperature : {0.0, 1.0}) {
      const Score score = classify(logits, "2", temperature);
      CHECK(score.outcome == Outcome::invalid);
      CHECK(score.answer.empty());
      CHECK(score.explanation ==
            fmt::format("logits: found NaN for class {}, expected numbers", place));
    }
  }
}

TEST_CASE("what cannot be judged is invalid, not wrong", "[worker][scorers]") {
  CHECK(classify({}, "0").explanation == "logits: found none, expected one per class");
  CHECK(classify({-kInf, -kInf}, "0").explanation ==
        "logits: found -inf as the largest, expected a finite one");
  for (const std::string target : {"2", "-1", "", "x", "1.0", "18446744073709551616"}) {
    const Score score = classify({0.0F, 1.0F}, target);
    CHECK(score.outcome == Outcome::invalid);
    CHECK(score.explanation == "doc 'd': target: found '" + target + "', expected a class 0..1");
  }
}

TEST_CASE("class 0 is a target like any other", "[worker][scorers]") {
  CHECK(classify({1.0F, 0.0F}, "0").value == 1.0);
  CHECK(classify({0.0F, 1.0F}, "0").value == 0.0);
}

TEST_CASE("a draw is a function of seed and ordinal alone", "[worker][scorers]") {
  const std::vector<float> logits{0.0F, 0.0F, 0.0F, 0.0F};
  std::string first;
  std::string again;
  std::string other_seed;
  for (std::uint64_t ordinal = 0; ordinal < 64; ++ordinal) {
    first += classify(logits, "0", 1.0, 7, ordinal).answer;
    other_seed += classify(logits, "0", 1.0, 8, ordinal).answer;
  }
  for (std::uint64_t ordinal = 64; ordinal-- > 0;) {
    again.insert(0, classify(logits, "0", 1.0, 7, ordinal).answer);
  }
  CHECK(first == again);
  CHECK(first != other_seed);
}

TEST_CASE("draws follow softmax of the logits over the temperature", "[worker][scorers]") {
  // Probabilities 0.5, 0.25, 0.25, 0 at T = 1; at T = 0.5 they are 4/6, 1/6, 1/6, 0.
  const std::vector<float> logits{std::log(2.0F), 0.0F, 0.0F, -kInf};
  constexpr int kDraws = 20'000;
  for (const double temperature : {1.0, 0.5}) {
    std::array<int, 4> counts{};
    for (int i = 0; i < kDraws; ++i) {
      const auto ordinal = static_cast<std::uint64_t>(i);
      ++counts[std::stoul(classify(logits, "0", temperature, 3, ordinal).answer)];
    }
    const double expected = temperature == 1.0 ? 0.5 : 4.0 / 6.0;
    CHECK(counts[0] == Approx(expected * kDraws).margin(400));  // over five standard deviations
    CHECK(counts[1] == Approx((1.0 - expected) / 2.0 * kDraws).margin(400));
    CHECK(counts[3] == 0);
  }
}

TEST_CASE("top_p keeps the fewest most probable classes with that mass", "[worker][scorers]") {
  struct Case {
    std::vector<double> probabilities;
    double top_p;
    double temperature;
    std::string kept;
  };
  const auto each = GENERATE(values<Case>({{{0.25, 0.5, 0.125, 0.125}, 1.0, 1.0, "0123"},
                                           {{0.25, 0.5, 0.125, 0.125}, 0.8, 1.0, "012"},
                                           {{0.25, 0.5, 0.125, 0.125}, 0.76, 1.0, "012"},
                                           {{0.25, 0.5, 0.125, 0.125}, 0.7, 1.0, "01"},
                                           {{0.25, 0.5, 0.125, 0.125}, 0.51, 1.0, "01"},
                                           {{0.25, 0.5, 0.125, 0.125}, 0.49, 1.0, "1"},
                                           {{0.25, 0.5, 0.125, 0.125}, 1e-9, 1.0, "1"},
                                           // At T = 0.5: 4/22, 16/22, 1/22, 1/22.
                                           {{0.25, 0.5, 0.125, 0.125}, 0.7, 0.5, "1"},
                                           // Equal ones: the lower class is kept.
                                           {{0.25, 0.25, 0.25, 0.25}, 0.5, 1.0, "01"},
                                           {{0.25, 0.25, 0.25, 0.25}, 0.51, 1.0, "012"}}));
  CAPTURE(each.probabilities, each.top_p, each.temperature);
  std::vector<float> logits;
  for (const double p : each.probabilities) logits.push_back(static_cast<float>(std::log2(p)));
  // Logits to base 2 are exact; the temperature makes natural ones of them.
  const double temperature = each.temperature / std::log(2.0);
  std::set<std::string> drawn;
  for (std::uint64_t i = 0; i < 2000; ++i)
    drawn.insert(classify(logits, "0", temperature, 3, i, each.top_p).answer);
  std::string kept;
  for (const std::string& answer : drawn) kept += answer;
  CHECK(kept == each.kept);
}

TEST_CASE("draws from a nucleus keep its classes' proportions", "[worker][scorers]") {
  // 4/8, 2/8, 1/8, 1/8; the nucleus of 0.7 is the first two, at 2/3 and 1/3.
  const std::vector<float> logits{std::log(4.0F), std::log(2.0F), 0.0F, 0.0F};
  std::array<int, 4> counts{};
  for (std::uint64_t i = 0; i < 20'000; ++i)
    ++counts[std::stoul(classify(logits, "0", 1.0, 3, i, 0.7).answer)];
  CHECK(counts[0] == Approx(2.0 / 3.0 * 20'000).margin(400));
  CHECK(counts[1] == 20'000 - counts[0]);
}

TEST_CASE("a greedy prediction does not depend on top_p", "[worker][scorers]") {
  CHECK(classify({1.0F, 3.0F, 3.0F}, "1", 0.0, 1, 1, 0.1).answer == "1");
}

TEST_CASE("temperatures near 0 and very high neither overflow nor divide by nothing",
          "[worker][scorers]") {
  for (std::uint64_t ordinal = 0; ordinal < 50; ++ordinal) {
    CHECK(classify({1000.0F, -1000.0F}, "0", 1e-300, 1, ordinal).answer == "0");
    CHECK(classify({1e38F, -1e38F}, "0", 1e300, 1, ordinal).outcome == Outcome::scored);
  }
}

TEST_CASE("confidence and nll are the model's own, whatever is drawn", "[worker][scorers]") {
  CHECK(Classify().metric_names() == std::vector<std::string>{"confidence", "nll"});
  // Probabilities 1/2, 1/4, 1/4, 0.
  const std::vector<float> logits{std::log(2.0F), 0.0F, 0.0F, -kInf};
  const Score right = classify(logits, "0");
  REQUIRE(right.metrics.size() == 2);
  CHECK(right.metrics[0] == Approx(0.5));
  CHECK(right.metrics[1] == Approx(std::log(2.0)));
  const Score wrong = classify(logits, "2");
  CHECK(wrong.metrics[0] == Approx(0.5));
  CHECK(wrong.metrics[1] == Approx(std::log(4.0)));
  for (std::uint64_t ordinal = 0; ordinal < 20; ++ordinal) {
    const Score drawn = classify(logits, "2", 0.5, 3, ordinal, 0.9);
    CHECK(drawn.metrics[0] == Approx(drawn.answer == "0" ? 0.5 : 0.25));
    CHECK(drawn.metrics[1] == Approx(std::log(4.0)));
  }
}

TEST_CASE("figures at the edges of floats", "[worker][scorers]") {
  CHECK(classify({-kInf, 3.0F}, "0").metrics[1] == kInf);  // given no probability at all
  CHECK(classify({3.0F}, "0").metrics == std::vector<float>{1.0F, 0.0F});
  CHECK(classify({1000.0F, -1000.0F}, "1").metrics[1] == 2000.0F);
  CHECK(classify({1e38F, 1e38F}, "1").metrics[0] == 0.5F);
  CHECK(classify({kNan, 1.0F}, "1").metrics.empty());
}
