#include "aggregator/metrics/majority.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <vector>

namespace tally::aggregator {
namespace {

constexpr std::uint32_t kAbstains = UINT32_MAX;

constexpr bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Votes as small numbers, so that counting a subset touches no text.
struct Ballot {
  std::vector<std::uint32_t> answers;  ///< Per draw: index into scores, or kAbstains.
  std::vector<double> scores;          ///< Per answer.
};

/// Draws of one answer follow each other, abstentions first: no figure hangs on their order.
Ballot number_answers(std::span<const Vote> votes) {
  std::vector<const Vote*> sorted;
  for (const Vote& vote : votes) sorted.push_back(&vote);
  std::ranges::sort(sorted, [](const Vote* a, const Vote* b) {
    return std::tie(a->answer, a->score) < std::tie(b->answer, b->score);
  });
  Ballot ballot;
  std::vector<double> draws;  // per answer
  const std::string* last = nullptr;
  for (const Vote* vote : sorted) {
    if (vote->answer.empty()) {
      ballot.answers.push_back(kAbstains);
      continue;
    }
    if (last == nullptr || *last != vote->answer) {
      ballot.scores.push_back(0.0);
      draws.push_back(0.0);
      last = &vote->answer;
    }
    ballot.answers.push_back(static_cast<std::uint32_t>(draws.size() - 1));
    ballot.scores.back() += vote->score;
    draws.back() += 1.0;
  }
  for (std::size_t i = 0; i < draws.size(); ++i) ballot.scores[i] /= draws[i];
  return ballot;
}

/// Score of the winners among the draws named by `subset`. `counts` is scratch, all zero.
double elect(const Ballot& ballot, std::span<const std::uint32_t> subset,
             std::vector<std::uint32_t>& counts) {
  std::uint32_t most = 0;
  for (const std::uint32_t draw : subset)
    if (const auto answer = ballot.answers[draw]; answer != kAbstains)
      most = std::max(most, ++counts[answer]);
  double score = 0.0;
  std::uint32_t winners = 0;
  for (const std::uint32_t draw : subset) {
    const auto answer = ballot.answers[draw];
    if (answer == kAbstains) continue;
    if (counts[answer] == most) {
      score += ballot.scores[answer];
      ++winners;
    }
    counts[answer] = 0;  // seen: neither counted again nor left for the next subset
  }
  return winners == 0 ? 0.0 : score / winners;
}

/// C(n, k), or kMaxSubsets + 1 when it is more than that.
std::uint64_t subsets(std::uint64_t n, std::uint64_t k) {
  std::uint64_t count = 1;
  for (std::uint64_t i = 1; i <= std::min(k, n - k); ++i) {
    count = count * (n - i + 1) / i;
    if (count > kMaxSubsets) return kMaxSubsets + 1;
  }
  return count;
}

/// Steps to the next k-subset of [0, n) in lexicographic order. False after the last.
bool next_subset(std::vector<std::uint32_t>& subset, std::uint32_t n) {
  const auto k = static_cast<std::uint32_t>(subset.size());
  for (std::uint32_t i = k; i-- > 0;) {
    if (subset[i] == n - k + i) continue;
    ++subset[i];
    for (std::uint32_t j = i + 1; j < k; ++j) subset[j] = subset[j - 1] + 1;
    return true;
  }
  return false;
}

double mean_of_all(const Ballot& ballot, std::uint32_t k) {
  std::vector<std::uint32_t> counts(ballot.scores.size());
  std::vector<std::uint32_t> subset(k);
  std::iota(subset.begin(), subset.end(), 0U);
  double sum = 0.0;
  double visited = 0.0;
  do {
    sum += elect(ballot, subset, counts);
    visited += 1.0;
  } while (next_subset(subset, static_cast<std::uint32_t>(ballot.answers.size())));
  return sum / visited;
}

double mean_of_sampled(const Ballot& ballot, std::uint32_t k, ItemRandom& random) {
  const auto n = static_cast<std::uint32_t>(ballot.answers.size());
  std::vector<std::uint32_t> counts(ballot.scores.size());
  std::vector<std::uint32_t> draws(n);
  std::iota(draws.begin(), draws.end(), 0U);
  double sum = 0.0;
  for (std::uint64_t sample = 0; sample < kMaxSubsets; ++sample) {
    for (std::uint32_t i = 0; i < k; ++i) {  // the first k steps of a Fisher-Yates shuffle
      const auto step = static_cast<std::uint32_t>(random.next_unit() * (n - i));
      std::swap(draws[i], draws[i + step]);
    }
    sum += elect(ballot, std::span(draws).first(k), counts);
  }
  return sum / static_cast<double>(kMaxSubsets);
}

}  // namespace

std::string normalise_answer(std::string_view answer) {
  std::string out;
  for (const char c : answer) {
    if (is_space(c)) {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  if (out.size() > 1 && out.back() == '.') out.pop_back();
  return out;
}

std::optional<double> majority_at_k(std::span<const Vote> votes, std::uint64_t k,
                                    ItemRandom& random) {
  if (k == 0 || votes.size() < k) return std::nullopt;
  const Ballot ballot = number_answers(votes);
  const auto size = static_cast<std::uint32_t>(k);
  if (subsets(votes.size(), k) <= kMaxSubsets) return mean_of_all(ballot, size);
  return mean_of_sampled(ballot, size, random);
}

}  // namespace tally::aggregator
