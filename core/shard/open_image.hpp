#pragma once
#include <cstddef>
#include <filesystem>
#include <span>

#include "core/shard/hdf5.hpp"

namespace tally {

/// Opens an HDF5 file from memory for reading, without copying it. `bytes` and this object must
/// outlive everything opened from it; neither may move. Not thread-safe.
class OpenImage {
 public:
  /// Throws Error(data) naming `file` when HDF5 does not take the bytes.
  OpenImage(std::span<const std::byte> bytes, const std::filesystem::path& file);
  OpenImage(const OpenImage&) = delete;
  OpenImage& operator=(const OpenImage&) = delete;

  [[nodiscard]] hid_t get() const noexcept { return file_.get(); }

 private:
  std::span<const std::byte> bytes_;
  H5File file_;
};

}  // namespace tally
