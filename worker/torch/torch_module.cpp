#include <ATen/Parallel.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/cuda.h>
#include <torch/script.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "worker/torch/torch_api.hpp"

// The only file of the worker that sees LibTorch. Exit codes are repeated here as numbers because
// the module links nothing of ours (see torch_api.hpp).

namespace {

constexpr int kData = 65;
constexpr int kUnavailable = 69;
constexpr int kInternal = 70;

/// Reads an archive from memory, without the copy a string stream would make.
class MemoryReader : public caffe2::serialize::ReadAdapterInterface {
 public:
  MemoryReader(const void* bytes, std::size_t size)
      : bytes_(static_cast<const char*>(bytes)), size_(size) {}
  [[nodiscard]] std::size_t size() const override { return size_; }
  std::size_t read(std::uint64_t from, void* out, std::size_t count,
                   const char* /*what*/) const override {
    if (from >= size_) return 0;
    const std::size_t length = std::min<std::size_t>(count, size_ - from);
    std::memcpy(out, bytes_ + from, length);
    return length;
  }

 private:
  const char* bytes_;
  std::size_t size_;
};

/// What went wrong, with the exit code it means.
class Failed : public std::runtime_error {
 public:
  Failed(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  int code_;
};

void report(TallyTorchFailure* failure, int code, std::string_view message) noexcept {
  const std::string_view line = message.substr(0, message.find('\n'));
  const std::size_t length = std::min(line.size(), sizeof(failure->message) - 1);
  std::memcpy(failure->message, line.data(), length);
  failure->message[length] = '\0';
  failure->code = code;
}

// TorchScript puts its own stack trace first; what went wrong stands on the last line with text.
std::string_view last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  const auto newline = text.rfind('\n');
  return newline == std::string_view::npos ? text : text.substr(newline + 1);
}

/// Runs `body`; whatever it throws becomes `failure` with `code`, unless it names its own.
template <class Body>
auto guarded(TallyTorchFailure* failure, int code, const Body& body) noexcept -> decltype(body()) {
  try {
    return body();
  } catch (const Failed& error) {
    report(failure, error.code(), error.what());
  } catch (const c10::Error& error) {
    report(failure, code, error.what_without_backtrace());
  } catch (const std::exception& error) {
    report(failure, code, last_line(error.what()));
  } catch (...) {
    report(failure, kInternal, "found an exception of unknown type, expected none");
  }
  return nullptr;
}

c10::Device pick_device(const TallyTorchOptions& options) {
  const std::string_view name = options.device;
  const std::size_t gpus = torch::cuda::is_available() ? torch::cuda::device_count() : 0;
  if (name == "cpu" || (name == "auto" && gpus == 0)) return c10::Device(c10::kCPU);
  if (gpus == 0) {
    throw Failed(kUnavailable, c10::str("found no CUDA device, expected ", options.device));
  }
  if (name == "auto") {
    return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(options.local_rank % gpus));
  }
  return c10::Device(std::string(name));
}

// Once per process: LibTorch refuses a second call for the pool between operations.
void set_threads(std::uint32_t threads) {
  static std::once_flag once;
  std::call_once(once, [&] {
    at::set_num_threads(static_cast<int>(threads));
    at::set_num_interop_threads(1);
  });
}

}  // namespace

struct TallyTorchModel {
  torch::jit::Module module;
  c10::Device device{c10::kCPU};
  std::int64_t batch = 1;
  torch::Tensor input;   // on the CPU, [batch, features]
  torch::Tensor output;  // on the CPU, [batch, classes], contiguous
};

namespace {

TallyTorchModel* open_model(const TallyTorchOptions* options, TallyTorchFailure* failure) {
  return guarded(failure, kData, [&]() -> TallyTorchModel* {
    set_threads(options->threads);
    auto model = std::make_unique<TallyTorchModel>();
    model->device = pick_device(*options);
    model->batch = options->batch;
    model->module = torch::jit::load(std::make_shared<MemoryReader>(options->bytes, options->size),
                                     model->device);
    model->module.eval();
    return model.release();
  });
}

void close_model(TallyTorchModel* model) {
  delete model;  // NOLINT(cppcoreguidelines-owning-memory): the C boundary has no other way
}

float* model_input(TallyTorchModel* model, std::size_t features, TallyTorchFailure* failure) {
  return guarded(failure, kData, [&]() -> float* {
    const auto columns = static_cast<std::int64_t>(features);
    if (!model->input.defined() || model->input.size(1) != columns) {
      model->input = torch::zeros({model->batch, columns}, torch::kFloat32);
    }
    return model->input.data_ptr<float>();
  });
}

// The profiling executor would run the first passes by other code than the later ones, and fused
// code rounds differently: an item's logits must not depend on how many came before it.
const float* forward(TallyTorchModel* model, std::size_t* classes, TallyTorchFailure* failure) {
  return guarded(failure, kData, [&]() -> const float* {
    const c10::InferenceMode inference;
    const torch::jit::GraphOptimizerEnabledGuard no_optimizer(false);
    const c10::IValue result = model->module.forward({model->input.to(model->device)});
    if (!result.isTensor()) throw Failed(kData, "found no tensor, expected [batch, classes]");
    model->output = result.toTensor().to(torch::kCPU, torch::kFloat32).contiguous();
    if (model->output.dim() != 2 || model->output.size(0) != model->batch) {
      throw Failed(kData, c10::str("found shape ", model->output.sizes(), ", expected [",
                                   model->batch, ", classes]"));
    }
    *classes = static_cast<std::size_t>(model->output.size(1));
    return model->output.data_ptr<float>();
  });
}

}  // namespace

const TallyTorchApi* tally_torch_api() {
  static const TallyTorchApi kApi{kTallyTorchVersion, open_model, close_model, model_input,
                                  forward};
  return &kApi;
}
