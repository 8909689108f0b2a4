#include "core/dataset/line_reader.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "core/base/error.hpp"

namespace tally {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18U;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

static_assert(LineReader::kPadding >= simdjson::SIMDJSON_PADDING);

}  // namespace

LineReader::LineReader(const std::filesystem::path& file, std::size_t max_line)
    : file_(file), input_(file), max_line_(max_line) {}

// Reads another block behind what is there; false at the end of the file.
bool LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ > max_line_) {
    throw Error(Errc::data,
                fmt::format("found a line of more than {} bytes, expected less", max_line_),
                {file_, {}, number_ + 1});
  }
  if (buffer_.size() < end_ + kBlock + kPadding) {
    buffer_.resize(std::max(2 * buffer_.size(), end_ + kBlock + kPadding));
  }
  const std::size_t room = buffer_.size() - kPadding - end_;
  const std::size_t got = input_.read(std::span(buffer_).subspan(end_, room));
  end_ += got;
  return got > 0;
}

bool LineReader::next() {
  std::size_t searched = begin_;
  std::size_t newline = std::string::npos;
  for (;;) {
    const std::string_view rest = std::string_view(buffer_).substr(searched, end_ - searched);
    newline = rest.find('\n');
    if (newline != std::string::npos) break;
    const std::size_t offset = end_ - begin_;
    if (!fill()) break;
    searched = begin_ + offset;
  }
  if (newline == std::string::npos && begin_ == end_) return false;
  const std::size_t past = newline == std::string::npos ? end_ : searched + newline;
  line_ = std::string_view(buffer_).substr(begin_, past - begin_);
  begin_ = newline == std::string::npos ? end_ : past + 1;
  if (++number_ == 1 && line_.starts_with(kByteOrderMark)) line_.remove_prefix(3);
  if (line_.ends_with('\r')) line_.remove_suffix(1);
  if (!simdjson::validate_utf8(line_.data(), line_.size())) {
    throw Error(Errc::data, "found bytes that are no UTF-8, expected UTF-8 text",
                {file_, {}, number_});
  }
  return true;
}

}  // namespace tally
