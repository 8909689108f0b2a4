#pragma once
#include <string>
#include <utility>
#include <vector>

#include "core/dataset/dataset.hpp"

/// A doc of cases.txt with programs whose verdict is known.
struct CodeCase {
  std::string name;
  tally::Doc doc;     ///< Its target is the canonical solution.
  std::string right;  ///< A completion.
  std::vector<std::pair<std::string, std::string>> wrong;  ///< Verdict, completion.
};

/// All of cases.txt.
[[nodiscard]] std::vector<CodeCase> code_cases();

/// Name and program of all of a file beside this one.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> forgeries(
    const std::string& file = "forgeries.txt");

/// A doc in one style, with its hash.
[[nodiscard]] tally::Doc code_doc(const std::string& id, const std::string& data,
                                  const std::string& canonical);
