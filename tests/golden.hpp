#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "catch.hpp"

/// Compares with the bytes of a file in the source tree; with TALLY_BLESS set, writes it first.
inline void check_golden(const std::filesystem::path& file, const std::string& text) {
  if (std::getenv("TALLY_BLESS") != nullptr) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  std::ostringstream golden;
  golden << std::ifstream(file, std::ios::binary).rdbuf();
  CHECK(text == golden.str());
}
