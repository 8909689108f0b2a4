#include "core/base/tool_main.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <ios>
#include <iostream>
#include <memory>
#include <new>
#include <string>

#include "core/base/error.hpp"

namespace tally {
namespace {

constexpr int code_of(Errc code) noexcept { return static_cast<int>(code); }

void log_to_stderr(std::string_view tool) {
  // Not stderr_color_mt(): that registers the name, and a second registration throws.
  auto logger = std::make_shared<spdlog::logger>(
      std::string(tool), std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %n %^%l%$: %v", spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

// A file that we open must not become stderr, nor a child start without one: what is said there is
// then lost, as whoever closed it wanted. stdout stays closed: data must not be lost silently.
void open_missing_streams() {
  for (const int stream : {STDIN_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    const int null = ::open("/dev/null", O_RDWR);
    if (null < 0 || null == stream) continue;
    ::dup2(null, stream);
    ::close(null);
  }
}

// Whether all that was printed arrived. Network filesystems report a full disk at close only, so a
// duplicate is closed; a stdout that was never open (EBADF) lost nothing.
bool stdout_arrived() {
  std::cout.flush();
  bool arrived = std::cout.good() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (const int copy = ::dup(STDOUT_FILENO); copy >= 0) arrived = ::close(copy) == 0 && arrived;
  return arrived;
}

int guarded(const std::function<int()>& body) {
  try {
    return body();
  } catch (const Error& error) {
    spdlog::error("{}", error.what());
    return code_of(error.code());
  } catch (const std::filesystem::filesystem_error& error) {
    spdlog::error("{}", error.what());
    return code_of(Errc::io);
  } catch (const std::ios_base::failure& error) {
    spdlog::error("{}", error.what());
    return code_of(Errc::io);
  } catch (const std::bad_alloc&) {
    std::fputs("error: out of memory\n", stderr);  // logging could need memory itself
    return code_of(Errc::internal);
  } catch (const std::exception& error) {
    spdlog::critical("bug: {}", error.what());
    return code_of(Errc::internal);
  }
}

}  // namespace

int tool_main(std::string_view tool, const std::function<int()>& body) noexcept {
  try {
    open_missing_streams();
    log_to_stderr(tool);
    // A file size limit then shows as EFBIG, which is reported like a full disk. SIGPIPE keeps its
    // default: `tally status | head` ends quietly, and children inherit nothing odd.
    ::signal(SIGXFSZ, SIG_IGN);
    const int code = guarded(body);
    if (stdout_arrived()) return code;
    spdlog::error("write to stdout: not all data could be written");
    return code == 0 ? code_of(Errc::io) : code;
  } catch (const std::exception&) {
    std::fputs("critical: bug outside of the program's body\n", stderr);
    return code_of(Errc::internal);
  }
}

}  // namespace tally
