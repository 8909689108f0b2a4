#pragma once
#include <string>
#include <vector>

#include "core/dataset/dataset.hpp"
#include "temp_dir.hpp"

/// A spec of a format and nothing else.
inline tally::DatasetSpec spec_of(tally::DatasetFormat format) {
  tally::DatasetSpec spec;
  spec.format = format;
  return spec;
}

/// The docs of a file with this content.
inline std::vector<tally::Doc> docs_of(const tally::DatasetSpec& spec, const std::string& content) {
  const TempDir dir;
  return tally::read_docs(spec, dir.file("docs", content), 0);
}

/// The message that this content is refused with, from behind the file's name.
inline std::string refusal_of(const tally::DatasetSpec& spec, const std::string& content) {
  const TempDir dir;
  const auto file = dir.file("docs", content);
  try {
    static_cast<void>(tally::read_docs(spec, file, 0));
  } catch (const std::exception& e) {
    return std::string(e.what()).substr(file.string().size());
  }
  return "nothing";
}
