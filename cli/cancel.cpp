#include "launcher/cancel.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/arguments.hpp"
#include "cli/verbs.hpp"
#include "core/base/error.hpp"
#include "core/base/json_writer.hpp"

namespace tally::cli {
namespace {

constexpr std::int64_t kMaxWaitSeconds = 86'400;

struct Options {
  std::filesystem::path run;
  std::int64_t wait_seconds = 60;
  bool json = false;
};

const char* text_of(launcher::Cancelled outcome) {
  switch (outcome) {
    case launcher::Cancelled::nothing_running:
      return "nothing running";
    case launcher::Cancelled::ended:
      return "ended";
    case launcher::Cancelled::still_ending:
      break;
  }
  return "still ending";
}

int cancel(const Options& options) {
  const RunDir run = RunDir::open(options.run);
  const auto outcome = launcher::cancel_run(run, std::chrono::seconds(options.wait_seconds));
  if (options.json) {
    JsonWriter json;
    json.begin_object().key("run").value(run.root().string());
    json.key("outcome").value(text_of(outcome)).end_object();
    print_line(json.text());
  } else {
    print_line(text_of(outcome));
  }
  return outcome == launcher::Cancelled::still_ending ? static_cast<int>(Errc::incomplete) : 0;
}

}  // namespace

void add_cancel(CLI::App& app, Action& chosen) {
  CLI::App* const command =
      app.add_subcommand("cancel", "End a running launch: its ranks commit what they have");
  const auto options = std::make_shared<Options>();
  add_run(*command, options->run);
  command->add_option("--wait", options->wait_seconds, "Seconds to wait for the end (default: 60)")
      ->type_name("S")
      ->check(CLI::Range(std::int64_t{0}, kMaxWaitSeconds));
  add_json(*command, options->json);
  command->callback([&chosen, options] { chosen = [options] { return cancel(*options); }; });
}

}  // namespace tally::cli
