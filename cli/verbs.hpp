#pragma once
#include <functional>

namespace CLI {
class App;
}

namespace tally::cli {

/// What the command line chose: runs the verb and returns the exit code.
using Action = std::function<int()>;

// Each adds one verb to `app`. When the verb is on the command line, parsing stores its action in
// `chosen`; nothing runs while parsing.
void add_plan(CLI::App& app, Action& chosen);
void add_launch(CLI::App& app, Action& chosen);
void add_element(CLI::App& app, Action& chosen);
void add_resume(CLI::App& app, Action& chosen);
void add_status(CLI::App& app, Action& chosen);
void add_logs(CLI::App& app, Action& chosen);
void add_cancel(CLI::App& app, Action& chosen);
void add_verify(CLI::App& app, Action& chosen);
void add_compare(CLI::App& app, Action& chosen);
void add_gate(CLI::App& app, Action& chosen);
void add_schema(CLI::App& app, Action& chosen);

}  // namespace tally::cli
