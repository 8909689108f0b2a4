#include "aggregator/row_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "core/base/error.hpp"
#include "core/shard/shard_format.hpp"

namespace tally::aggregator {
namespace {

template <class T>
std::span<const std::byte> part(const std::vector<T>& column, const Rows& rows) {
  return std::as_bytes(std::span(column).subspan(rows.begin, rows.end - rows.begin));
}

}  // namespace

RowWriter::RowWriter(const std::filesystem::path& file)
    : path_(file), file_(Descriptor::open(file, O_WRONLY)) {
  if (!file_.valid()) throw errno_error(Errc::io, "open", path_, errno);
}

void RowWriter::put(const Place& place, Ordinal first, std::span<const std::byte> bytes) const {
  auto offset = static_cast<off_t>(place.offset + first * place.width);
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(file_.get(), bytes.data(), bytes.size(), offset);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) throw errno_error(Errc::io, "write", path_, put < 0 ? errno : EIO);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += put;
  }
}

void RowWriter::put(const RowPlaces& places, const ShardRows& shard) const {
  auto place = places.fixed.begin();
  visit_columns(shard.columns, [&](const char* name, const auto& values) {
    if (std::string_view(name) == "ordinal") return;
    for (const Rows& rows : shard.rows) put(*place, rows.first, part(values, rows));
    ++place;
  });
  for (std::size_t i = 0; i < places.metrics.size(); ++i)
    for (const Rows& rows : shard.rows)
      put(places.metrics[i], rows.first, part(shard.columns.metrics[i], rows));
  for (std::size_t i = 0; i < kTexts; ++i) {
    if (!places.offsets[i]) continue;
    for (const Rows& rows : shard.rows) {
      put(*places.offsets[i], rows.first, part(shard.text_offsets[i], rows));
      put(*places.lengths[i], rows.first, part(shard.columns.texts[i].lengths, rows));
    }
  }
}

void RowWriter::close() {
  if (const int error = file_.close(); error != 0)
    throw errno_error(Errc::io, "close", path_, error);
}

}  // namespace tally::aggregator
