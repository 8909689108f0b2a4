#include "worker/scorers/instruction_following/language_profiles.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/utf8.hpp"
#include "core/plan/language_profiles.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxFileBytes = 16ULL << 20U;

// The value of a Java property: \uXXXX is a character.
std::u32string property_value(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    std::uint32_t c = 0;
    if (text.starts_with("\\u") && text.size() >= 6 &&
        std::from_chars(text.data() + 2, text.data() + 6, c, 16).ptr == text.data() + 6) {
      out.push_back(c);
      text.remove_prefix(6);
    } else {
      const CodePoint d = utf8_decode(text, 0);
      out.push_back(d.c);
      text.remove_prefix(d.length);
    }
  }
  return out;
}

std::map<std::string, std::u32string, std::less<>> read_properties(const fs::path& file) {
  const std::string text = well_formed(read_text(file, kMaxFileBytes));
  std::map<std::string, std::u32string, std::less<>> properties;
  for (const std::string_view line : split_text(text, "\n")) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    properties.emplace(line.substr(0, equals),
                       property_value(strip_right(line.substr(equals + 1))));
  }
  return properties;
}

std::uint64_t pair_key(char32_t letter, char32_t mark) {
  return static_cast<std::uint64_t>(letter) << 32U | mark;
}

}  // namespace

std::uint64_t gram_key(std::span<const char32_t> gram) {
  std::uint64_t key = 0;
  for (const char32_t c : gram) key = key << 21U | (c & 0x1FFFFFU);
  return key;
}

LanguageProfiles::LanguageProfiles(const fs::path& folder) {
  std::vector<Row> rows;
  const LanguageProfileFiles files = find_language_profiles(folder);
  for (const fs::path& file : files.profiles) {
    try {
      read_profile(file, rows);
    } catch (const simdjson::simdjson_error& error) {
      throw Error(Errc::config,
                  fmt::format("found no language profile ({}), expected JSON with name, freq and "
                              "n_words",
                              error.what()),
                  {file, {}, 0});
    }
  }
  index(rows);
  read_tables(files.tables);
}

void LanguageProfiles::read_profile(const fs::path& file, std::vector<Row>& rows) {
  const std::string text = read_text(file, kMaxFileBytes);
  simdjson::dom::parser parser;
  const simdjson::dom::element profile = parser.parse(text);
  std::array<double, 3> totals{};
  for (std::size_t n = 0; n < totals.size(); ++n) {
    totals.at(n) = double(profile["n_words"].at(n).get_double());
  }
  const auto language = static_cast<std::uint32_t>(languages_.size());
  languages_.emplace_back(std::string_view(profile["name"].get_string()));
  for (const auto [gram, count] : profile["freq"].get_object()) {
    const std::u32string characters = utf8_code_points(gram);
    if (characters.empty() || characters.size() > totals.size()) continue;
    const double total = totals.at(characters.size() - 1);
    rows.push_back({gram_key(characters), {language, double(count.get_double()) / total}});
  }
}

void LanguageProfiles::index(std::vector<Row>& rows) {
  std::ranges::sort(rows, {},
                    [](const Row& row) { return std::pair(row.gram, row.value.language); });
  probabilities_.reserve(rows.size());
  for (const Row& row : rows) {
    const auto first = static_cast<std::uint32_t>(probabilities_.size());
    ++grams_.try_emplace(row.gram, Range{first, 0}).first->second.count;
    probabilities_.push_back(row.value);
  }
}

void LanguageProfiles::read_tables(const fs::path& file) {
  const auto properties = read_properties(file);
  const auto need = [&](std::string_view key) {
    const auto found = properties.find(key);
    if (found == properties.end()) {
      throw Error(Errc::config, "found no such property, expected langdetect's",
                  {file, std::string(key), 0});
    }
    return found->second;
  };
  excluded_ = need("NGram.LATIN1_EXCLUDE");
  for (const auto& [key, group] : properties) {
    if (!key.starts_with("NGram.KANJI_")) continue;
    for (const char32_t c : group) ideographs_.insert_or_assign(c, group.front());
  }
  const std::u32string letters = need("TO_NORMALIZE_VI_CHARS");
  for (const char32_t mark : need("DMARK_CLASS")) {
    const std::u32string composed =
        need(fmt::format("NORMALIZED_VI_CHARS_{:04X}", static_cast<std::uint32_t>(mark)));
    for (std::size_t i = 0; i < std::min(letters.size(), composed.size()); ++i) {
      combined_.emplace(pair_key(letters[i], mark), composed[i]);
    }
  }
}

std::span<const GramProbability> LanguageProfiles::find(std::uint64_t gram) const {
  const auto found = grams_.find(gram);
  if (found == grams_.end()) return {};
  return std::span(probabilities_).subspan(found->second.first, found->second.count);
}

char32_t LanguageProfiles::ideograph(char32_t c) const {
  const auto found = ideographs_.find(c);
  return found == ideographs_.end() ? c : found->second;
}

char32_t LanguageProfiles::combined(char32_t letter, char32_t mark) const {
  const auto found = combined_.find(pair_key(letter, mark));
  return found == combined_.end() ? char32_t{0} : found->second;
}

bool LanguageProfiles::is_excluded(char32_t c) const {
  return excluded_.find(c) != std::u32string::npos;
}

}  // namespace tally::worker
