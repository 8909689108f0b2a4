#pragma once
#include "worker/torch/torch_api.hpp"

namespace tally::worker {

/// The LibTorch module, loaded at the first call and never unloaded: linking LibTorch would cost
/// every rank half a second, also those that need no tensor. Looked for beside the executable, then
/// in
/// ../lib/tally. Its OpenBLAS, if it has one, is told to use `threads`; another BLAS is warned of
/// once. Thread-safe. Throws Error(missing) when there is no module or LibTorch does not load,
/// Error(data) when the module is of another version.
[[nodiscard]] const TallyTorchApi& load_torch(unsigned threads);

}  // namespace tally::worker
