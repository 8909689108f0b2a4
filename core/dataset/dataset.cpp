#include "core/dataset/dataset.hpp"

#include <fmt/format.h>

#include <bit>
#include <limits>
#include <span>
#include <unordered_set>
#include <utility>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/interval_set.hpp"
#include "core/dataset/doc_source.hpp"

namespace tally {

namespace {

static_assert(std::endian::native == std::endian::little,
              "doc hashes are over little-endian bytes");

void add_length(Sha256& hash, std::uint64_t length) {
  hash.update(std::as_bytes(std::span(&length, 1)));
}

// docs/formats.md#doc-hash
std::string hash_of(const Doc& doc, Sha256& hash) {
  add_length(hash, doc.text.size());
  hash.update(doc.text);
  add_length(hash, doc.target.size());
  hash.update(doc.target);
  add_length(hash, doc.features.size());
  hash.update(std::as_bytes(std::span(doc.features)));
  return hash.finish().short_hex();
}

IntervalSet selected_rows(const DatasetSpec& spec) {
  constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
  return spec.rows.empty() ? IntervalSet(Interval{0, kAll}) : IntervalSet::parse(spec.rows);
}

// Calls `take(Doc&&)` for every selected row, in order.
template <class Take>
void each_doc(const DatasetSpec& spec, const std::filesystem::path& file, std::uint64_t limit,
              Take take) {
  const IntervalSet rows = selected_rows(spec);
  const std::uint64_t past = rows.empty() ? 0 : rows.intervals().back().end;
  const auto source =
      spec.format == DatasetFormat::csv ? open_csv_docs(spec, file) : open_json_docs(spec, file);
  std::unordered_set<std::string> ids;
  std::uint64_t taken = 0;
  std::uint64_t row = 0;
  for (; row < past && (limit == 0 || taken < limit); ++row) {
    if (!source->next()) {
      if (spec.rows.empty()) return;
      throw Error(Errc::data, fmt::format("found {} rows, expected {}", row, spec.rows),
                  {file, "rows", 0});
    }
    if (!rows.contains(row)) continue;
    Doc doc;
    source->parse(doc);
    if (doc.id.empty()) doc.id = fmt::format_int(row).str();
    if (!ids.insert(doc.id).second) {
      throw Error(Errc::data, fmt::format("found id '{}' twice, expected it once", doc.id),
                  {file, "id", source->line()});
    }
    take(std::move(doc));
    ++taken;
  }
}

}  // namespace

std::vector<Doc> read_docs(const DatasetSpec& spec, const std::filesystem::path& file,
                           std::uint64_t limit) {
  std::vector<Doc> docs;
  Sha256 hash;
  each_doc(spec, file, limit, [&](Doc&& doc) {
    doc.hash = hash_of(doc, hash);
    docs.push_back(std::move(doc));
  });
  return docs;
}

std::uint64_t count_docs(const DatasetSpec& spec, const std::filesystem::path& file,
                         std::uint64_t limit) {
  std::uint64_t docs = 0;
  each_doc(spec, file, limit, [&](const Doc&) { ++docs; });
  return docs;
}

}  // namespace tally
