#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "aggregator/background.hpp"
#include "aggregator/row_writer.hpp"
#include "core/base/ids.hpp"
#include "core/plan/plan.hpp"
#include "core/shard/record.hpp"

namespace tally::aggregator {

/// Writes results.h5: rows in any order, each at its ordinal. HDF5 lays the file out; columns are
/// then written in place by our own checked writes, so a full disk is seen where it happens.
/// Not thread-safe.
///
/// After a failed write nothing is closed: HDF5 crashes when it closes a file it could not write.
/// The file's memory is then left to the end of the process, which should come soon.
class ResultsWriter {
 public:
  /// Creates `path`, which must not exist. Throws Error(io), as do all functions here.
  ResultsWriter(const std::filesystem::path& path, const Plan& plan);
  ~ResultsWriter();
  ResultsWriter(const ResultsWriter&) = delete;
  ResultsWriter& operator=(const ResultsWriter&) = delete;

  /// Writes the rows of a shard to their places, in the background: a failure may come to light at
  /// a later call.
  void put_rows(ShardRows shard);
  /// Waits until all rows are written.
  void drain();

  /// Appends compressed blocks of kTextBlock bytes each as they are; the next block follows
  /// directly. Returns the text offset of the block.
  std::uint64_t append_block(Text text, std::span<const std::byte> deflated);
  /// Appends the bytes of one row to the block that is being filled, and returns their offset.
  std::uint64_t append_row(Text text, std::string_view bytes);

  /// Marks rows [first, last) as having no record.
  void put_missing(Ordinal first, Ordinal last);
  /// Writes what is pending, the tasks table and the attributes, and closes. Not yet fsynced.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
  Background background_;  // ends before the state does
};

}  // namespace tally::aggregator
