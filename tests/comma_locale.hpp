#pragma once
#include <clocale>
#include <cstdlib>
#include <locale>
#include <stdexcept>
#include <string>

#include "temp_dir.hpp"

/// While it lives, the process writes and reads 1.5 as 1,5, in C and in C++ streams. The locale is
/// made here: none has to be installed. For one thread: locales belong to the process.
class CommaLocale {
 public:
  CommaLocale() : old_(std::locale()) {
    const auto source = dir_.file("source",
                                  "LC_NUMERIC\ndecimal_point \",\"\nthousands_sep \".\"\n"
                                  "grouping 3;3\nEND LC_NUMERIC\n");
    const std::string command = "localedef -c -i '" + source.string() + "' -f ANSI_X3.4-1968 '" +
                                (dir_.path() / "xx_XX").string() + "' >/dev/null 2>&1";
    static_cast<void>(std::system(command.c_str()));  // 1: it misses the other categories
    ::setenv("LOCPATH", dir_.path().c_str(), 1);
    std::locale::global(std::locale(std::locale(), "xx_XX", std::locale::numeric));
    if (std::setlocale(LC_NUMERIC, "xx_XX") == nullptr ||
        *std::localeconv()->decimal_point != ',') {
      throw std::runtime_error("no locale with a decimal comma");
    }
  }
  ~CommaLocale() {
    std::locale::global(old_);
    std::setlocale(LC_NUMERIC, "C");
    ::unsetenv("LOCPATH");
  }
  CommaLocale(const CommaLocale&) = delete;
  CommaLocale& operator=(const CommaLocale&) = delete;

 private:
  TempDir dir_;
  std::locale old_;
};
