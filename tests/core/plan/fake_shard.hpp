#pragma once
#include <fstream>
#include <string>

#include "core/plan/run_dir.hpp"
#include "core/plan/shard_header.hpp"

/// A header with sensible fields; the rest is the test's business.
inline tally::ShardHeader fake_header(const tally::Digest& plan, const std::string& items) {
  tally::ShardHeader header;
  header.run_id = "digits";
  header.plan = plan;
  header.attempt = tally::AttemptId(1);
  header.code_version = "0.1.0";
  header.host = "node7";
  header.items = tally::IntervalSet::parse(items);
  header.records = header.items.size();
  return header;
}

/// The bytes of a file that begins like a shard: its user block, then something else than HDF5.
inline std::string fake_bytes(const tally::ShardHeader& header) {
  return header.encode() + "not really HDF5";
}

/// Puts such a file into `folder` under the name that its bytes deserve.
inline std::filesystem::path put_fake_shard(const std::filesystem::path& folder,
                                            const tally::ShardHeader& header,
                                            std::uint32_t sequence) {
  const std::string bytes = fake_bytes(header);
  const tally::ShardName name{header.element, header.rank, header.attempt, sequence,
                              tally::sha256(bytes).short_hex()};
  const std::filesystem::path file = folder / name.text();
  // Renamed into place like a real one: nobody may read half of it.
  const std::filesystem::path hidden = folder / ".fake";
  std::ofstream(hidden, std::ios::binary) << bytes;
  std::filesystem::rename(hidden, file);
  return file;
}
