#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "worker/generator.hpp"
#include "worker/generators/replay.hpp"
#include "worker/generators/torchscript.hpp"

namespace tally::worker {
namespace {

std::unique_ptr<Generator> make_torchscript(const Plan& plan, std::uint32_t model,
                                            std::uint32_t local_rank) {
  TorchScriptOptions options;
  options.model = plan.models[model];
  options.local_rank = local_rank;
  options.threads = plan.submit.resources.cpus_per_rank;
  return std::make_unique<TorchScript>(std::move(options));
}

std::unique_ptr<Generator> make_replay(const Plan& plan, std::uint32_t model) {
  std::vector<std::uint32_t> datasets;
  std::vector<std::string> slugs;
  std::vector<std::vector<std::string>> id_keys;
  for (const Segment& segment : plan.segments()) {
    if (segment.model != model || std::ranges::count(datasets, segment.dataset) > 0) continue;
    datasets.push_back(segment.dataset);
    const DatasetSpec& spec = plan.datasets[segment.dataset].spec;
    slugs.push_back(spec.slug);
    id_keys.push_back(lm_eval_id_keys(spec));
  }
  return std::make_unique<Replay>(plan.models[model], std::move(datasets), std::move(slugs),
                                  std::move(id_keys));
}

}  // namespace

// A new generator is one line here and one enumerator in core/config/run_config.hpp.
std::unique_ptr<Generator> make_generator(const Plan& plan, std::uint32_t model,
                                          std::uint32_t local_rank) {
  switch (plan.models[model].spec.backend) {
    case ModelBackend::torchscript:
      return make_torchscript(plan, model, local_rank);
    case ModelBackend::replay:
      return make_replay(plan, model);
  }
  throw Error(Errc::config, fmt::format("backend: found number {}, expected one that is registered "
                                        "in worker/generators/registry.cpp",
                                        static_cast<int>(plan.models[model].spec.backend)));
}

}  // namespace tally::worker
