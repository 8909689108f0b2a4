#include "core/config/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/config/words.hpp"

namespace tally {
namespace {

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string suggestion(std::string_view typed, const std::vector<std::string>& words) {
  constexpr std::size_t kLongest = 64;  // no key is longer, and the distance costs the square
  if (typed.size() > kLongest) return {};
  std::string best;
  std::size_t least = kLongest;
  for (const std::string& word : words) {
    const std::size_t away = distance(typed, word);
    if (away >= least || away > std::max<std::size_t>(1, word.size() / 3)) continue;
    least = away;
    best = word;
  }
  return best;
}

std::string unknown_key(std::string_view typed, const std::vector<std::string>& words) {
  const std::string near = suggestion(typed, words);
  if (!near.empty()) return fmt::format("unknown key, did you mean {}?", near);
  return fmt::format("unknown key, expected one of {}", joined_words(words));
}

}  // namespace tally
