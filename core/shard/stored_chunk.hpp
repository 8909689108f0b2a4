#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/shard/hdf5.hpp"

namespace tally {

/// Refuses a one-dimensional dataset that is not stored in chunks of `chunk` values under exactly
/// `filters`, in that order. Throws Error of `at`.
void check_chunks(const H5Dataset& dataset, hsize_t chunk, std::span<const H5Z_filter_t> filters,
                  const H5Context& at);

/// Puts the stored bytes of the chunk that begins at `offset` into `bytes`, as the filters left
/// them; its memory is used again. `most`: bytes of the file, so that a damaged length asks for no
/// more memory. Throws Error of `at` when there is no such chunk, or when it skipped a filter.
void read_stored_chunk(const H5Dataset& dataset, hsize_t offset, std::size_t most,
                       const H5Context& at, std::vector<std::byte>& bytes);

}  // namespace tally
