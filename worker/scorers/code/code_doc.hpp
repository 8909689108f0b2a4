#pragma once
#include <string>
#include <vector>

#include "core/dataset/dataset.hpp"

namespace tally::worker {

/// What a program reads and should write.
struct StdioTest {
  std::string input;
  std::string output;
  friend bool operator==(const StdioTest&, const StdioTest&) = default;
};

/// A call of a function.
struct FunctionTest {
  std::string args;      ///< JSON text of an array: the arguments.
  std::string expected;  ///< JSON text of the value that it should return.
  friend bool operator==(const FunctionTest&, const FunctionTest&) = default;
};

/// Doc::data of formats whose docs are programming problems: docs/formats.md#doc-data. What a style
/// has no use for stays empty. There may be no test at all.
struct CodeDoc {
  enum class Style { humaneval, asserts, functional, stdio };
  Style style = Style::humaneval;
  std::string prompt;                   ///< humaneval: the start of the program.
  std::string entry_point;              ///< humaneval, functional: name of the function.
  std::string test;                     ///< humaneval: Python that defines check(candidate).
  std::string setup;                    ///< asserts: Python that goes before them.
  std::string starter;                  ///< functional: the code that the problem gave.
  std::vector<std::string> asserts;     ///< asserts: one Python statement each.
  std::vector<StdioTest> stdio;         ///< stdio.
  std::vector<FunctionTest> functions;  ///< functional.
};

/// Parses `doc.data`. Throws Error(data) with the doc's id and the key, for a doc of a format that
/// is no programming problem, too.
[[nodiscard]] CodeDoc parse_code_doc(const Doc& doc);

}  // namespace tally::worker
