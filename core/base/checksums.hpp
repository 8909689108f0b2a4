#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/digest.hpp"

namespace tally {

/// A file that is not what SHA256SUMS says.
struct BadFile {
  std::string name;  ///< In the folder; "SHA256SUMS" when that one is bad itself.
  std::string reason;
};

/// What hashing every file of a SHA256SUMS found.
struct CheckedFiles {
  std::map<std::string, Digest> good;  ///< By name.
  std::vector<BadFile> bad;            ///< In the order of the lines.
};

/// Hashes each file that `folder`/SHA256SUMS names. Changes nothing and throws nothing for a file
/// that is bad, absent or unreadable: it is in `bad`.
[[nodiscard]] CheckedFiles check_sums(const std::filesystem::path& folder);

}  // namespace tally
