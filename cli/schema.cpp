#include <CLI/CLI.hpp>
#include <memory>

#include "cli/arguments.hpp"
#include "cli/verbs.hpp"
#include "core/config/run_config.hpp"

namespace tally::cli {

void add_schema(CLI::App& app, Action& chosen) {
  CLI::App* const command =
      app.add_subcommand("schema", "Print the JSON Schema of run.yaml, for editors");
  const auto markdown = std::make_shared<bool>(false);
  const auto json = std::make_shared<bool>(false);
  CLI::Option* const page =
      command->add_flag("--markdown", *markdown, "Print the reference page instead");
  command->add_flag("--json", *json, "Print the JSON Schema (the default)")->excludes(page);
  command->callback([&chosen, markdown, json] {
    chosen = [markdown] {
      print_line(*markdown ? run_config_reference() : run_config_schema());
      return 0;
    };
  });
}

}  // namespace tally::cli
