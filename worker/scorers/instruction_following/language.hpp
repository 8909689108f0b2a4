#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "worker/scorers/instruction_following/language_profiles.hpp"

namespace tally::worker {

/// Tells the language of a text, as langdetect 1.0.9 does with `DetectorFactory.seed = 0`: naive
/// Bayes over n-grams of one to three characters (Shuyo 2010), the mean of seven trials that draw
/// grams at random until one language has 0.99999 or 1001 were drawn. The random numbers start anew
/// with each text, so the verdict is a function of the text and the profiles alone.
class LanguageDetector {
 public:
  /// `folder`: see LanguageProfiles. `sha256`: what language_profiles_digest() of it must be, as 64
  /// hex digits; empty: anything. Nothing is read before the first call of detect().
  explicit LanguageDetector(std::filesystem::path folder, std::string sha256 = {});
  ~LanguageDetector();
  LanguageDetector(const LanguageDetector&) = delete;
  LanguageDetector& operator=(const LanguageDetector&) = delete;

  /// The name of the profile, such as "en" or "zh-cn"; "unknown" when none has more than 0.1;
  /// nothing when no gram of the text is in any profile. `text`: well-formed UTF-8, of which the
  /// first 10,000 characters count, addresses aside. Safe from several threads. Throws as
  /// LanguageProfiles, and Error(config) for other profiles than `sha256` says.
  [[nodiscard]] std::optional<std::string> detect(std::string_view text) const;
  /// Whether the profiles were read.
  [[nodiscard]] bool is_loaded() const noexcept { return profiles_ != nullptr; }

 private:
  void load() const;

  std::filesystem::path folder_;
  std::string sha256_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<const LanguageProfiles> profiles_;
};

}  // namespace tally::worker
