#include "core/plan/shard_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tally {

namespace {

// Takes `prefix` and the number after it off the front of `rest`.
std::optional<std::uint32_t> take_number(std::string_view& rest, std::string_view prefix) {
  if (!rest.starts_with(prefix)) return std::nullopt;
  rest.remove_prefix(prefix.size());
  std::uint32_t value = 0;
  const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (code != std::errc()) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return value;
}

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

std::string ShardName::text() const {
  return fmt::format("e{:05}-r{:03}-a{:04}-s{:04}.{}.h5", element.value(), rank.value(),
                     attempt.value(), sequence, digest);
}

std::optional<ShardName> ShardName::parse(std::string_view name) {
  std::string_view rest = name;
  const auto element = take_number(rest, "e");
  const auto rank = take_number(rest, "-r");
  const auto attempt = take_number(rest, "-a");
  const auto sequence = take_number(rest, "-s");
  if (!element || !rank || !attempt || !sequence) return std::nullopt;
  if (rest.size() != 20 || rest.front() != '.' || !rest.ends_with(".h5")) return std::nullopt;
  const std::string_view digest = rest.substr(1, 16);
  if (!std::all_of(digest.begin(), digest.end(), is_hex_digit)) return std::nullopt;
  ShardName parsed{ElementId(*element), RankId(*rank), AttemptId(*attempt), *sequence,
                   std::string(digest)};
  if (parsed.text() != name) return std::nullopt;  // one shard has one name: no other zero padding
  return parsed;
}

}  // namespace tally
