#include "worker/scorers/instruction_following/variants.hpp"

#include <algorithm>
#include <array>

#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

std::string without_asterisks(std::string text) {
  std::erase(text, '*');
  return text;
}

// Up to three parts of `text`: without its first line, its last, and both.
std::array<std::string_view, 3> without_lines(std::string_view text) {
  const auto first = text.find('\n');
  if (first == std::string_view::npos) return {};  // one line is both first and last
  const auto last = text.rfind('\n');
  const std::string_view middle =
      last > first ? text.substr(first + 1, last - first - 1) : std::string_view();
  return {strip(text.substr(first + 1)), strip(text.substr(0, last)), strip(middle)};
}

}  // namespace

bool Variants::first_follows(const Check& check) const {
  return !is_blank(response_) && check(response_);
}

bool Variants::other_follows(const Check& check) {
  if (!made_) make_others();
  return std::ranges::any_of(others_, check);
}

void Variants::make_others() {
  made_ = true;
  const std::array<std::string_view, 3> parts = without_lines(response_);
  for (const std::string_view part : parts) add_other(std::string(part));
  add_other(without_asterisks(response_));
  for (const std::string_view part : parts) add_other(without_asterisks(std::string(part)));
}

void Variants::add_other(std::string variant) {
  if (is_blank(variant) || variant == response_) return;
  if (std::ranges::find(others_, variant) == others_.end()) others_.push_back(std::move(variant));
}

}  // namespace tally::worker
