#pragma once
#include <stdio.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "temp_dir.hpp"

/// Python's word on many texts: `judge(*texts)` of `script` is called for each row, with texts
/// decoded from UTF-8 (surrogateescape); what it returns (text) is one line of the answer.
inline std::vector<std::string> ask_python(const std::string& script,
                                           const std::vector<std::vector<std::string>>& rows) {
  const TempDir dir;
  std::string hex;
  for (const auto& row : rows) {
    for (const std::string& text : row) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      for (const char c : text) {
        hex.push_back(kDigits[static_cast<unsigned char>(c) / 16]);
        hex.push_back(kDigits[static_cast<unsigned char>(c) % 16]);
      }
      hex.push_back(',');
    }
    hex.push_back('\n');
  }
  const auto data = dir.file("rows", hex);
  const auto program = dir.file("judge.py", script + R"(
import sys
for line in open(sys.argv[1]):
    texts = [bytes.fromhex(t).decode("utf-8", "surrogateescape") for t in line.split(",")[:-1]]
    print(judge(*texts).encode("utf-8", "surrogateescape").hex())
)");
  const std::string command =
      "/usr/bin/python3 -IS '" + program.string() + "' '" + data.string() + "'";
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen");
  std::vector<std::string> answers;
  std::string line;
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (int c = ::fgetc(pipe); c != EOF; c = ::fgetc(pipe)) {
    if (c != '\n') {
      line.push_back(static_cast<char>(c));
      continue;
    }
    std::string text;
    for (std::size_t i = 0; i + 1 < line.size(); i += 2) {
      text.push_back(static_cast<char>(16 * nibble(line[i]) + nibble(line[i + 1])));
    }
    answers.push_back(text);
    line.clear();
  }
  if (::pclose(pipe) != 0 || answers.size() != rows.size()) {
    throw std::runtime_error("python3 gave " + std::to_string(answers.size()) + " answers");
  }
  return answers;
}

/// Numbers that are the same on every machine (splitmix64).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  /// 0 .. sides-1.
  std::size_t roll(std::size_t sides) {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return static_cast<std::size_t>((z ^ (z >> 31U)) % sides);
  }
  std::string pick(const std::vector<std::string>& from) { return from[roll(from.size())]; }

 private:
  std::uint64_t state_;
};
