#include "core/shard/hdf5.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tally {
namespace {

// When the system refused a read or write, HDF5 says it over several lines, with date, addresses
// and sizes. All that helps stands between these quotes: the text of errno.
std::string one_line(std::string reason) {
  constexpr std::string_view kErrno = "error message = '";
  if (const auto at = reason.find(kErrno); at != std::string::npos) {
    const auto begin = at + kErrno.size();
    if (const auto end = reason.find('\'', begin); end != std::string::npos) {
      return reason.substr(begin, end - begin);
    }
  }
  std::ranges::replace(reason, '\n', ' ');
  return reason;
}

// H5E_WALK_UPWARD starts with the innermost entry: the one that knows why.
herr_t keep_first(unsigned depth, const H5E_error2_t* entry, void* out) {
  if (depth == 0 && entry->desc != nullptr) *static_cast<std::string*>(out) = entry->desc;
  return 0;
}

}  // namespace

void start_hdf5() {
  static const bool started = [] {
    H5dont_atexit();
    H5PLset_loading_state(0);
    return true;
  }();
  static_cast<void>(started);
}

H5Quiet::H5Quiet() noexcept {
  H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

H5Quiet::~H5Quiet() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }

Error H5Context::error(const std::string& message) const {
  return Error(code, message, {file, std::string(object), 0});
}

std::string h5_reason() {
  std::string reason = "unknown";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, &keep_first, &reason);
  return one_line(std::move(reason));
}

void throw_h5(const char* doing, const H5Context& context) {
  throw context.error(fmt::format("{}: {}", doing, h5_reason()));
}

}  // namespace tally
