#include <charconv>
#include <stdexcept>
#include <string_view>

#include "worker/sandbox/helper/guard.hpp"

namespace tally::worker {
namespace {

template <typename Number>
Number number(const std::string& text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || rest != end) {
    throw std::runtime_error("guard: found \"" + text + "\", expected a number");
  }
  return value;
}

constexpr std::size_t fixed_arguments = 17;

}  // namespace

std::vector<std::string> guard_arguments(const GuardOptions& options) {
  std::vector<std::string> out{"--guard", options.isolated ? "isolated" : "bare",
                               std::to_string(options.control), std::to_string(options.status)};
  for (const int stream : options.streams) out.push_back(std::to_string(stream));
  const SandboxLimits& limits = options.limits;
  out.push_back(std::to_string(limits.wall.count()));
  out.push_back(std::to_string(limits.wall_grace.count()));
  out.push_back(std::to_string(limits.cpu.count()));
  out.push_back(std::to_string(limits.memory));
  out.push_back(std::to_string(limits.processes));
  out.push_back(std::to_string(limits.scratch));
  out.push_back(options.private_folder);
  out.insert(out.end(), options.argv.begin(), options.argv.end());
  return out;
}

GuardOptions parse_guard_arguments(const std::vector<std::string>& arguments) {
  if (arguments.size() <= fixed_arguments - 1) throw std::runtime_error("guard: too few arguments");
  auto next = arguments.begin();
  GuardOptions options;
  options.isolated = *next++ == "isolated";
  options.control = number<int>(*next++);
  options.status = number<int>(*next++);
  for (int& stream : options.streams) stream = number<int>(*next++);
  options.limits.wall = std::chrono::milliseconds(number<std::int64_t>(*next++));
  options.limits.wall_grace = std::chrono::milliseconds(number<std::int64_t>(*next++));
  options.limits.cpu = std::chrono::milliseconds(number<std::int64_t>(*next++));
  options.limits.memory = number<std::uint64_t>(*next++);
  options.limits.processes = number<std::uint32_t>(*next++);
  options.limits.scratch = number<std::uint64_t>(*next++);
  options.private_folder = *next++;
  options.argv.assign(next, arguments.end());
  return options;
}

}  // namespace tally::worker
