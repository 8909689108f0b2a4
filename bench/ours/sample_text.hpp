#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace tally::bench {

/// Texts like completions: 20 to 46 words of a vocabulary of 2000, by Zipf's law with exponent 1.3,
/// about 210 bytes on average. The same texts in every run.
inline std::vector<std::string> sample_texts(std::size_t count) {
  std::mt19937_64 random(1);
  std::vector<std::string> words(2000);
  for (std::string& word : words) {
    word.resize(2 + random() % 8);
    for (char& c : word) c = static_cast<char>('a' + random() % 26);
  }
  std::vector<double> weights;
  for (std::size_t rank = 1; rank <= words.size(); ++rank) {
    weights.push_back(1.0 / std::pow(static_cast<double>(rank), 1.3));
  }
  weights.back() = std::pow(2000.0, -0.3) / 0.3;  // all ranks from the last one on
  std::discrete_distribution<std::size_t> pick(weights.begin(), weights.end());
  std::vector<std::string> texts(count);
  for (std::string& text : texts) {
    for (std::size_t left = 20 + random() % 27; left > 0; --left) {
      text += words[pick(random)];
      if (left > 1) text += ' ';
    }
  }
  return texts;
}

}  // namespace tally::bench
