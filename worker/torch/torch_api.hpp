#pragma once
#include <cstddef>
#include <cstdint>

// The boundary to the LibTorch module. Only C crosses it: an upstream LibTorch may have been built
// for another standard-library ABI than ours, and the module is built to match it.

extern "C" {

/// Raised whenever a struct below changes: worker and module must agree.
inline constexpr std::uint32_t kTallyTorchVersion = 1;

/// A loaded model. Used from one thread.
struct TallyTorchModel;

struct TallyTorchOptions {
  const void* bytes = nullptr;  ///< The TorchScript archive; borrowed during open() only.
  std::size_t size = 0;
  const char* device = "auto";   ///< auto | cpu | cuda | cuda:<i>.
  std::uint32_t local_rank = 0;  ///< auto: picks the GPU.
  std::uint32_t threads = 1;     ///< Of one operation.
  std::uint32_t batch = 1;       ///< Rows of every forward pass.
};

/// Why a call failed.
struct TallyTorchFailure {
  int code = 0;            ///< A tally::Errc.
  char message[512] = {};  ///< Zero-terminated; the first line of LibTorch's own.
};

/// Calls return nullptr after a failure, and never throw.
struct TallyTorchApi {
  std::uint32_t version;
  TallyTorchModel* (*open)(const TallyTorchOptions*, TallyTorchFailure*);
  void (*close)(TallyTorchModel*);
  /// The input, [batch, features] row-major floats. Owned by the model; stays until `features`
  /// changes. The caller writes every row before each forward().
  float* (*input)(TallyTorchModel*, std::size_t features, TallyTorchFailure*);
  /// One pass over the whole input. Returns [batch, *classes] floats, owned by the model until the
  /// next call.
  const float* (*forward)(TallyTorchModel*, std::size_t* classes, TallyTorchFailure*);
};

/// The module's only exported symbol.
const TallyTorchApi* tally_torch_api();

}  // extern "C"
