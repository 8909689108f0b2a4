#include "worker/scorers/external.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/config/evaluators.hpp"
#include "core/config/scalars.hpp"
#include "worker/scorers/external_protocol.hpp"
#include "worker/scorers/line_child.hpp"

namespace tally::worker {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWall{60'000};
constexpr int kTries = 2;  // of one request, each with a child that was in step before
constexpr std::size_t kLogged = 65536;

// A log line of a stranger must not move the terminal's cursor.
std::string harmless(std::string_view line) {
  std::string text(line);
  std::ranges::replace_if(
      text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; },
      '?');
  return text;
}

// Below 2^53: every language reads it as it is.
std::uint64_t seed_of(ItemRandom& random) {
  const std::uint64_t high = random.next_u32();
  return ((high << 32U) | random.next_u32()) >> 11U;
}

}  // namespace

/// The child of one rank and entry, and what is to be known of it from one item to the next.
class External::Session {
 public:
  explicit Session(const ScorerContext& context)
      : entry_(context.entry), stop_(context.stop), columns_(metric_columns(context.entry)) {}

  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }

  void check_files() const {
    for (std::size_t i = 0; i < entry_.command_sha256.size(); ++i) {
      const std::string& wanted = entry_.command_sha256[i];
      if (wanted.empty()) continue;
      const std::string found = sha256_file(entry_.command[i]).hex();
      if (found == wanted) continue;
      throw Error(
          Errc::data,
          fmt::format("found {} in {}, expected {} as planned", found, entry_.command[i], wanted),
          {{}, fmt::format("tasks.{}.command[{}]", entry_.name, i), 0});
    }
  }

  /// False when a stop was requested before there was a child in step.
  [[nodiscard]] bool ready() {
    if (child_ && !child_->quiet()) drop("it ended or spoke without being asked");
    return child_ || start();
  }

  [[nodiscard]] Score ask(const Task& task, const Doc& doc, const Completion& completion,
                          std::uint64_t seed) {
    std::string problem;
    for (int tries = 0; tries < kTries; ++tries) {
      if (!ready()) return abandoned();
      const std::uint64_t id = next_id_++;
      const auto answer =
          child_->exchange(request_line({id, seed, entry_, task, doc, completion}), wall(), stop_);
      if (answer.ending == LineChild::Ending::line) {
        ExternalReply reply = parse_reply(answer.line, id, columns_);
        if (reply.in_step) return std::move(reply.score);
        problem = "reply: " + reply.problem;
      } else {
        problem = problem_of(answer.ending);
      }
      drop(problem);
      if (answer.ending == LineChild::Ending::stopped) return abandoned();
      if (answer.ending == LineChild::Ending::timeout) break;  // it had its time
    }
    if (stop_.requested()) return abandoned();  // which may be why it ended
    return unscored(Outcome::infra_error, "external scorer: " + problem);
  }

 private:
  static Score abandoned() {
    Score score;
    score.abandoned = true;
    return score;
  }

  [[nodiscard]] milliseconds wall() const {
    return entry_.limits.wall.count() == 0 ? kWall : entry_.limits.wall;
  }

  [[nodiscard]] bool start() {
    last_error_.clear();
    child_ = std::make_unique<LineChild>(
        LineChild::Options{entry_.command, entry_.limits.output,
                           [this](std::string_view line) { log_error_line(line); }});
    const auto hello = child_->exchange({}, wall(), stop_);
    // A signal that asks us to stop may have ended the child.
    if (hello.ending != LineChild::Ending::line && stop_.requested()) {
      child_.reset();
      return false;
    }
    if (hello.ending != LineChild::Ending::line) {
      const std::string problem = problem_of(hello.ending);
      child_.reset();  // the rest of its stderr comes with it
      fail(Errc::unavailable, fmt::format("expected a hello, but {}{}{}", problem,
                                          last_error_.empty() ? "" : ": ", last_error_));
    }
    if (const std::string problem = hello_problem(hello.line, columns_); !problem.empty()) {
      child_.reset();
      fail(Errc::config, "hello: " + problem);
    }
    return true;
  }

  [[noreturn]] void fail(Errc code, const std::string& message) const {
    throw Error(code, message, {{}, fmt::format("tasks.{}.command", entry_.name), 0});
  }

  [[nodiscard]] std::string problem_of(LineChild::Ending ending) const {
    switch (ending) {
      case LineChild::Ending::timeout:
        return fmt::format("it said nothing whole within {}", duration_text(wall()));
      case LineChild::Ending::too_long:
        return fmt::format("it said a line of more than {} bytes", entry_.limits.output);
      case LineChild::Ending::ended:
        return "it " + child_->last_words();
      case LineChild::Ending::stopped:
      case LineChild::Ending::line:
        break;
    }
    return "a stop was requested";
  }

  void drop(const std::string& why) {
    log(fmt::format("the child (pid {}) is given up: {}", child_->pid(), why));
    child_.reset();
  }

  void log_error_line(std::string_view line) {
    last_error_ = harmless(line);
    log(last_error_);
  }

  void log(const std::string& line) {
    if (logged_ > kLogged) return;
    logged_ += line.size() + 1;
    spdlog::info("scorer {}: {}", entry_.name, line);
    if (logged_ > kLogged)
      spdlog::warn("scorer {}: said more than {} bytes, the rest is not logged", entry_.name,
                   kLogged);
  }

  const TaskSpec& entry_;
  const StopFlag& stop_;
  std::vector<std::string> columns_;
  std::uint64_t next_id_ = 0;
  std::size_t logged_ = 0;
  std::string last_error_;            // of stderr
  std::unique_ptr<LineChild> child_;  // last: what it says at its end goes to the rest
};

External::External(const ScorerContext& context) : session_(std::make_unique<Session>(context)) {}
External::~External() = default;

void External::probe() {
  session_->check_files();
  static_cast<void>(session_->ready());
}

std::vector<std::string> External::metric_names() const { return session_->columns(); }

Score External::score(const Task& task, const Doc& doc, const Completion& completion,
                      ItemRandom& random) const {
  const auto began = std::chrono::steady_clock::now();
  Score score = session_->ask(task, doc, completion, seed_of(random));
  score.seconds = std::chrono::duration<float>(std::chrono::steady_clock::now() - began).count();
  return score;
}

std::unique_ptr<Scorer> make_external(const ScorerContext& context) {
  return std::make_unique<External>(context);
}

}  // namespace tally::worker
