#include "aggregator/metrics/majority.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "catch.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

double majority(const std::vector<Vote>& votes, std::uint64_t k) {
  ItemRandom random(7, 0);
  return majority_at_k(votes, k, random).value();
}

}  // namespace

TEST_CASE("the most frequent answer decides", "[metrics]") {
  CHECK(majority({{"7", 1}, {"7", 1}, {"8", 0}}, 3) == 1.0);
  CHECK(majority({{"8", 0}, {"7", 1}, {"8", 0}}, 3) == 0.0);
}

TEST_CASE("abstentions don't vote, however many they are", "[metrics][trap-16]") {
  CHECK(majority({{"", 0}, {"", 0}, {"7", 1}}, 3) == 1.0);
  CHECK(majority({{"", 0}, {"", 0}, {"", 0}}, 3) == 0.0);
}

TEST_CASE("answers that tie share the credit, in any order", "[metrics][trap-15]") {
  CHECK(majority({{"7", 1}, {"8", 0}}, 2) == 0.5);
  CHECK(majority({{"8", 0}, {"7", 1}}, 2) == 0.5);
  CHECK(majority({{"9", 0}, {"7", 1}, {"8", 0}, {"7", 1}, {"8", 0}, {"", 0}}, 6) == 0.5);
}

TEST_CASE("fewer votes than k leave the figure undefined", "[metrics]") {
  ItemRandom random(7, 0);
  CHECK_FALSE(majority_at_k(std::vector<Vote>{{"7", 1}}, 2, random));
  CHECK_FALSE(majority_at_k(std::vector<Vote>{{"7", 1}}, 0, random));
}

TEST_CASE("k below n averages over all subsets", "[metrics]") {
  // Subsets of two of {7, 7, 8}: {7, 7} right, twice {7, 8}, which ties.
  CHECK(majority({{"7", 1}, {"7", 1}, {"8", 0}}, 2) == Approx(2.0 / 3));
}

TEST_CASE("with k = 1 the figure is the mean score", "[metrics]") {
  std::mt19937 random(20'260'102);
  for (int round = 0; round < 200; ++round) {
    std::vector<Vote> votes(1 + random() % 12);
    double sum = 0.0;
    for (Vote& vote : votes) {
      const auto answer = random() % 5;
      vote = {answer == 0 ? "" : std::to_string(answer), answer == 1 ? 1.0 : 0.0};
      sum += vote.score;
    }
    CHECK(majority(votes, 1) == Approx(sum / static_cast<double>(votes.size())).margin(1e-12));
  }
}

TEST_CASE("the order of the draws does not matter", "[metrics]") {
  std::mt19937 random(20'260'103);
  std::vector<Vote> votes;
  for (int i = 0; i < 9; ++i)
    votes.push_back({std::to_string(i * i % 4), i * i % 4 == 1 ? 1.0 : 0.0});
  const double reference = majority(votes, 5);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(votes.begin(), votes.end(), random);
    CHECK(majority(votes, 5) == Approx(reference).margin(1e-12));
  }
}

TEST_CASE("many subsets are sampled with the seed, close to the exact value", "[metrics]") {
  // 40 draws, 24 of them right: the exact maj@3 is P(2 or 3 right of 3 drawn).
  std::vector<Vote> votes(40);
  for (std::size_t i = 0; i < votes.size(); ++i)
    votes[i] = i < 24 ? Vote{"7", 1.0} : Vote{"8", 0.0};
  const double exact = (276.0 * 16 + 2024.0) / 9880.0;
  CHECK(majority(votes, 3) == Approx(exact).margin(1e-12));  // 9880 subsets: all visited
  votes.resize(41, Vote{"8", 0.0});
  const double sampled = majority(votes, 3);  // 10660: sampled
  CHECK(sampled == Approx((276.0 * 17 + 2024.0) / 10660.0).margin(0.02));
  CHECK(sampled == majority(votes, 3));
}

TEST_CASE("the order of the draws does not matter to a sample", "[metrics]") {
  std::mt19937 random(20'260'104);
  std::vector<Vote> votes;  // of 20 draws 184756 subsets of 10
  for (int i = 0; i < 20; ++i)
    votes.push_back({i < 6 ? "a" : i < 13 ? "b" : "c", i < 6 ? 1.0 : 0.0});
  votes[12] = {"", 0.0};
  const double reference = majority(votes, 10);
  for (int round = 0; round < 5; ++round) {
    std::shuffle(votes.begin(), votes.end(), random);
    CHECK(majority(votes, 10) == reference);
  }
}

TEST_CASE("answers are compared in a normal form", "[metrics]") {
  CHECK(normalise_answer("  The\t ANSWER \n is 7. ") == "the answer is 7");
  CHECK(normalise_answer(" \n") == "");
  CHECK(normalise_answer(".") == ".");
  CHECK(normalise_answer("3.50") == "3.50");
  CHECK(normalise_answer("\xC3\x84") == "\xC3\x84");
}
