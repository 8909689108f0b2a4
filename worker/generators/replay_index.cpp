#include "worker/generators/replay_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "core/base/error.hpp"
#include "core/dataset/line_reader.hpp"

namespace tally::worker {
namespace {

struct Key {
  std::uint32_t dataset = 0;
  std::string_view id;
  std::uint32_t repeat = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
};

Key key_of(const ReplayEntry& entry) { return {entry.dataset, entry.id, entry.repeat}; }

std::string_view bytes_of(const std::vector<double>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double)};
}

/// Which lines of a file are ours, and what they are called.
class Selection {
 public:
  explicit Selection(const ReplaySource& source) : source_(source) {}

  /// The dataset of a line; nothing when the line belongs to somebody else.
  [[nodiscard]] std::optional<std::uint32_t> dataset_of(const ReplayLine& line, int number) {
    if (line.model && *line.model != source_.model) return std::nullopt;
    if (line.filter) {
      // lm-eval writes each doc once per filter, with the same completions.
      if (!filter_) filter_ = std::string(*line.filter);
      if (*line.filter != *filter_) return std::nullopt;
    }
    if (!line.dataset) {
      if (source_.datasets.size() == 1) return 0;
      throw Error(Errc::data,
                  fmt::format("found none, expected one of {}", source_.dataset_names()),
                  {source_.file, "dataset", number});
    }
    const auto found = std::ranges::find(source_.datasets, *line.dataset);
    if (found == source_.datasets.end()) return std::nullopt;
    return static_cast<std::uint32_t>(found - source_.datasets.begin());
  }

  /// The repeat of a sample: its index, or how often its doc was met before.
  [[nodiscard]] std::uint32_t repeat_of(const ReplayEntry& entry, const ReplaySample& sample) {
    if (source_.sample_index == SampleIndex::occurrence) {
      return met_[fmt::format("{}\n{}", entry.dataset, entry.id)]++;
    }
    if (sample.index) return static_cast<std::uint32_t>(*sample.index);
    throw Error(Errc::data,
                "found none, expected one of sample_idx, repeat, index (or the model's "
                "`sample_index: occurrence`)",
                {source_.file, "sample_idx", entry.line});
  }

 private:
  const ReplaySource& source_;
  std::optional<std::string> filter_;
  std::unordered_map<std::string, std::uint32_t> met_;
};

}  // namespace

std::vector<std::string> lm_eval_id_keys(const DatasetSpec& dataset) {
  const auto with_usual = [](std::string_view first) {
    std::vector<std::string> keys{std::string(first)};
    for (const char* const usual : {"task_id", "key", "question_id", "id"})
      keys.emplace_back(usual);
    return keys;
  };
  if (!dataset.id.empty()) return with_usual(dataset.id);
  switch (dataset.format) {
    case DatasetFormat::humaneval:
    case DatasetFormat::mbpp:
      return with_usual("task_id");
    case DatasetFormat::lcb:
      return with_usual("question_id");
    case DatasetFormat::codecontests:
      return with_usual("name");
    case DatasetFormat::ifeval:
      return with_usual("key");
    case DatasetFormat::apps:
      return {"problem_id", "id"};
    case DatasetFormat::gsm8k:
    case DatasetFormat::mmlu:
      return {"id"};  // where a row has one: without, its number is the id
    case DatasetFormat::csv:
    case DatasetFormat::jsonl:
      return {};
  }
  return {};
}

std::string ReplaySource::dataset_names() const {
  std::string names;
  for (const std::string& name : datasets) names.append(names.empty() ? "" : ", ").append(name);
  return names;
}

std::vector<double> unpack_doubles(std::string_view bytes) {
  std::vector<double> numbers(bytes.size() / sizeof(double));
  if (!bytes.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

std::string_view TextArena::add(std::string_view text) {
  constexpr std::size_t kBlock = std::size_t{1} << 20U;
  if (text.empty()) return {};
  if (text.size() > left_) {
    const std::size_t size = std::max(kBlock, text.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    next_ = blocks_.back().get();
    left_ = size;
  }
  std::memcpy(next_, text.data(), text.size());
  const std::string_view copy(next_, text.size());
  next_ += text.size();
  left_ -= text.size();
  return copy;
}

ReplayIndex::ReplayIndex(const ReplaySource& source) {
  read(source);
  std::ranges::stable_sort(entries_, {}, key_of);
  settle_duplicates(source);
}

void ReplayIndex::read(const ReplaySource& source) {
  LineReader lines(source.file);
  ReplayParser parser(source.file);
  Selection selection(source);
  while (lines.next()) {
    if (lines.line().find_first_not_of(" \t") == std::string_view::npos) continue;
    ReplayLine line = parser.parse(lines.line(), lines.number());
    const auto dataset = selection.dataset_of(line, lines.number());
    if (!dataset) {
      ++skipped_;
      continue;
    }
    if (*dataset < source.id_keys.size()) {
      if (auto id = parser.id_in_doc(source.id_keys[*dataset])) line.id = std::move(*id);
    }
    ReplayEntry entry;
    entry.dataset = *dataset;
    entry.line = lines.number();
    const auto repeat_of = [&](const ReplaySample& sample) {
      return selection.repeat_of(entry, sample);
    };
    entry.id = arena_.add(line.id.text);
    add(line, entry, repeat_of);
    if (line.id.written.empty() || line.id.written == line.id.text) continue;
    entry.id = arena_.add(line.id.written);
    add(line, entry, repeat_of);
  }
}

void ReplayIndex::add(const ReplayLine& line, ReplayEntry& entry,
                      const std::function<std::uint32_t(const ReplaySample&)>& repeat_of) {
  for (const ReplaySample& sample : line.samples) {
    entry.repeat = repeat_of(sample);
    entry.text = arena_.add(sample.text);
    entry.error = arena_.add(sample.error);
    entry.loglikelihoods = arena_.add(bytes_of(sample.loglikelihoods));
    entry.of_letters = sample.of_letters;
    entry.finish_reason = sample.finish_reason;
    entry.tokens_in = sample.tokens_in;
    entry.tokens_out = sample.tokens_out;
    entries_.push_back(entry);
  }
}

void ReplayIndex::settle_duplicates(const ReplaySource& source) {
  if (source.duplicates == Duplicates::error) {
    const ReplayEntry* worst = nullptr;  // the one that stands first in the file
    const ReplayEntry* original = nullptr;
    for (std::size_t i = 1; i < entries_.size(); ++i) {
      const bool twice = key_of(entries_[i]) == key_of(entries_[i - 1]);
      if (!twice || (worst != nullptr && worst->line < entries_[i].line)) continue;
      worst = &entries_[i];
      original = &entries_[i - 1];
    }
    if (worst == nullptr) return;
    throw Error(Errc::data,
                fmt::format("doc '{}' repeat {}: found it again, expected it once (first on line "
                            "{}; see `duplicates`)",
                            worst->id, worst->repeat, original->line),
                {source.file, {}, worst->line});
  }
  // Equal keys are in line order: keep the first or the last of each run.
  const bool last = source.duplicates == Duplicates::last;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const bool again = kept > 0 && key_of(entries_[kept - 1]) == key_of(entries_[i]);
    if (!again) {
      entries_[kept++] = entries_[i];
    } else if (last) {
      entries_[kept - 1] = entries_[i];
    }
  }
  entries_.resize(kept);
}

const ReplayEntry* ReplayIndex::find(std::uint32_t dataset, std::string_view id,
                                     std::uint32_t repeat) const noexcept {
  const Key key{dataset, id, repeat};
  const auto found = std::ranges::lower_bound(entries_, key, {}, key_of);
  return found != entries_.end() && key_of(*found) == key ? &*found : nullptr;
}

}  // namespace tally::worker
