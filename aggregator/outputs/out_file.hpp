#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/descriptor.hpp"
#include "core/base/digest.hpp"

namespace tally::aggregator {

/// A new text file written in order and hashed on the way. Not published: it lies in a directory
/// that is renamed as a whole later. Not thread-safe.
class OutFile {
 public:
  /// Throws Error(io), also when the file exists.
  explicit OutFile(std::filesystem::path path);
  OutFile(const OutFile&) = delete;
  OutFile& operator=(const OutFile&) = delete;

  /// Throws Error(io).
  void append(std::string_view text);
  /// Writes the rest, fsyncs, checks the size and closes. Returns the digest of all bytes. Throws
  /// Error(io).
  [[nodiscard]] Digest finish();

 private:
  void write_buffer();
  std::filesystem::path path_;
  Descriptor file_;
  std::string buffer_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
};

}  // namespace tally::aggregator
