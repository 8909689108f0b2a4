#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace tally::worker {

/// How probable an n-gram is in one language.
struct GramProbability {
  std::uint32_t language;  ///< Index in LanguageProfiles::languages().
  double probability;
};

/// One to three code points, 21 bits each, the last lowest; no two grams have one key.
[[nodiscard]] std::uint64_t gram_key(std::span<const char32_t> gram);

/// The language profiles of langdetect (Shuyo 2010): n-gram counts of each language, and the tables
/// by which it makes characters alike before counting. Read-only once built; safe from several
/// threads.
class LanguageProfiles {
 public:
  /// Reads what find_language_profiles() finds in `folder`: profiles, each a JSON object with
  /// `name`, `freq` (counts by gram) and `n_words` (their sums for one, two and three characters),
  /// and the tables. Throws Error(missing | io) for a folder or file that cannot be read,
  /// Error(config) for one that holds something else, naming it.
  explicit LanguageProfiles(const std::filesystem::path& folder);

  /// The `name` of each profile, in the order of the file names.
  [[nodiscard]] const std::vector<std::string>& languages() const noexcept { return languages_; }
  /// The languages that have this gram; none: nobody does.
  [[nodiscard]] std::span<const GramProbability> find(std::uint64_t gram) const;
  /// The character that stands for `c`, one of the CJK ideographs, in the profiles.
  [[nodiscard]] char32_t ideograph(char32_t c) const;
  /// A Vietnamese letter with `mark`, a combining character, as one character; 0: no such one.
  [[nodiscard]] char32_t combined(char32_t letter, char32_t mark) const;
  /// Whether `c`, of Latin-1, counts as a space.
  [[nodiscard]] bool is_excluded(char32_t c) const;

 private:
  struct Row {
    std::uint64_t gram;
    GramProbability value;
  };
  struct Range {
    std::uint32_t first;
    std::uint32_t count;
  };
  void read_profile(const std::filesystem::path& file, std::vector<Row>& rows);
  void read_tables(const std::filesystem::path& file);
  void index(std::vector<Row>& rows);

  std::vector<std::string> languages_;
  std::vector<GramProbability> probabilities_;
  std::unordered_map<std::uint64_t, Range> grams_;
  std::unordered_map<char32_t, char32_t> ideographs_;
  std::unordered_map<std::uint64_t, char32_t> combined_;
  std::u32string excluded_;
};

}  // namespace tally::worker
