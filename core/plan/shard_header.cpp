#include "core/plan/shard_header.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <iterator>
#include <optional>
#include <span>

#include "core/base/descriptor.hpp"
#include "core/base/files.hpp"
#include "core/plan/hex.hpp"

// The reader trusts nothing: the length is bounded before anything is allocated, every line must
// stand where it belongs, and the check line is compared before the interval sets are parsed.
// Memory is bounded by the text: an interval takes at least two bytes of it.

namespace tally {

namespace {

constexpr std::size_t kMinBlock = 512;
constexpr std::size_t kMaxLabel = 255;
constexpr std::uint64_t kMaxShard = std::uint64_t{1} << 34U;
constexpr std::string_view kMagic = "tally-shard ";
constexpr std::string_view kCheck = "check ";
constexpr std::size_t kCheckLine = kCheck.size() + 16 + 1;

// One header line must not become two, whatever a host calls itself.
std::string label(std::string_view text) {
  std::string out(text.substr(0, kMaxLabel));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

std::string header_text(const ShardHeader& header, std::uint64_t block) {
  std::string out;
  const auto end = std::back_inserter(out);
  fmt::format_to(end, "{}{}\nrun {}\nplan {}\nblock {}\n", kMagic, ShardHeader::kVersion,
                 header.run_id, header.plan.hex(), block);
  fmt::format_to(end, "element {}\nrank {}\nattempt {}\n", header.element.value(),
                 header.rank.value(), header.attempt.value());
  fmt::format_to(end, "code {}\nhost {}\nrecords {}\nitems {}\n", label(header.code_version),
                 label(header.host), header.records, header.items.text());
  for (const FailedItems& failed : header.failed) {
    fmt::format_to(end, "failed {} {} {}\n", failed.outcome, failed.attempt, failed.items.text());
  }
  fmt::format_to(end, "{}{}\n", kCheck, sha256(out).short_hex());
  return out;
}

template <class Number>
std::optional<Number> to_number(std::string_view digits) {
  if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  Number value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, code] = std::from_chars(digits.data(), end, value);
  if (code != std::errc() || rest != end) return std::nullopt;
  return value;
}

// Takes the lines of a header one by one; every complaint names the file and the line's word.
class Lines {
 public:
  Lines(std::string_view text, const std::filesystem::path& file) : rest_(text), file_(file) {}

  // The value of the next line, which must begin with `word` and a space.
  std::string_view take(std::string_view word) {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos || !next_is(word)) {
      const std::string_view line = rest_.substr(0, std::min<std::size_t>(end, 40));
      fail(word, fmt::format("found '{}', expected a line '{} ...'", label(line), word));
    }
    const std::string_view value = rest_.substr(word.size() + 1, end - word.size() - 1);
    rest_.remove_prefix(end + 1);
    return value;
  }

  template <class Number>
  Number number(std::string_view word) {
    return number<Number>(word, take(word));
  }
  template <class Number>
  Number number(std::string_view word, std::string_view digits) const {
    const auto value = to_number<Number>(digits);
    if (!value) fail(word, fmt::format("found '{}', expected a number", label(digits)));
    return *value;
  }

  IntervalSet set(std::string_view word, std::string_view text) const {
    try {
      return IntervalSet::parse(text);
    } catch (const Error& e) {
      fail(word, e.what());
    }
  }

  [[nodiscard]] bool next_is(std::string_view word) const {
    return rest_.size() > word.size() && rest_.starts_with(word) && rest_[word.size()] == ' ';
  }
  [[nodiscard]] bool done() const { return rest_.empty(); }

  [[noreturn]] void fail(std::string_view word, const std::string& message) const {
    throw Error(Errc::data, message, {file_, std::string(word), 0});
  }

 private:
  std::string_view rest_;
  const std::filesystem::path& file_;
};

void take_magic(Lines& lines, std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) {
    lines.fail("", "found no shard header, expected 'tally-shard' at the start");
  }
  const auto version = lines.number<std::uint32_t>("tally-shard");
  if (version == 0) lines.fail("tally-shard", "found version 0, expected at least 1");  // damage
  if (version > ShardHeader::kVersion) {
    lines.fail(ShardHeader::kVersionKey,
               fmt::format("found {}, expected at most {}", version, ShardHeader::kVersion));
  }
}

std::string take_run(Lines& lines) {
  const std::string_view id = lines.take("run");
  const auto ok = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  };
  if (id.empty() || id.size() > 64 || !std::all_of(id.begin(), id.end(), ok)) {
    lines.fail("run", fmt::format("found '{}', expected a run id", label(id)));
  }
  return std::string(id);
}

Digest take_plan(Lines& lines) {
  const std::string_view hex = lines.take("plan");
  const auto digest = digest_from_hex(hex);
  if (!digest) lines.fail("plan", fmt::format("found '{}', expected 64 hex digits", label(hex)));
  return *digest;
}

std::uint64_t take_block(Lines& lines) {
  const auto block = lines.number<std::uint64_t>("block");
  if (!std::has_single_bit(block) || block < kMinBlock || block > ShardHeader::kMaxBlock) {
    lines.fail("block", fmt::format("found {}, expected a power of two in {}..{}", block, kMinBlock,
                                    ShardHeader::kMaxBlock));
  }
  return block;
}

std::string take_label(Lines& lines, std::string_view word) {
  const std::string_view text = lines.take(word);
  if (text != label(text)) {
    lines.fail(word, fmt::format("found '{}', expected at most {} printable characters",
                                 label(text), kMaxLabel));
  }
  return std::string(text);
}

// "<outcome> <attempt> <set>".
FailedItems take_failed(Lines& lines) {
  const std::string_view value = lines.take("failed");
  const std::size_t one = std::min(value.find(' '), value.size());
  const std::size_t two = std::min(value.find(' ', one + 1), value.size());
  if (two == value.size()) lines.fail("failed", "found a short line, expected three values");
  FailedItems failed;
  failed.outcome = lines.number<std::uint8_t>("failed", value.substr(0, one));
  failed.attempt = lines.number<std::uint32_t>("failed", value.substr(one + 1, two - one - 1));
  failed.items = lines.set("failed", value.substr(two + 1));
  const bool known =
      failed.outcome == FailedItems::kGenerationError || failed.outcome == FailedItems::kInfraError;
  if (!known || failed.attempt == 0 || failed.attempt > FailedItems::kMaxAttempt ||
      failed.items.empty()) {
    lines.fail("failed",
               fmt::format("found outcome {}, try {}, {} items, expected outcome {} or {}, try "
                           "1..{} and at least one item",
                           failed.outcome, failed.attempt, failed.items.size(),
                           FailedItems::kGenerationError, FailedItems::kInfraError,
                           FailedItems::kMaxAttempt));
  }
  return failed;
}

// Sorted once: a header may hold millions of failed lines, so nothing here is quadratic.
void check_failed_sets(const ShardHeader& header, const Lines& lines) {
  std::vector<Interval> all;
  for (const FailedItems& failed : header.failed) {
    const auto& intervals = failed.items.intervals();
    all.insert(all.end(), intervals.begin(), intervals.end());
  }
  std::sort(all.begin(), all.end());
  const auto overlap = [](const Interval& a, const Interval& b) { return b.begin < a.end; };
  if (std::adjacent_find(all.begin(), all.end(), overlap) != all.end()) {
    lines.fail("failed", "found an ordinal twice, expected it once");
  }
  if (!IntervalSet::of(std::move(all)).minus(header.items).empty()) {
    lines.fail("failed", "found an ordinal that is not in items, expected a part of items");
  }
}

void check_sets(const ShardHeader& header, const Lines& lines) {
  if (header.records == 0 || header.items.size() != header.records) {
    lines.fail("records", fmt::format("found {}, expected as many as items, {}, and not 0",
                                      header.records, header.items.size()));
  }
  const auto not_ascending = [](const FailedItems& a, const FailedItems& b) {
    return a.outcome > b.outcome || (a.outcome == b.outcome && a.attempt >= b.attempt);
  };
  if (std::adjacent_find(header.failed.begin(), header.failed.end(), not_ascending) !=
      header.failed.end()) {
    lines.fail("failed", "found lines out of order, expected ascending outcomes and tries");
  }
  check_failed_sets(header, lines);
}

// The text without its check line, once that agrees with it and only zeros follow.
std::string_view checked_text(std::string_view block, const Lines& lines) {
  const std::string_view text = block.substr(0, block.find('\0'));
  if (block.find_first_not_of('\0', text.size()) != std::string_view::npos) {
    lines.fail("block", "found bytes after the text, expected zeros");
  }
  if (text.size() < kCheckLine) lines.fail("check", "found no text, expected a header");
  const std::string_view body = text.substr(0, text.size() - kCheckLine);
  const std::string expected = fmt::format("{}{}\n", kCheck, sha256(body).short_hex());
  if (text.substr(body.size()) != expected) {
    lines.fail("check", "found a header that does not agree with its check line, expected it to");
  }
  return body;
}

std::size_t read_at_most(const Descriptor& input, std::string& bytes,
                         const std::filesystem::path& file) {
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const auto rest = std::as_writable_bytes(std::span(bytes)).subspan(filled);
    const ssize_t got = read_some(input.get(), rest);
    if (got < 0) throw errno_error(Errc::io, "read", file, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace

std::string ShardHeader::encode() const {
  // The length of the text depends on the digits of the block's length: at most two rounds.
  std::uint64_t block = kMinBlock;
  std::string text = header_text(*this, block);
  while (text.size() > block) {
    block = std::bit_ceil(text.size());
    text = header_text(*this, block);
  }
  if (block > kMaxBlock) {
    throw Error(Errc::internal,
                fmt::format("shard header: found {} bytes, expected at most {}", block, kMaxBlock));
  }
  text.resize(block, '\0');
  return text;
}

std::uint64_t ShardHeader::user_block_size(std::string_view first_bytes,
                                           const std::filesystem::path& file) {
  const std::string_view first = first_bytes.substr(0, kMinBlock);
  Lines lines(first, file);
  take_magic(lines, first);
  static_cast<void>(take_run(lines));
  static_cast<void>(take_plan(lines));
  return take_block(lines);
}

ShardHeader ShardHeader::decode(std::string_view bytes, const std::filesystem::path& file) {
  const std::uint64_t block = user_block_size(bytes, file);
  const Lines whole(bytes, file);
  if (bytes.size() < block) {
    whole.fail("block", fmt::format("found {} bytes, expected {}", bytes.size(), block));
  }
  const std::string_view body = checked_text(bytes.substr(0, block), whole);
  Lines lines(body, file);
  take_magic(lines, body);
  ShardHeader header;
  header.run_id = take_run(lines);
  header.plan = take_plan(lines);
  static_cast<void>(take_block(lines));
  header.element = ElementId(lines.number<std::uint32_t>("element"));
  header.rank = RankId(lines.number<std::uint32_t>("rank"));
  header.attempt = AttemptId(lines.number<std::uint32_t>("attempt"));
  header.code_version = take_label(lines, "code");
  header.host = take_label(lines, "host");
  header.records = lines.number<std::uint64_t>("records");
  header.items = lines.set("items", lines.take("items"));
  while (lines.next_is("failed")) header.failed.push_back(take_failed(lines));
  if (!lines.done()) static_cast<void>(lines.take("check"));
  check_sets(header, lines);
  return header;
}

ShardHeader read_shard_header(const std::filesystem::path& file) {
  const Descriptor input = Descriptor::open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (!input.valid()) throw errno_error(open_failure(errno), "open", file, errno);
  struct stat status {};
  if (::fstat(input.get(), &status) != 0) throw errno_error(Errc::io, "stat", file, errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(Errc::data, "found no regular file, expected a shard", {file, {}, 0});
  }
  std::string bytes(kMinBlock, '\0');
  bytes.resize(read_at_most(input, bytes, file));
  const std::uint64_t block = ShardHeader::user_block_size(bytes, file);
  // The file's length, not its claim, decides what is allocated.
  const auto length =
      std::min(block, static_cast<std::uint64_t>(std::max<off_t>(status.st_size, 0)));
  if (bytes.size() == kMinBlock && length > kMinBlock) {
    std::string more(length - kMinBlock, '\0');
    more.resize(read_at_most(input, more, file));
    bytes += more;
  }
  return ShardHeader::decode(bytes, file);
}

bool is_newer_shard(const Error& error, const std::filesystem::path& file) {
  if (error.where().key != ShardHeader::kVersionKey) return false;
  const auto name = ShardName::parse(file.filename().string());
  return name && sha256_file(file).short_hex() == name->digest;
}

std::vector<std::byte> read_verified_shard(const std::filesystem::path& file) {
  const auto name = ShardName::parse(file.filename().string());
  if (!name) {
    throw Error(Errc::data, "found no shard name, expected e<5>-r<3>-a<4>-s<4>.<16 hex>.h5",
                {file, {}, 0});
  }
  std::vector<std::byte> bytes = read_bytes(file, kMaxShard);
  const std::string found = sha256(std::span<const std::byte>(bytes)).short_hex();
  if (found != name->digest) {
    throw Error(Errc::data, fmt::format("found {}, expected {}", found, name->digest),
                {file, "digest", 0});
  }
  return bytes;
}

}  // namespace tally
