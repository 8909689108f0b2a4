#include "core/base/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

namespace tally {
namespace {

std::string render(const Where& where, const std::string& message) {
  std::string text;
  if (!where.path.empty()) fmt::format_to(std::back_inserter(text), "{}:", where.path.string());
  if (where.line > 0) fmt::format_to(std::back_inserter(text), "{}:", where.line);
  if (!text.empty()) text += ' ';
  if (!where.key.empty()) fmt::format_to(std::back_inserter(text), "{}: ", where.key);
  return text + message;
}

}  // namespace

Error::Error(Errc code, const std::string& message, Where where)
    : std::runtime_error(render(where, message)), code_(code), where_(std::move(where)) {}

Errc open_failure(int errno_value) noexcept {
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case EPERM:
    case ELOOP:
    case ENAMETOOLONG:
    case ENXIO:
      return Errc::missing;
    default:
      return Errc::io;
  }
}

Error errno_error(Errc code, const std::string& doing, const std::filesystem::path& path,
                  int errno_value) {
  // std::strerror is not thread-safe; the category's message is.
  return Error(code, fmt::format("{}: {}", doing, std::generic_category().message(errno_value)),
               {path, {}, 0});
}

}  // namespace tally
