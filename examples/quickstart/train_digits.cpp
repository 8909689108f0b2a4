// train-digits DATA.csv.gz OUT_DIR
//
// Trains three classifiers of handwritten digits on the first 1000 rows and saves them as
// TorchScript: OUT_DIR/small.pt, medium.pt and large.pt. In order: 1) read the rows; 2) train each
// network by stochastic gradient descent with momentum, from a fixed seed and on one thread, so the
// same machine gives the same weights; 3) put the weights into a scripted module that scales the
// pixels itself.

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/script.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/tool_main.hpp"
#include "core/dataset/dataset.hpp"

namespace {

constexpr std::int64_t kPixels = 64;
constexpr std::int64_t kDigits = 10;
constexpr double kBrightest = 16.0;  // pixels are 0..16

struct Samples {
  torch::Tensor pixels;  // [rows, 64], as in the file
  torch::Tensor digits;  // [rows], 0..9
};

Samples read_samples(const std::filesystem::path& file) {
  tally::DatasetSpec spec;
  spec.format = tally::DatasetFormat::csv;
  spec.input = "0-63";
  spec.target = "64";
  spec.rows = "0-999";
  const std::vector<tally::Doc> docs = tally::read_docs(spec, file, 0);
  const auto rows = static_cast<std::int64_t>(docs.size());
  Samples samples{torch::empty({rows, kPixels}), torch::empty({rows}, torch::kInt64)};
  float* pixel = samples.pixels.data_ptr<float>();
  std::int64_t* digit = samples.digits.data_ptr<std::int64_t>();
  for (const tally::Doc& doc : docs) {
    pixel = std::ranges::copy(doc.features, pixel).out;
    *digit++ = std::stoll(doc.target);
  }
  return samples;
}

// One hidden layer. The order is that of the parameters in forward().
struct Network {
  std::array<torch::Tensor, 4> parameters;

  explicit Network(std::int64_t hidden)
      : parameters{torch::randn({kPixels, hidden}) / 8.0, torch::zeros({hidden}),
                   torch::randn({hidden, kDigits}) / 8.0, torch::zeros({kDigits})} {
    for (torch::Tensor& parameter : parameters) parameter.requires_grad_(true);
  }
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& pixels) const {
    const auto& [w1, b1, w2, b2] = parameters;
    return torch::addmm(b2, torch::relu(torch::addmm(b1, pixels / kBrightest, w1)), w2);
  }
};

void step(Network& network, std::array<torch::Tensor, 4>& velocity) {
  constexpr double kRate = 0.05;
  constexpr double kMomentum = 0.9;
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < network.parameters.size(); ++i) {
    torch::Tensor& parameter = network.parameters[i];
    velocity[i] = velocity[i] * kMomentum - parameter.grad() * kRate;
    parameter += velocity[i];
    parameter.mutable_grad().reset();
  }
}

Network train(const Samples& samples, std::int64_t hidden) {
  constexpr int kEpochs = 40;
  constexpr std::int64_t kBatch = 50;
  torch::manual_seed(1998);
  Network network(hidden);
  std::array<torch::Tensor, 4> velocity;
  for (std::size_t i = 0; i < velocity.size(); ++i) {
    velocity[i] = torch::zeros_like(network.parameters[i]);
  }
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    for (const torch::Tensor& rows : torch::randperm(samples.digits.size(0)).split(kBatch)) {
      const auto logits = network.forward(samples.pixels.index_select(0, rows));
      const auto digits = samples.digits.index_select(0, rows).unsqueeze(1);
      torch::log_softmax(logits, 1).gather(1, digits).mean().neg().backward();
      step(network, velocity);
    }
  }
  return network;
}

// A C++ module cannot be scripted, so its forward() is written again as TorchScript.
void save(const Network& network, const std::filesystem::path& file) {
  constexpr std::array<const char*, 4> kNames{"w1", "b1", "w2", "b2"};
  torch::jit::Module module("Mlp");
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    module.register_parameter(kNames[i], network.parameters[i].detach(), false);
  }
  module.define(R"(
def forward(self, x):
    hidden = torch.relu(torch.addmm(self.b1, x / 16.0, self.w1))
    return torch.addmm(self.b2, hidden, self.w2)
)");
  module.save(file.string());
}

int run(int argc, char** argv) {
  if (argc != 3) {
    throw tally::Error(tally::Errc::usage, "found other arguments, expected DATA.csv.gz OUT_DIR");
  }
  const std::filesystem::path folder = argv[2];
  at::set_num_threads(1);
  const Samples samples = read_samples(argv[1]);
  std::filesystem::create_directories(folder);
  struct Size {
    const char* name;
    std::int64_t hidden;
  };
  for (const Size size : {Size{"small", 4}, Size{"medium", 16}, Size{"large", 64}}) {
    const auto file = folder / fmt::format("{}.pt", size.name);
    save(train(samples, size.hidden), file);
    fmt::print(stderr, "{}: {} hidden units\n", file.string(), size.hidden);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return tally::tool_main("train-digits", [&] { return run(argc, argv); });
}
