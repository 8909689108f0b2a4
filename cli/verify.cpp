#include "launcher/verify.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "cli/arguments.hpp"
#include "cli/verbs.hpp"
#include "core/base/error.hpp"

namespace tally::cli {
namespace {

struct Options {
  std::filesystem::path run;
  std::optional<std::uint32_t> element;
  bool json = false;
};

int verify_element(const Options& options) {
  const launcher::ElementReport report =
      launcher::verify_element(options.run, ElementId(*options.element));
  print_line(options.json ? launcher::element_json(report) : launcher::element_text(report));
  return report.to_do == 0 ? 0 : static_cast<int>(Errc::incomplete);
}

int verify(const Options& options) {
  if (options.element) return verify_element(options);
  const launcher::VerifyReport report = launcher::verify_run(RunDir::open(options.run));
  print_line(options.json ? launcher::verify_json(report) : launcher::verify_text(report));
  return report.bad.empty() ? 0 : static_cast<int>(Errc::data);
}

}  // namespace

void add_verify(CLI::App& app, Action& chosen) {
  CLI::App* const command =
      app.add_subcommand("verify", "Hash every shard and result of a run; name what is bad");
  const auto options = std::make_shared<Options>();
  add_run(*command, options->run);
  command
      ->add_option("--element", options->element, "Only say whether this element is done (75: no)")
      ->type_name("I")
      ->check(CLI::Range(0U, kMaxElement));
  add_json(*command, options->json);
  command->callback([&chosen, options] { chosen = [options] { return verify(*options); }; });
}

}  // namespace tally::cli
