#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/config/run_config.hpp"
#include "launcher/geometry.hpp"

namespace CLI {
class App;
}

namespace tally::cli {

inline constexpr std::uint32_t kMaxElement = 999'999;  ///< The largest index of an element.

/// RUN.YAML [a.b=v ...] [-O a.b=v] [--limit N]: what to plan.
struct ConfigArguments {
  std::filesystem::path config;
  std::vector<std::string> bare;     ///< Hydra's way: after the config, without -O.
  std::vector<std::string> options;  ///< -O, wins over bare ones.
  std::uint64_t limit = 0;
  void add_to(CLI::App& command);
  /// Throws Error(usage).
  [[nodiscard]] std::vector<Override> overrides() const;
};

/// [--workers N] [--sequential]: how many ranks at once. `wish.elements` is left to the verb.
void add_workers(CLI::App& command, launcher::GeometryWish& wish);
/// --on local|slurm.
void add_backend(CLI::App& command, std::string& backend, const char* help);
void add_json(CLI::App& command, bool& json);
/// The positional RUN.
void add_run(CLI::App& command, std::filesystem::path& run);

/// Prints data to stdout with a line end.
void print_line(const std::string& text);

}  // namespace tally::cli
