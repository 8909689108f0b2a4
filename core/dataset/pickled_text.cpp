#include "core/dataset/pickled_text.hpp"

#include <simdjson.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

// Pickle is a program for a stack machine. A str of protocol 4, say, is PROTO 4, FRAME n,
// SHORT_BINUNICODE n and its UTF-8, MEMOIZE, STOP; long texts stand outside of frames.

namespace tally {

namespace {

constexpr std::string_view kNoBase64 = "found no base64, expected base64 of zlib of a pickled text";
constexpr std::string_view kNoZlib =
    "found no zlib stream, expected base64 of zlib of a pickled text";
constexpr std::string_view kTooLong = "found more bytes than a doc may have, expected fewer";
constexpr std::string_view kNoText = "found a pickle of something else, expected one of a text";

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// RFC 4648, padded, no line ends.
std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int pads = 0; pads < 2 && text.ends_with('='); ++pads) text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>(bits >> count & 0xFFU));
    }
  }
  return bytes;
}

struct Inflater {
  z_stream stream{};
  bool ready = inflateInit(&stream) == Z_OK;
  ~Inflater() {
    if (ready) inflateEnd(&stream);
  }
};

// All of `bytes` is one zlib stream of at most `limit` bytes; returns what is wrong with it.
std::string_view inflate_all(std::string& bytes, std::size_t limit, std::string& out) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string block(std::size_t{1} << 16U, '\0');
  int result = inflater.ready ? Z_OK : Z_MEM_ERROR;
  while (result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    result = inflate(&stream, Z_NO_FLUSH);
    const std::size_t got = block.size() - stream.avail_out;
    if (got > limit - out.size()) return kTooLong;
    out.append(block, 0, got);
  }
  return result == Z_STREAM_END && stream.avail_in == 0 ? std::string_view() : kNoZlib;
}

class Unpickler {
 public:
  explicit Unpickler(std::string_view bytes) : rest_(bytes) {}

  std::optional<std::string_view> text() {
    if (take() != kProto) return std::nullopt;
    const int version = take();
    if (version < 2 || version > 5) return std::nullopt;
    std::optional<std::string_view> text;
    for (;;) {
      const int opcode = take();
      if (opcode == kFrame) {
        if (const auto length = number(8); !length || *length > rest_.size()) return std::nullopt;
      } else if (const unsigned width = text_width(opcode); width > 0 && !text) {
        const auto length = number(width);
        if (!length || *length > rest_.size()) return std::nullopt;
        text = rest_.substr(0, *length);
        rest_.remove_prefix(*length);
      } else if (const unsigned memo = memo_width(opcode); memo != kNoMemo && text) {
        if (!number(memo)) return std::nullopt;
      } else {
        return opcode == kStop && rest_.empty() ? text : std::nullopt;
      }
    }
  }

 private:
  static constexpr int kProto = 0x80;
  static constexpr int kFrame = 0x95;
  static constexpr int kStop = '.';
  static constexpr unsigned kNoMemo = 9;

  int take() {
    if (rest_.empty()) return -1;
    const auto byte = static_cast<unsigned char>(rest_[0]);
    rest_.remove_prefix(1);
    return byte;
  }

  // Little-endian, of `width` bytes.
  std::optional<std::uint64_t> number(unsigned width) {
    if (rest_.size() < width) return std::nullopt;
    std::uint64_t value = 0;
    for (unsigned i = 0; i < width; ++i) {
      value |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << 8U * i;
    }
    rest_.remove_prefix(width);
    return value;
  }

  // Bytes of the length behind SHORT_BINUNICODE, BINUNICODE and BINUNICODE8; 0: another opcode.
  static unsigned text_width(int opcode) {
    return opcode == 0x8C ? 1 : opcode == 'X' ? 4 : opcode == 0x8D ? 8 : 0;
  }

  // Bytes of the index behind MEMOIZE, BINPUT and LONG_BINPUT.
  static unsigned memo_width(int opcode) {
    return opcode == 0x94 ? 0 : opcode == 'q' ? 1 : opcode == 'r' ? 4 : kNoMemo;
  }

  std::string_view rest_;
};

}  // namespace

UnpackedText unpack_pickled_text(std::string_view packed, std::size_t limit) {
  auto bytes = from_base64(packed);
  if (!bytes) return {{}, kNoBase64};
  std::string pickle;
  constexpr std::size_t kAround = 64;  // more than the opcodes take
  const std::string_view problem = inflate_all(*bytes, limit + kAround, pickle);
  if (!problem.empty()) return {{}, problem};
  const auto text = Unpickler(pickle).text();
  if (!text || !simdjson::validate_utf8(text->data(), text->size())) return {{}, kNoText};
  if (text->size() > limit) return {{}, kTooLong};
  return {std::string(*text), {}};
}

}  // namespace tally
