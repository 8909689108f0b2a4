#include "aggregator/outputs/out_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <span>

#include "core/base/error.hpp"

namespace tally::aggregator {
namespace {
constexpr std::size_t kBuffer = 256 * 1024;
}

OutFile::OutFile(std::filesystem::path path)
    : path_(std::move(path)),
      file_(Descriptor::open(path_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644)) {
  if (!file_.valid()) throw errno_error(Errc::io, "create", path_, errno);
}

void OutFile::append(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= kBuffer) write_buffer();
}

void OutFile::write_buffer() {
  hash_.update(buffer_);
  size_ += buffer_.size();
  if (const int error = write_all(file_.get(), std::as_bytes(std::span(buffer_))); error != 0)
    throw errno_error(Errc::io, "write", path_, error);
  buffer_.clear();
}

Digest OutFile::finish() {
  write_buffer();
  if (const int error = sync_once(file_.get()); error != 0)
    throw errno_error(Errc::io, "fsync", path_, error);
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) throw errno_error(Errc::io, "fstat", path_, errno);
  if (static_cast<std::uint64_t>(status.st_size) != size_)
    throw Error(Errc::io, fmt::format("found {} bytes, expected {}", status.st_size, size_),
                {path_, {}, 0});
  if (const int error = file_.close(); error != 0)
    throw errno_error(Errc::io, "close", path_, error);
  return hash_.finish();
}

}  // namespace tally::aggregator
