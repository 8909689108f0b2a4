#include "core/shard/open_image.hpp"

#include <cstring>

namespace tally {
namespace {

using View = std::span<const std::byte>;

// HDF5 wants a copy for the property list, one for each copy of the list, and one for the file. All
// of them are our bytes: nothing writes to a file that is open for reading.

void* lend(std::size_t size, H5FD_file_image_op_t, void* view) noexcept {
  const View& bytes = *static_cast<const View*>(view);
  return size == bytes.size() ? const_cast<std::byte*>(bytes.data()) : nullptr;
}
void* copy(void* to, const void* from, std::size_t size, H5FD_file_image_op_t, void*) noexcept {
  return to == from ? to : std::memcpy(to, from, size);
}
void* refuse(void*, std::size_t, H5FD_file_image_op_t, void*) noexcept { return nullptr; }
herr_t keep(void*, H5FD_file_image_op_t, void*) noexcept { return 0; }
void* same(void* view) noexcept { return view; }
herr_t release(void*) noexcept { return 0; }

}  // namespace

OpenImage::OpenImage(std::span<const std::byte> bytes, const std::filesystem::path& file)
    : bytes_(bytes) {
  start_hdf5();
  const H5Context at{Errc::data, file, "/"};
  const H5PropertyList access(h5_check(H5Pcreate(H5P_FILE_ACCESS), "access list", at));
  h5_check(H5Pset_fapl_core(access.get(), 64 * 1024, false), "core driver", at);
  H5FD_file_image_callbacks_t callbacks{&lend, &copy, &refuse, &keep, &same, &release, &bytes_};
  h5_check(H5Pset_file_image_callbacks(access.get(), &callbacks), "image callbacks", at);
  h5_check(H5Pset_file_image(access.get(), const_cast<std::byte*>(bytes.data()), bytes.size()),
           "image", at);
  file_ = H5File(h5_check(H5Fopen("shard", H5F_ACC_RDONLY, access.get()), "open", at));
}

}  // namespace tally
