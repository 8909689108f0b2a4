#include "worker/generators/torchscript.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "worker/generators/torch_loader.hpp"

namespace tally::worker {
namespace {

std::string read_weights(const PlannedModel& model) {
  std::string bytes = read_text(model.file, std::numeric_limits<std::uint64_t>::max());
  const Digest found = sha256(bytes);
  if (found != model.digest) {
    throw Error(Errc::data, fmt::format("found {}, expected {}", found.hex(), model.digest.hex()),
                {model.file, "sha256", 0});
  }
  return bytes;
}

Completion failed(const std::string& what) {
  Completion completion;
  completion.outcome = Outcome::generation_error;
  completion.finish_reason = FinishReason::error;
  completion.error = what;
  return completion;
}

}  // namespace

TorchScript::TorchScript(TorchScriptOptions options) : options_(std::move(options)) {}

TorchScript::~TorchScript() = default;

// Repeats share a row, so a full pass takes that many more requests; not without bound, for a stop
// comes between calls.
std::size_t TorchScript::batch_size(const Task& task) const {
  return std::size_t{options_.model.spec.batch} * std::min(task.repeats, 1024U);
}

void TorchScript::probe() {
  if (model_) return;
  const std::string bytes = read_weights(options_.model);
  api_ = &load_torch(options_.threads);
  TallyTorchOptions how;
  how.bytes = bytes.data();
  how.size = bytes.size();
  how.device = options_.model.spec.device.c_str();
  how.local_rank = options_.local_rank;
  how.threads = options_.threads;
  how.batch = options_.model.spec.batch;
  TallyTorchFailure failure;
  model_ = {api_->open(&how, &failure), api_->close};
  if (!model_) {
    throw Error(static_cast<Errc>(failure.code),
                fmt::format("model '{}': {}", options_.model.spec.name, failure.message),
                {options_.model.file, {}, 0});
  }
}

std::vector<Completion> TorchScript::generate(std::span<const Request> requests,
                                              const StopFlag& stop) {
  probe();
  std::vector<Completion> out;
  out.reserve(requests.size());
  while (out.size() < requests.size() && !stop.requested()) {
    run(requests, next_batch(requests, out.size()), out);
  }
  return out;
}

// The requests whose docs have their places in one pass.
TorchScript::Batch TorchScript::next_batch(std::span<const Request> requests,
                                           std::size_t first) const {
  Batch batch;
  batch.first = first;
  const std::uint64_t size = options_.model.spec.batch;
  const auto place = [](const Request& request) {
    return (request.ordinal - request.task->first) / request.task->repeats;
  };
  const std::uint64_t pass = place(requests[first]) / size;
  const std::size_t features = requests[first].doc->features.size();
  std::vector<const Doc*> rows(size, nullptr);
  for (const Request& request : requests.subspan(first)) {
    if (place(request) / size != pass || request.doc->features.size() != features) break;
    const std::size_t row = place(request) % size;
    if (rows[row] != nullptr && rows[row] != request.doc) break;  // of another task
    rows[row] = request.doc;
    batch.rows.push_back(row);
  }
  return batch;
}

void TorchScript::run(std::span<const Request> requests, const Batch& batch,
                      std::vector<Completion>& out) {
  const auto start = std::chrono::steady_clock::now();
  const std::size_t features = requests[batch.first].doc->features.size();
  TallyTorchFailure failure;
  std::size_t classes = 0;
  const float* logits = nullptr;
  if (float* const input = api_->input(model_.get(), features, &failure); input != nullptr) {
    std::fill_n(input, std::size_t{options_.model.spec.batch} * features, 0.0F);
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
      std::ranges::copy(requests[batch.first + i].doc->features, input + batch.rows[i] * features);
    }
    logits = api_->forward(model_.get(), &classes, &failure);
  }
  const std::chrono::duration<float> wall = std::chrono::steady_clock::now() - start;
  for (const std::size_t row : batch.rows) {
    Completion completion;
    if (logits == nullptr) {
      completion = failed(fmt::format("forward: {}", failure.message));
    } else {
      completion.finish_reason = FinishReason::stop;
      completion.logits.assign(logits + row * classes, logits + (row + 1) * classes);
    }
    completion.seconds = wall.count() / static_cast<float>(batch.rows.size());
    out.push_back(std::move(completion));
  }
}

}  // namespace tally::worker
