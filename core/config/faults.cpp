#include "core/config/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"

namespace tally {
namespace {

constexpr std::size_t kMaxShown = 100;

}  // namespace

void Faults::add(const Place& place, std::string_view key, std::string message) {
  keys_.emplace(key);
  faults_.push_back({place, std::string(key), std::move(message)});
}

void Faults::append(const Faults& others) {
  faults_.insert(faults_.end(), others.faults_.begin(), others.faults_.end());
  keys_.insert(others.keys_.begin(), others.keys_.end());
}

std::string Faults::line_of(const Fault& fault) const {
  const Place& place = fault.place;
  if (place.override_text == nullptr)
    return Error(Errc::config, fault.message, {file_, fault.key, place.line}).what();
  // The override names its target already; a part of its value is named by its key.
  if (place.is_override_root || fault.key.empty())
    return fmt::format("{}: {}", *place.override_text, fault.message);
  return fmt::format("{}: {}: {}", *place.override_text, fault.key, fault.message);
}

void Faults::throw_if_any() const {
  if (faults_.empty()) return;
  std::vector<Fault> sorted = faults_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Fault& a, const Fault& b) {
    return std::pair(a.place.override_text != nullptr, a.place.line) <
           std::pair(b.place.override_text != nullptr, b.place.line);
  });
  std::vector<std::string> lines;
  for (const Fault& fault : sorted) {
    std::string line = line_of(fault);
    // One override may be applied to several tasks.
    if (std::find(lines.begin(), lines.end(), line) != lines.end()) continue;
    if (lines.size() == kMaxShown) {
      lines.push_back(fmt::format("and more, {} faults in all", sorted.size()));
      break;
    }
    lines.push_back(std::move(line));
  }
  const Fault& first = sorted.front();
  const bool in_file = first.place.override_text == nullptr;
  if (in_file) lines.front() = first.message;  // Error puts path, line and key before it
  std::string text;
  for (const std::string& line : lines) text.append(text.empty() ? "" : "\n").append(line);
  throw Error(Errc::config, text, in_file ? Where{file_, first.key, first.place.line} : Where{});
}

}  // namespace tally
