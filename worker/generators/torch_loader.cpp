#include "worker/generators/torch_loader.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>
#include <spdlog/spdlog.h>

#include <array>
#include <filesystem>
#include <string>
#include <system_error>

#include "core/base/error.hpp"

namespace tally::worker {
namespace {

constexpr const char* kModule = "tally_torch.so";

std::filesystem::path find_module() {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::array candidates{folder / kModule, folder.parent_path() / "lib/tally" / kModule};
  for (const auto& candidate : candidates) {
    std::error_code ignored;
    if (std::filesystem::exists(candidate, ignored)) return candidate;
  }
  throw Error(Errc::missing,
              fmt::format("{}: found none, expected it in {} or {} (is Tally built with LibTorch?)",
                          kModule, folder.string(), candidates[1].parent_path().string()));
}

// What the loaded libraries say about the BLAS in use. A distribution switches BLAS by a link, so
// the link's target counts, not the name that was loaded.
struct Blas {
  bool reference = false;
  bool fast = false;
};

int note_library(dl_phdr_info* info, std::size_t /*size*/, void* data) {
  auto& blas = *static_cast<Blas*>(data);
  if (info->dlpi_name == nullptr || *info->dlpi_name == '\0') return 0;
  std::error_code failed;
  const auto real = std::filesystem::canonical(info->dlpi_name, failed);
  const std::string path = failed ? std::string(info->dlpi_name) : real.string();
  for (const char* const name : {"openblas", "mkl", "blis", "atlas", "armpl"}) {
    if (path.find(name) != std::string::npos) blas.fast = true;
  }
  if (std::filesystem::path(path).filename().string().starts_with("libblas.so")) {
    blas.reference = true;
  }
  return 0;
}

void warn_of_slow_blas() {
  Blas blas;
  dl_iterate_phdr(note_library, &blas);
  if (blas.reference && !blas.fast) {
    spdlog::warn(
        "LibTorch uses the reference BLAS, which is about 10 times slower than OpenBLAS; "
        "install libopenblas0");
  }
}

const TallyTorchApi* open_module(unsigned threads) {
  const auto file = find_module();
  // Never closed: LibTorch registers itself in ways that do not survive unloading.
  void* const module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    throw Error(Errc::missing, fmt::format("found no way to load it: {}", ::dlerror()),
                {file, {}, 0});
  }
  const auto entry =
      reinterpret_cast<decltype(&tally_torch_api)>(::dlsym(module, "tally_torch_api"));
  const TallyTorchApi* const api = entry == nullptr ? nullptr : entry();
  if (api == nullptr || api->version != kTallyTorchVersion) {
    throw Error(Errc::data,
                fmt::format("found version {}, expected {}", api == nullptr ? 0 : api->version,
                            kTallyTorchVersion),
                {file, {}, 0});
  }
  // LibTorch's own setting does not reach OpenBLAS's threads, and ranks would fight over the cores.
  if (void* const symbol = ::dlsym(module, "openblas_set_num_threads"); symbol != nullptr) {
    reinterpret_cast<void (*)(int)>(symbol)(static_cast<int>(threads));
  }
  warn_of_slow_blas();
  return api;
}

}  // namespace

const TallyTorchApi& load_torch(unsigned threads) {
  static const TallyTorchApi* const kApi = open_module(threads);
  return *kApi;
}

}  // namespace tally::worker
