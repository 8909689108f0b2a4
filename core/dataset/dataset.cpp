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

void add_text(Sha256& hash, std::string_view text) {
  add_length(hash, text.size());
  hash.update(text);
}

void add_features(Sha256& hash, const std::vector<float>& features) {
  add_length(hash, features.size());
  hash.update(std::as_bytes(std::span(features)));
}

// docs/formats.md#doc-hash
std::string hash_of(const Doc& doc, Sha256& hash) {
  add_text(hash, doc.text);
  add_text(hash, doc.target);
  add_features(hash, doc.features);
  if (!doc.data.empty()) add_text(hash, doc.data);
  return hash.finish().short_hex();
}

IntervalSet selected_rows(const DatasetSpec& spec) {
  constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
  return spec.rows.empty() ? IntervalSet(Interval{0, kAll}) : IntervalSet::parse(spec.rows);
}

std::unique_ptr<DocSource> open_docs(const DatasetSpec& spec, const std::filesystem::path& file) {
  switch (spec.format) {
    case DatasetFormat::csv:
      return open_csv_docs(spec, file);
    case DatasetFormat::jsonl:
    case DatasetFormat::gsm8k:
      return open_json_docs(spec, file);
    case DatasetFormat::humaneval:
    case DatasetFormat::mbpp:
    case DatasetFormat::lcb:
    case DatasetFormat::apps:
    case DatasetFormat::codecontests:
      return open_code_docs(spec, file);
    case DatasetFormat::ifeval:
      return open_ifeval_docs(spec, file);
    case DatasetFormat::mmlu:
      return open_mmlu_docs(spec, file);
  }
  throw Error(Errc::internal, "format: found one that nobody reads", {file, {}, 0});
}

// Calls `take(Doc&&)` for every selected row, in order.
template <class Take>
void each_doc(const DatasetSpec& spec, const std::filesystem::path& file, std::uint64_t limit,
              Take take) {
  const IntervalSet rows = selected_rows(spec);
  const std::uint64_t past = rows.empty() ? 0 : rows.intervals().back().end;
  const auto source = open_docs(spec, file);
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

DocsSurvey survey_docs(const DatasetSpec& spec, const std::filesystem::path& file,
                       std::uint64_t limit) {
  DocsSurvey survey;
  Sha256 prompts;
  each_doc(spec, file, limit, [&](const Doc& doc) {
    ++survey.docs;
    add_text(prompts, doc.text);
    add_features(prompts, doc.features);
  });
  survey.prompts = prompts.finish();
  return survey;
}

}  // namespace tally
