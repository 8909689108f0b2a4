#include "core/dataset/line_reader.hpp"

#include <vector>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "temp_dir.hpp"

using tally::LineReader;

namespace {

std::vector<std::string> read_lines(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  for (LineReader reader(file); reader.next();) {
    lines.emplace_back(reader.line());
    REQUIRE(reader.number() == static_cast<int>(lines.size()));
  }
  return lines;
}

}  // namespace

TEST_CASE("lines end in LF or CRLF, the last one maybe in neither", "[dataset][lines]") {
  struct Case {
    const char* text;
    std::vector<std::string> lines;
  };
  const auto good = GENERATE(values<Case>({
      {"", {}},
      {"a", {"a"}},
      {"a\n", {"a"}},
      {"a\nb", {"a", "b"}},
      {"a\r\nb\r\n", {"a", "b"}},
      {"\n\na\n", {"", "", "a"}},
      {"\xEF\xBB\xBF"
       "a\n\xEF\xBB\xBF"
       "b",
       {"a",
        "\xEF\xBB\xBF"
        "b"}},
  }));
  const TempDir dir;
  CAPTURE(good.text);
  CHECK(read_lines(dir.file("a", good.text)) == good.lines);
}

TEST_CASE("lines longer than a read block are whole", "[dataset][lines]") {
  std::vector<std::string> expected;
  std::string text;
  for (std::size_t i = 0; i < 12; ++i) {
    expected.emplace_back(i * 90'001, static_cast<char>('a' + i));
    text += expected.back() + "\n";
  }
  const TempDir dir;
  CHECK(read_lines(dir.file("a", text)) == expected);
}

TEST_CASE("an input that is no file is refused", "[dataset][lines]") {
  const TempDir dir;
  CHECK_THROWS_WITH(read_lines(dir.path() / "absent"),
                    (dir.path() / "absent").string() + ": open: No such file or directory");
  CHECK_THROWS_WITH(read_lines(dir.path()),
                    dir.path().string() + ": found no regular file, expected one");
}
