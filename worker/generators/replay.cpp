#include "worker/generators/replay.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"

namespace tally::worker {

Replay::Replay(PlannedModel model, std::vector<std::uint32_t> datasets,
               std::vector<std::string> slugs, std::vector<std::vector<std::string>> id_keys)
    : model_(std::move(model)),
      datasets_(std::move(datasets)),
      slugs_(std::move(slugs)),
      id_keys_(std::move(id_keys)) {}

void Replay::probe() {
  const Digest found = sha256_file(model_.file);
  if (found == model_.digest) return;
  throw Error(Errc::data, fmt::format("found {}, expected {}", found.hex(), model_.digest.hex()),
              {model_.file, "sha256", 0});
}

void Replay::load() {
  const ReplaySource source{
      model_.file, model_.spec.name, slugs_, model_.spec.duplicates, model_.spec.sample_index,
      id_keys_};
  index_ = std::make_unique<ReplayIndex>(source);
  if (index_->size() == 0 && index_->skipped() > 0) {
    spdlog::warn("{}: all {} lines name another model or dataset than '{}' and {}",
                 model_.file.string(), index_->skipped(), model_.spec.name, source.dataset_names());
  }
}

Completion Replay::replay(const Request& request) const {
  Completion completion;
  const auto dataset = std::ranges::find(datasets_, request.task->dataset);
  const ReplayEntry* const entry =
      dataset == datasets_.end()
          ? nullptr
          : index_->find(static_cast<std::uint32_t>(dataset - datasets_.begin()), request.doc->id,
                         request.repeat);
  if (entry == nullptr) {
    completion.outcome = Outcome::generation_error;
    completion.finish_reason = FinishReason::error;
    completion.error =
        fmt::format("{}: doc '{}' repeat {}: found no completion", model_.file.filename().string(),
                    request.doc->id, request.repeat);
    return completion;
  }
  completion.outcome = entry->error.empty() ? Outcome::scored : Outcome::generation_error;
  completion.finish_reason = entry->finish_reason;
  completion.text = entry->text;
  completion.error = entry->error;
  completion.loglikelihoods = unpack_doubles(entry->loglikelihoods);
  completion.of_letters = entry->of_letters;
  completion.tokens_in = entry->tokens_in;
  completion.tokens_out = entry->tokens_out;
  return completion;
}

std::vector<Completion> Replay::generate(std::span<const Request> requests, const StopFlag& stop) {
  if (!index_) load();
  std::vector<Completion> out;
  out.reserve(requests.size());
  for (const Request& request : requests) {
    if (stop.requested()) break;
    out.push_back(replay(request));
  }
  return out;
}

}  // namespace tally::worker
