#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/descriptor.hpp"
#include "worker/stop.hpp"

namespace tally::worker {

/// A program that answers lines with lines, over pipes.
///
/// It has a process group of its own, the descriptors 0, 1 and 2 only, signals at their defaults,
/// and our environment without what MPI's launcher put there. It need not be well-behaved: no call
/// here waits longer than it was told, whatever the program does with its pipes, and the group is
/// gone when the object is. Used from one thread.
class LineChild {
 public:
  struct Options {
    std::vector<std::string> argv;  ///< argv[0] is looked up in PATH when it has no slash.
    std::size_t max_line = 0;       ///< Bytes that a line may have.
    /// Takes a line of the program's stderr, without its end; called during exchange() and quiet(),
    /// and at the end of the object.
    std::function<void(std::string_view)> on_error_line;
  };
  enum class Ending {
    line,      ///< `line` holds it.
    ended,     ///< The program ended or closed its stdout before a whole line.
    timeout,   ///< No whole line within the limit.
    too_long,  ///< More than max_line bytes without an end of line.
    stopped    ///< A stop was requested meanwhile.
  };
  struct Answer {
    Ending ending = Ending::ended;
    std::string line;  ///< Without its end.
  };

  /// Throws Error(missing) when there is no such program, Error(unavailable) when the system cannot
  /// start one more.
  explicit LineChild(Options options);
  /// Closes its stdin and gives it a second to end; one that failed an exchange gets none. Then the
  /// whole group is killed.
  ~LineChild();
  LineChild(const LineChild&) = delete;
  LineChild& operator=(const LineChild&) = delete;

  /// Sends `request` (with its end of line; empty: nothing) and waits for one line, at most `limit`
  /// and what this process missed meanwhile. After another
  /// ending than `line` the child is good for nothing.
  [[nodiscard]] Answer exchange(std::string_view request, std::chrono::milliseconds limit,
                                const StopFlag& stop);
  /// Whether it lives, listens, and has said nothing since its last line.
  [[nodiscard]] bool quiet();
  /// How it ended, after Ending::ended: "ended with exit code 3", "closed its stdout".
  [[nodiscard]] std::string last_words() const;
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  void pump(std::string_view& request);
  void read_output();
  void read_errors();
  void write_input(std::string_view& request);
  void wait(bool writing, std::chrono::milliseconds most) const;
  void give_time_to_end();
  [[nodiscard]] bool has_line() const noexcept;
  [[nodiscard]] Answer take_line();
  [[nodiscard]] Answer failed(Ending ending) noexcept;

  Options options_;
  pid_t pid_ = -1;
  Descriptor input_, output_, errors_;
  std::string said_;        // of stdout, not yet taken
  std::string complaints_;  // of stderr, not yet a line
  bool broken_ = false;
};

}  // namespace tally::worker
