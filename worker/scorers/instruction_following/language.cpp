#include "worker/scorers/instruction_following/language.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/plan/language_profiles.hpp"
#include "worker/scorers/instruction_following/language_text.hpp"
#include "worker/scorers/instruction_following/python_random.hpp"

namespace tally::worker {
namespace {

using Grams = std::vector<std::span<const GramProbability>>;

constexpr std::uint32_t kSeed = 0;
constexpr int kTrials = 7;
constexpr int kDraws = 1000;
constexpr double kAlpha = 0.5;
constexpr double kAlphaWidth = 0.05;
constexpr double kBaseFrequency = 10'000.0;
constexpr double kConverged = 0.99999;
constexpr double kProbable = 0.1;

// Scales to a sum of 1; returns the largest.
double normalise(std::span<double> probabilities) {
  double sum = 0.0;
  for (const double p : probabilities) sum += p;
  double largest = 0.0;
  for (double& p : probabilities) {
    p /= sum;
    largest = std::max(largest, p);
  }
  return largest;
}

void multiply(std::span<double> probabilities, std::span<const GramProbability> gram,
              double weight) {
  std::size_t i = 0;
  for (const GramProbability& known : gram) {  // in the order of the languages
    for (; i < known.language; ++i) probabilities[i] *= weight;
    probabilities[i++] *= weight + known.probability;
  }
  for (; i < probabilities.size(); ++i) probabilities[i] *= weight;
}

std::vector<double> trial(const Grams& grams, std::size_t languages, PythonRandom& random) {
  std::vector<double> probabilities(languages, 1.0 / static_cast<double>(languages));
  const double alpha = kAlpha + random.normal() * kAlphaWidth;
  for (int i = 0;; ++i) {
    multiply(probabilities, grams[random.index(grams.size())], alpha / kBaseFrequency);
    if (i % 5 == 0 && (normalise(probabilities) > kConverged || i >= kDraws)) return probabilities;
  }
}

}  // namespace

LanguageDetector::LanguageDetector(std::filesystem::path folder, std::string sha256)
    : folder_(std::move(folder)), sha256_(std::move(sha256)) {}
LanguageDetector::~LanguageDetector() = default;

void LanguageDetector::load() const {
  if (!sha256_.empty()) {
    const std::string found = language_profiles_digest(folder_).hex();
    if (found != sha256_) {
      throw Error(Errc::config,
                  fmt::format("found profiles of digest {}, expected {}", found, sha256_),
                  {folder_, "language_profiles", 0});
    }
  }
  profiles_ = std::make_unique<const LanguageProfiles>(folder_);
}

std::optional<std::string> LanguageDetector::detect(std::string_view text) const {
  std::call_once(once_, [&] { load(); });
  const Grams grams = known_grams(language_text(text, *profiles_), *profiles_);
  if (grams.empty()) return std::nullopt;
  const std::size_t languages = profiles_->languages().size();
  PythonRandom random(kSeed);
  std::vector<double> means(languages);
  for (int t = 0; t < kTrials; ++t) {
    const std::vector<double> probabilities = trial(grams, languages, random);
    for (std::size_t i = 0; i < languages; ++i) means[i] += probabilities[i] / kTrials;
  }
  const auto best = std::ranges::max_element(means);
  if (*best <= kProbable) return "unknown";
  return profiles_->languages()[static_cast<std::size_t>(best - means.begin())];
}

}  // namespace tally::worker
