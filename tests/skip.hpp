#pragma once
#include <cstdlib>
#include <iostream>
#include <string>

/// Ends the whole program with 77: ctest then shows its entry as skipped, not as passed. Only for a
/// test case that is hidden (tag [.]) and has an entry of its own, made by tally_optional_test().
[[noreturn]] inline void skip_entry(const std::string& why) {
  std::cout << "SKIPPED: " << why << std::endl;
  std::_Exit(77);
}
