#include "launcher/slurm/job_name.hpp"

#include <fmt/format.h>

#include <charconv>

namespace tally::launcher {
namespace {

constexpr std::string_view kAggregate = "aggregate";

// "s12" with prefix 's' is 12.
std::optional<std::uint32_t> numbered(std::string_view word, char prefix) {
  std::uint32_t number = 0;
  if (word.size() < 2 || word[0] != prefix) return std::nullopt;
  const auto [end, code] = std::from_chars(word.data() + 1, word.data() + word.size(), number);
  if (code != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

// Takes ".word" from the end of `text`.
std::string_view take_last(std::string_view& text) {
  const auto dot = text.rfind('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view word = text.substr(dot + 1);
  text.remove_suffix(text.size() - dot);
  return word;
}

}  // namespace

std::string run_token(const std::filesystem::path& root, const Digest& plan) {
  return sha256(fmt::format("{}\n{}", plan.hex(), root.string())).short_hex().substr(0, 8);
}

std::string job_name(const std::string& run_id, const JobName& name, const std::string& token) {
  const std::string what = name.offset ? fmt::format("o{}", *name.offset) : std::string(kAggregate);
  return fmt::format("{}.s{}.{}.{}", run_id, name.submission, what, token);
}

std::optional<JobName> parse_job_name(std::string_view text, std::string_view token) {
  if (take_last(text) != token) return std::nullopt;
  JobName name;
  const std::string_view what = take_last(text);
  if (what != kAggregate) {
    name.offset = numbered(what, 'o');
    if (!name.offset) return std::nullopt;
  }
  const auto submission = numbered(take_last(text), 's');
  if (!submission || text.empty()) return std::nullopt;
  name.submission = *submission;
  return name;
}

}  // namespace tally::launcher
