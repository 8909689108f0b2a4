#include "core/shard/record.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

#include "core/shard/huge_pages.hpp"

namespace tally {
namespace {

template <class T>
std::vector<T> gather(const std::vector<T>& column, const std::vector<std::size_t>& rows) {
  std::vector<T> out;
  out.reserve(rows.size());
  for (const std::size_t row : rows) out.push_back(column[row]);
  return out;
}

TextColumn gather_text(const TextColumn& column, const std::vector<std::size_t>& rows) {
  std::vector<std::size_t> offsets(column.lengths.size());
  std::exclusive_scan(column.lengths.begin(), column.lengths.end(), offsets.begin(),
                      std::size_t{0});
  TextColumn out;
  out.lengths = gather(column.lengths, rows);
  out.bytes.reserve(std::accumulate(out.lengths.begin(), out.lengths.end(), std::size_t{0}));
  for (const std::size_t row : rows) {
    out.bytes.append(column.bytes, offsets[row], column.lengths[row]);
  }
  return out;
}

RecordBatch gather_rows(const RecordBatch& batch, const std::vector<std::size_t>& rows) {
  RecordBatch out;
  out.metric_names = batch.metric_names;
  out.ordinal = gather(batch.ordinal, rows);
  out.outcome = gather(batch.outcome, rows);
  out.finish_reason = gather(batch.finish_reason, rows);
  out.score = gather(batch.score, rows);
  out.tokens_in = gather(batch.tokens_in, rows);
  out.tokens_out = gather(batch.tokens_out, rows);
  out.seconds = gather(batch.seconds, rows);
  out.attempt = gather(batch.attempt, rows);
  for (const auto& column : batch.metrics) out.metrics.push_back(gather(column, rows));
  for (std::size_t i = 0; i < kTexts; ++i) out.texts[i] = gather_text(batch.texts[i], rows);
  return out;
}

Candidate candidate(const RecordBatch& batch, std::size_t row) {
  return {static_cast<Outcome>(batch.outcome[row]), batch.attempt[row], {}};
}

// One row per ordinal, ascending. Of equals the first added stands, so a batch that was filled in
// order of shard names follows the rule of the smaller name.
std::vector<std::size_t> winning_rows(const RecordBatch& batch) {
  std::vector<std::size_t> rows(batch.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) {
    return batch.ordinal[a] < batch.ordinal[b];
  });
  std::vector<std::size_t> winners;
  winners.reserve(rows.size());
  for (const std::size_t row : rows) {
    if (winners.empty() || batch.ordinal[winners.back()] != batch.ordinal[row]) {
      winners.push_back(row);
    } else if (beats(candidate(batch, row), candidate(batch, winners.back()))) {
      winners.back() = row;
    }
  }
  return winners;
}

template <class T>
void append_column(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// Doubles on its own account, because the new buffer must be advised before it is filled.
void append_text(std::string& to, std::string_view text) {
  if (text.empty()) return;
  if (to.capacity() - to.size() < text.size()) {
    std::string larger;
    larger.reserve(std::max(2 * to.capacity(), to.size() + text.size()));
    prefer_huge_pages(larger.data(), larger.capacity());
    larger.append(to);
    to.swap(larger);
  }
  to.append(text);
}

}  // namespace

std::string_view outcome_name(Outcome outcome) noexcept {
  static constexpr std::array<std::string_view, kOutcomes> kNames{
      "scored", "no_answer", "timeout", "generation_error", "infra_error", "invalid"};
  return kNames[static_cast<std::size_t>(outcome)];
}

std::string_view text_name(Text text) noexcept {
  static constexpr std::array<std::string_view, kTexts> kNames{"completion", "answer", "error",
                                                               "session"};
  return kNames[static_cast<std::size_t>(text)];
}

std::size_t RecordBatch::bytes() const noexcept {
  constexpr std::size_t kFixed = 8 + 1 + 1 + 8 + 4 + 4 + 4 + 4;
  std::size_t total = size() * (kFixed + 4 * kTexts + sizeof(float) * metrics.size());
  for (const TextColumn& text : texts) total += text.bytes.size();
  return total;
}

void RecordBatch::add(const Record& record) {
  assert(record.metrics.size() == metric_names.size() && record.attempt > 0);
  if (metrics.size() != metric_names.size()) metrics.resize(metric_names.size());
  ordinal.push_back(record.ordinal);
  outcome.push_back(static_cast<std::uint8_t>(record.outcome));
  finish_reason.push_back(static_cast<std::uint8_t>(record.finish_reason));
  score.push_back(record.score);
  tokens_in.push_back(record.tokens_in);
  tokens_out.push_back(record.tokens_out);
  seconds.push_back(record.seconds);
  attempt.push_back(record.attempt);
  for (std::size_t i = 0; i < metrics.size(); ++i) metrics[i].push_back(record.metrics[i]);
  for (std::size_t i = 0; i < kTexts; ++i) {
    append_text(texts[i].bytes, record.texts[i]);
    texts[i].lengths.push_back(static_cast<std::uint32_t>(record.texts[i].size()));
  }
}

void RecordBatch::append(const RecordBatch& other) {
  const std::size_t before = size();
  metrics.resize(metric_names.size());
  for (const std::string& name : other.metric_names) {
    if (std::find(metric_names.begin(), metric_names.end(), name) != metric_names.end()) continue;
    metric_names.push_back(name);
    metrics.emplace_back(before, std::numeric_limits<float>::quiet_NaN());
  }
  append_column(ordinal, other.ordinal);
  append_column(outcome, other.outcome);
  append_column(finish_reason, other.finish_reason);
  append_column(score, other.score);
  append_column(tokens_in, other.tokens_in);
  append_column(tokens_out, other.tokens_out);
  append_column(seconds, other.seconds);
  append_column(attempt, other.attempt);
  for (std::size_t i = 0; i < other.metric_names.size(); ++i) {
    const auto name = std::find(metric_names.begin(), metric_names.end(), other.metric_names[i]);
    if (i < other.metrics.size()) {
      append_column(metrics[static_cast<std::size_t>(name - metric_names.begin())],
                    other.metrics[i]);
    }
  }
  for (auto& column : metrics) column.resize(size(), std::numeric_limits<float>::quiet_NaN());
  for (std::size_t i = 0; i < kTexts; ++i) {
    append_text(texts[i].bytes, other.texts[i].bytes);
    append_column(texts[i].lengths, other.texts[i].lengths);
  }
}

void RecordBatch::clear() noexcept {
  ordinal.clear();
  outcome.clear();
  finish_reason.clear();
  score.clear();
  tokens_in.clear();
  tokens_out.clear();
  seconds.clear();
  attempt.clear();
  for (auto& column : metrics) column.clear();
  for (TextColumn& text : texts) {
    text.bytes.clear();
    text.lengths.clear();
  }
}

Record RecordBatch::row(std::size_t i) const {
  Record record;
  record.ordinal = ordinal[i];
  record.outcome = static_cast<Outcome>(outcome[i]);
  record.finish_reason = static_cast<FinishReason>(finish_reason[i]);
  record.score = score[i];
  record.tokens_in = tokens_in[i];
  record.tokens_out = tokens_out[i];
  record.seconds = seconds[i];
  record.attempt = attempt[i];
  for (const auto& column : metrics) record.metrics.push_back(column[i]);
  for (std::size_t text = 0; text < kTexts; ++text) {
    const auto& lengths = texts[text].lengths;
    const auto offset = std::accumulate(
        lengths.begin(), lengths.begin() + static_cast<std::ptrdiff_t>(i), std::size_t{0});
    record.texts[text] = texts[text].bytes.substr(offset, lengths[i]);
  }
  return record;
}

void RecordBatch::normalise() {
  const auto out_of_order = std::adjacent_find(ordinal.begin(), ordinal.end(),
                                               [](Ordinal a, Ordinal b) { return a >= b; });
  if (out_of_order == ordinal.end()) return;
  *this = gather_rows(*this, winning_rows(*this));  // built aside: a bad_alloc leaves it as it was
}

bool beats(const Candidate& a, const Candidate& b) noexcept {
  if (is_counted(a.outcome) != is_counted(b.outcome)) return is_counted(a.outcome);
  if (a.attempt != b.attempt) return a.attempt > b.attempt;
  return a.shard < b.shard;
}

}  // namespace tally
