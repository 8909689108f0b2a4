#pragma once
#include <array>
#include <string_view>
#include <utility>

/// The Python programs of this folder, as text: they are given to every sandbox anew, so that there
/// is no folder of them to install or to tamper with.
namespace tally::worker::code_programs {

extern const std::string_view kChecker;    ///< checker.py.
extern const std::string_view kCandidate;  ///< candidate.py.

/// Names without ".py" and text: first the checker's own, then those of both.
constexpr std::size_t of_checker = 2;
extern const std::array<std::pair<std::string_view, std::string_view>, 5> modules;

}  // namespace tally::worker::code_programs
