#pragma once
#include <hdf5.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/error.hpp"

// The checked C layer: every HDF5 identifier has one move-only owner, and a failed call becomes one
// Error whose text carries HDF5's own reason. HDF5 is used from one thread at a time.

namespace tally {

/// Call before any other use of HDF5; cheap when repeated. Turns off HDF5's exit handler, which
/// crashes after a failed write (exit 139 instead of ours), and the loading of filter plug-ins.
void start_hdf5();

/// While it lives, HDF5 prints nothing to stderr. The error stack is still recorded.
class H5Quiet {
 public:
  H5Quiet() noexcept;
  ~H5Quiet();
  H5Quiet(const H5Quiet&) = delete;
  H5Quiet& operator=(const H5Quiet&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// What to say when a call fails. Copies nothing, so making one costs nothing.
struct H5Context {
  Errc code;
  const std::filesystem::path& file;
  std::string_view object;  ///< HDF5 object path, "/ordinal".

  /// Error(code, message, {file, object}).
  [[nodiscard]] Error error(const std::string& message) const;
};

/// The innermost entry of the calling thread's error stack on one line; "unknown" when empty. When
/// the system refused something, the text of its errno alone: "No space left on device".
[[nodiscard]] std::string h5_reason();

/// Throws "<doing>: <h5_reason()>".
[[noreturn]] void throw_h5(const char* doing, const H5Context& context);

/// Passes `result` through, or throws when it is negative, which is how HDF5 reports failure.
template <class T>
T h5_check(T result, const char* doing, const H5Context& context) {
  if (result < 0) throw_h5(doing, context);
  return result;
}

/// Sole owner of one HDF5 identifier. Move-only; the moved-from handle is empty.
/// Call close() where failure matters: the destructor is for unwinding and cannot report.
template <herr_t (*CloseFn)(hid_t)>
class H5Handle {
 public:
  H5Handle() noexcept = default;
  explicit H5Handle(hid_t id) noexcept : id_(id) {}
  H5Handle(H5Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  H5Handle& operator=(H5Handle&& other) noexcept {
    H5Handle taken(std::move(other));
    std::swap(id_, taken.id_);
    return *this;
  }
  ~H5Handle() {
    if (id_ >= 0) CloseFn(id_);
  }

  [[nodiscard]] hid_t get() const noexcept { return id_; }
  /// On failure the id stays owned, so unwinding closes it after its children.
  void close(const H5Context& context) {
    if (id_ < 0) return;
    h5_check(CloseFn(id_), "close", context);
    id_ = H5I_INVALID_HID;
  }

 private:
  hid_t id_ = H5I_INVALID_HID;
};

using H5File = H5Handle<&H5Fclose>;
using H5Group = H5Handle<&H5Gclose>;
using H5Dataset = H5Handle<&H5Dclose>;
using H5Space = H5Handle<&H5Sclose>;
using H5Type = H5Handle<&H5Tclose>;
using H5PropertyList = H5Handle<&H5Pclose>;

}  // namespace tally
