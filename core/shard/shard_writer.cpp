#include "core/shard/shard_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "core/base/files.hpp"
#include "core/shard/shard_format.hpp"
#include "core/shard/shard_image.hpp"

// Encoding, in order: 1) normalise; 2) write the header, whose length is the user block's; 3) let
// HDF5 lay out the datasets in memory, texts deflated by us block by block; 4) close the file,
// which leaves us the bytes; 5) put the header in.

namespace tally {
namespace {

// HDF5 keeps object headers beside the data: about 300 bytes a dataset.
constexpr std::size_t kMetadataRoom = 16 * 1024;

ShardHeader make_header(const ShardOrigin& origin, const RecordBatch& batch) {
  ShardHeader header;
  header.run_id = origin.run_id;
  header.plan = origin.plan;
  header.element = origin.element;
  header.rank = origin.rank;
  header.attempt = origin.attempt;
  header.code_version = origin.code_version;
  header.host = origin.host;
  header.records = batch.size();
  header.items = IntervalSet::of_sorted(batch.ordinal);
  header.failed = failed_items(batch);
  return header;
}

void write_metrics(ShardImage& image, const RecordBatch& batch) {
  if (batch.metric_names.empty()) return;
  std::vector<std::size_t> order(batch.metric_names.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return batch.metric_names[a] < batch.metric_names[b];
  });
  image.create_group(kMetricsGroup);
  for (const std::size_t i : order) {
    const std::string& name = batch.metric_names[i];
    if (!is_metric_name(name)) {
      throw Error(
          Errc::internal,
          fmt::format("metric column: found name \"{}\", expected [a-z][a-z0-9_]{{0,62}}", name));
    }
    const auto path = fmt::format("{}/{}", kMetricsGroup, name);
    image.write_column(path.c_str(), stored_type(batch.metrics[i]), batch.metrics[i].data());
  }
}

void write_text(ShardImage& image, Text text, const TextColumn& column) {
  if (column.bytes.empty()) return;
  image.write_column(length_dataset(text), stored_type(column.lengths), column.lengths.data());
  image.write_text(bytes_dataset(text), column.bytes);
}

}  // namespace

std::vector<std::byte> encode_shard(const ShardOrigin& origin, RecordBatch& batch) {
  assert(batch.size() > 0);
  batch.normalise();
  const std::string user_block = make_header(origin, batch).encode();
  ShardImage image(user_block.size(), user_block.size() + kMetadataRoom + batch.bytes(),
                   batch.size());
  visit_columns(batch, [&](const char* name, const auto& column) {
    image.write_column(name, stored_type(column), column.data());
  });
  write_metrics(image, batch);
  for (std::size_t i = 0; i < kTexts; ++i) {
    write_text(image, static_cast<Text>(i), batch.texts[i]);
  }
  std::vector<std::byte> bytes = std::move(image).finish();
  std::memcpy(bytes.data(), user_block.data(), user_block.size());
  return bytes;
}

CommittedShard commit_shard(const RunDir& run, const ShardOrigin& origin, std::uint32_t sequence,
                            RecordBatch& batch) {
  const std::vector<std::byte> bytes = encode_shard(origin, batch);
  const ShardName name{origin.element, origin.rank, origin.attempt, sequence,
                       sha256(bytes).short_hex()};
  CommittedShard committed{name.text(), bytes.size(), batch.size(), batch.bytes()};
  // The same bytes under that name are this very shard: a retry after a lost reply.
  static_cast<void>(publish_new(run.temp(), run.shards() / committed.name, bytes));
  return committed;
}

}  // namespace tally
