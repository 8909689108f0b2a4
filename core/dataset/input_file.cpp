#include "core/dataset/input_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "core/base/descriptor.hpp"
#include "core/base/error.hpp"

namespace tally {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18U;

// One zlib stream that unpacks gzip members. Not movable: zlib keeps a pointer to it.
class Inflater {
 public:
  Inflater() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (::inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { ::inflateEnd(&stream_); }
  z_stream& stream() noexcept { return stream_; }

 private:
  z_stream stream_{};
};

}  // namespace

struct InputFile::State {
  std::filesystem::path file;
  Descriptor input;
  std::optional<Inflater> inflater;
  std::vector<Bytef> packed;
  bool in_member = true;  // also before the first: an empty .gz is a truncated one

  std::size_t read_raw(std::span<std::byte> buffer) const {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      const ssize_t got = read_some(input.get(), buffer.subspan(filled));
      if (got < 0) throw errno_error(Errc::io, "read", file, errno);
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    return filled;
  }

  // False at the end of the file.
  bool refill() {
    z_stream& stream = inflater->stream();
    if (stream.avail_in > 0) return true;
    stream.avail_in = static_cast<uInt>(read_raw(std::as_writable_bytes(std::span(packed))));
    stream.next_in = packed.data();
    return stream.avail_in > 0;
  }

  std::size_t inflate(std::span<char> buffer) {
    z_stream& stream = inflater->stream();
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    while (stream.avail_out > 0) {
      if (!refill()) {
        if (!in_member) break;
        throw Error(Errc::data, "found the end inside a gzip member, expected its last block",
                    {file, {}, 0});
      }
      if (!in_member) ::inflateReset(&stream);
      in_member = true;
      const int result = ::inflate(&stream, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {
        in_member = false;
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        throw Error(Errc::data,
                    fmt::format("found damaged gzip data ({}), expected RFC 1952",
                                stream.msg != nullptr ? stream.msg : "no reason given"),
                    {file, {}, 0});
      }
    }
    return buffer.size() - stream.avail_out;
  }
};

InputFile::InputFile(const std::filesystem::path& file) : state_(std::make_unique<State>()) {
  state_->file = file;
  state_->input = Descriptor::open(file, O_RDONLY | O_NOCTTY | O_NONBLOCK);
  if (!state_->input.valid()) throw errno_error(open_failure(errno), "open", file, errno);
  struct stat status {};
  if (::fstat(state_->input.get(), &status) != 0) throw errno_error(Errc::io, "stat", file, errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(Errc::data, "found no regular file, expected one", {file, {}, 0});
  }
  if (file.extension() == ".gz") {
    state_->inflater.emplace();
    state_->packed.resize(kBlock);
  }
}

InputFile::~InputFile() = default;
InputFile::InputFile(InputFile&&) noexcept = default;
InputFile& InputFile::operator=(InputFile&&) noexcept = default;

std::size_t InputFile::read(std::span<char> buffer) {
  if (buffer.empty()) return 0;
  return state_->inflater ? state_->inflate(buffer)
                          : state_->read_raw(std::as_writable_bytes(buffer));
}

}  // namespace tally
