#include "worker/runner.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/error.hpp"

namespace tally::worker {

namespace {

// Records of a scorer that takes its time do not wait for the rest of their batch.
constexpr std::chrono::milliseconds kHoldRecords{200};

// While it lives, slowness is put down to loading.
class Preparing {
 public:
  explicit Preparing(Counters& counters) : counters_(counters) { counters_.set_preparing(true); }
  ~Preparing() { counters_.set_preparing(false); }
  Preparing(const Preparing&) = delete;
  Preparing& operator=(const Preparing&) = delete;

 private:
  Counters& counters_;
};

std::string& text_of(Record& record, Text text) {
  return record.texts[static_cast<std::size_t>(text)];
}

// A text that makes a scorer give up must not stop the run again and again: the item has no
// verdict.
Score checked_score(const Scorer& scorer, const Task& task, const Doc& doc,
                    const Completion& completion, ItemRandom& random) {
  Score score;
  try {
    score = scorer.score(task, doc, completion, random);
  } catch (const Error& error) {
    if (error.code() != Errc::data) throw;
    score.explanation = error.what();  // its outcome is invalid until somebody says otherwise
  }
  if (score.outcome == Outcome::scored && !std::isfinite(score.value)) {
    score.outcome = Outcome::invalid;
    score.explanation = "the score is not a finite number";
  }
  return score;
}

double stored_score(const Score& score) {
  if (score.outcome == Outcome::scored) return score.value;
  return is_counted(score.outcome) ? 0.0 : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Runner::Runner(RunnerContext context, RunnerParts parts)
    : context_(context),
      parts_(std::move(parts)),
      docs_(context.plan.datasets.size()),
      scorings_(context.plan.entries.size()) {}

Generator& Runner::generator(std::uint32_t model) {
  if (model_ != model) {
    const Preparing preparing(context_.counters);
    generator_.reset();  // first: two models may not fit
    model_.reset();
    generator_ = parts_.generator(model);
    generator_->probe();
    model_ = model;
    spdlog::debug("model {} is ready", context_.plan.models.at(model).spec.name);
  }
  return *generator_;
}

const std::vector<Doc>& Runner::docs(std::uint32_t dataset) {
  auto& docs = docs_.at(dataset);
  if (!docs) {
    const Preparing preparing(context_.counters);
    docs = parts_.docs(context_.plan.datasets.at(dataset));
  }
  return *docs;
}

Runner::Scoring& Runner::scoring(std::uint32_t entry) {
  Scoring& scoring = scorings_.at(entry);
  if (!scoring.scorer) {
    scoring.scorer = parts_.scorer(context_.plan.entries.at(entry));
    const std::vector<std::string> names = scoring.scorer->metric_names();
    scoring.metrics = names.size();
    scoring.group = context_.committer.group(names);
  }
  return scoring;
}

void Runner::probe_scorer(std::uint32_t entry) {
  Scoring& scoring = this->scoring(entry);
  if (scoring.probed) return;
  const Preparing preparing(context_.counters);
  scoring.scorer->probe();
  scoring.probed = true;
}

void Runner::probe(const IntervalSet& work) {
  std::vector<bool> needed(context_.plan.models.size(), false);
  for (const Segment& segment : context_.plan.segments()) {
    const Interval items{segment.first, segment.first + segment.tasks * segment.items_per_task()};
    if (!work.intersects(items)) continue;
    needed.at(segment.model) = true;
    static_cast<void>(
        docs(segment.dataset));  // changed docs are refused before rank 0 runs an item
    probe_scorer(segment.entry);
  }
  // Backwards, so that the first model, with which the work begins, is the one that stays.
  for (std::size_t model = needed.size(); model-- > 0;) {
    if (needed[model]) generator(static_cast<std::uint32_t>(model));
  }
}

void Runner::run(ChunkSource& source) {
  while (const auto chunk = source.next()) {
    run_chunk(*chunk);
    if (context_.stop.requested()) return;
  }
}

void Runner::run_chunk(Interval chunk) {
  while (!chunk.empty()) {
    const Task task = context_.plan.task(context_.plan.task_of(chunk.begin));
    const Ordinal end = std::min(chunk.end, task.interval().end);
    const std::uint64_t step = std::max<std::size_t>(generator(task.model).batch_size(task), 1);
    while (chunk.begin < end) {
      if (context_.stop.requested()) return;
      // Batches begin where a task's whole batches do, wherever the chunk begins.
      const std::uint64_t left = step - (chunk.begin - task.first) % step;
      const Interval batch{chunk.begin, std::min(chunk.begin + left, end)};
      run_batch(task, batch);
      chunk.begin = batch.end;
    }
  }
}

void Runner::run_batch(const Task& task, Interval batch) {
  const std::vector<Doc>& docs = this->docs(task.dataset);
  requests_.clear();
  for (Ordinal ordinal = batch.begin; ordinal < batch.end; ++ordinal) {
    const std::uint64_t offset = ordinal - task.first;
    requests_.push_back({ordinal, &task, &docs.at(offset / task.repeats),
                         static_cast<std::uint32_t>(offset % task.repeats)});
  }
  std::vector<Completion> completions = generator(task.model).generate(requests_, context_.stop);
  const bool short_of = completions.size() < requests_.size() && !context_.stop.requested();
  if (short_of || completions.size() > requests_.size()) {
    throw Error(Errc::internal, fmt::format("found {} completions, expected {}", completions.size(),
                                            requests_.size()));
  }
  records_.clear();
  auto handed_over = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < completions.size(); ++i) {
    auto made = record(task, requests_[i], std::move(completions[i]));
    if (!made) break;
    records_.push_back(std::move(*made));
    const auto now = std::chrono::steady_clock::now();
    if (now - handed_over < kHoldRecords) continue;
    hand_over(task);
    handed_over = now;
  }
  hand_over(task);
}

void Runner::hand_over(const Task& task) {
  std::array<std::uint64_t, kOutcomes> outcomes{};
  for (const Record& record : records_) ++outcomes[static_cast<std::size_t>(record.outcome)];
  // Counted before they are handed over, so that `committed` never runs ahead of `done`.
  context_.counters.add_done(records_.size(), outcomes);
  context_.committer.add(scoring(task.entry).group, records_);
  records_.clear();
}

std::optional<Record> Runner::record(const Task& task, const Request& request,
                                     Completion completion) {
  probe_scorer(task.entry);
  const Scoring& scoring = this->scoring(task.entry);
  Record record;
  record.ordinal = request.ordinal;
  record.finish_reason = completion.finish_reason;
  record.tokens_in = completion.tokens_in;
  record.tokens_out = completion.tokens_out;
  record.seconds = completion.seconds;
  record.attempt = context_.before.next_attempt(request.ordinal);
  Score score;
  score.outcome = completion.outcome;
  score.explanation = completion.error;
  if (completion.outcome == Outcome::scored) {
    ItemRandom random(context_.plan.seed, request.ordinal);
    score = checked_score(*scoring.scorer, task, *request.doc, completion, random);
    if (score.abandoned) return std::nullopt;
    record.seconds += score.seconds;
  }
  record.outcome = score.outcome;
  record.score = stored_score(score);
  // A failed item has no figures, but its row has every column.
  if (score.metrics.empty()) score.metrics.resize(scoring.metrics, std::nanf(""));
  if (score.metrics.size() != scoring.metrics) {
    throw Error(Errc::internal, fmt::format("found {} metrics, expected {}", score.metrics.size(),
                                            scoring.metrics));
  }
  record.metrics = std::move(score.metrics);
  text_of(record, Text::completion) = std::move(completion.text);
  text_of(record, Text::answer) = std::move(score.answer);
  text_of(record, Text::error) = std::move(score.explanation);
  text_of(record, Text::session) = std::move(completion.session);
  return record;
}

void Runner::on_complete() { context_.committer.flush(); }

}  // namespace tally::worker
