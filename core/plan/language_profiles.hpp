#pragma once
#include <filesystem>
#include <vector>

#include "core/base/digest.hpp"

namespace tally {

/// The files that tell languages apart, as the langdetect package has them.
struct LanguageProfileFiles {
  std::vector<std::filesystem::path> profiles;  ///< One per language, by name.
  std::filesystem::path tables;  ///< messages.properties: which characters are alike.
};

/// The profiles are the regular files of `folder` whose name does not begin with a dot; the tables
/// are in `folder`, or in `utils` beside it. Throws Error(missing) when there is no such folder, no
/// profile in it, or no tables.
[[nodiscard]] LanguageProfileFiles find_language_profiles(const std::filesystem::path& folder);

/// Digest of all of them, in that order: of each the name, a NUL and the 32 bytes of its own
/// digest. Part of a task's identity. Throws as find_language_profiles() and sha256_file().
[[nodiscard]] Digest language_profiles_digest(const std::filesystem::path& folder);

}  // namespace tally
