#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/config/run_config.hpp"

namespace tally {

/// What a submission may change of a run: where and how it runs, never what is computed.
struct SubmitSpec {
  ResourcesSpec resources;
  SlurmSpec slurm;
};

/// One JSON object {"resources": {...}, "slurm": {...}}, a function of `spec` alone.
[[nodiscard]] std::string submit_spec_json(const SubmitSpec& spec);

/// Reads it back, with overrides like `slurm.partition=long`. Relative paths in overrides are
/// resolved against the working directory. Throws Error(config) that names `file`.
[[nodiscard]] SubmitSpec parse_submit_spec(const std::string& json,
                                           const std::filesystem::path& file,
                                           const std::vector<Override>& overrides = {});

}  // namespace tally
