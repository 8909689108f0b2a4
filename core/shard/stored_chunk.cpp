#include "core/shard/stored_chunk.hpp"

#include <fmt/format.h>

namespace tally {
namespace {

bool has_filters(const H5PropertyList& list, std::span<const H5Z_filter_t> filters) {
  if (H5Pget_nfilters(list.get()) != static_cast<int>(filters.size())) return false;
  for (unsigned i = 0; i < filters.size(); ++i) {
    unsigned flags = 0;
    unsigned value = 0;
    std::size_t values = 1;
    if (H5Pget_filter2(list.get(), i, &flags, &values, &value, 0, nullptr, nullptr) != filters[i])
      return false;
  }
  return true;
}

}  // namespace

void check_chunks(const H5Dataset& dataset, hsize_t chunk, std::span<const H5Z_filter_t> filters,
                  const H5Context& at) {
  const H5PropertyList list(h5_check(H5Dget_create_plist(dataset.get()), "layout", at));
  if (H5Pget_layout(list.get()) != H5D_CHUNKED)
    throw at.error("found another layout, expected chunks");
  hsize_t found = 0;
  h5_check(H5Pget_chunk(list.get(), 1, &found), "chunks", at);
  if (found != chunk) throw at.error(fmt::format("found chunks of {}, expected {}", found, chunk));
  if (!has_filters(list, filters)) {
    throw at.error(filters.size() == 1 ? "found other filters, expected deflate alone"
                                       : "found other filters, expected shuffle and deflate");
  }
}

void read_stored_chunk(const H5Dataset& dataset, hsize_t offset, std::size_t most,
                       const H5Context& at, std::vector<std::byte>& bytes) {
  hsize_t stored = 0;
  h5_check(H5Dget_chunk_storage_size(dataset.get(), &offset, &stored), "block size", at);
  if (stored == 0 || stored > most)
    throw at.error(fmt::format("found a block of {} bytes in a file of {}", stored, most));
  bytes.resize(stored);
  std::uint32_t skipped_filters = 0;
  h5_check(H5Dread_chunk(dataset.get(), H5P_DEFAULT, &offset, &skipped_filters, bytes.data()),
           "read", at);
  if (skipped_filters != 0)
    throw at.error("found a block that skipped a filter, expected none skipped");
}

}  // namespace tally
