// save_modules OUT_DIR: the TorchScript archives that the tests load.

#include <torch/script.h>

#include <filesystem>

namespace {

// 64 features, 37 hidden units, 10 classes: no size is a multiple of a vector register's.
torch::jit::Module mlp() {
  torch::manual_seed(1);
  torch::jit::Module module("Mlp");
  module.register_parameter("w1", torch::randn({64, 37}), false);
  module.register_parameter("w2", torch::randn({37, 10}), false);
  module.define(R"(
def forward(self, x):
    return torch.matmul(torch.relu(torch.matmul(x, self.w1)), self.w2)
)");
  return module;
}

torch::jit::Module one_number_per_row() {
  torch::jit::Module module("Sum");
  module.define("def forward(self, x):\n    return x.sum(1)\n");
  return module;
}

torch::jit::Module no_tensor() {
  torch::jit::Module module("Number");
  module.define("def forward(self, x):\n    return 1\n");
  return module;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  const std::filesystem::path folder = argv[1];
  mlp().save((folder / "mlp.pt").string());
  one_number_per_row().save((folder / "sum.pt").string());
  no_tensor().save((folder / "number.pt").string());
  return 0;
}
