#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/config/run_config.hpp"
#include "temp_dir.hpp"

using namespace tally;

namespace {

struct Bad {
  std::string yaml;
  std::string message;
};

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string indented_maps(int depth) {
  std::string out;
  for (int i = 0; i < depth; ++i) out += fmt::format("{:>{}}:\n", "a", i + 1);
  return out;
}

void check_refused(const Bad& bad) {
  CAPTURE(bad.yaml.substr(0, 200));
  // yaml-cpp 0.8 ends some messages with a name.
  CHECK_THROWS_WITH(parse_run_config(bad.yaml, "run.yaml"),
                    Catch::Matchers::StartsWith(bad.message));
}

}  // namespace

TEST_CASE("what YAML allows and a config does not need is refused", "[config][yaml]") {
  check_refused(GENERATE(values<Bad>({
      {"", "run.yaml: found nothing, expected a mapping"},
      {"# only a comment\n", "run.yaml: found nothing, expected a mapping"},
      {"- 1\n", "run.yaml:1: found a list, expected a mapping"},
      {"text\n", "run.yaml:1: found text, expected a mapping"},
      {"a: &x 1\n", "run.yaml:1: a: found an anchor, expected none"},
      {"a: &x 1\nb: *x\n",
       "run.yaml:1: a: found an anchor, expected none\n"
       "run.yaml:2: b: found an alias, expected the value itself"},
      {"a: *x\n", "run.yaml:1: the referenced anchor is not defined"},
      {"a: !!str 12\n", "run.yaml:1: a: found the tag tag:yaml.org,2002:str, expected none"},
      {"a: !!python/object:os.system x\n",
       "run.yaml:1: a: found the tag tag:yaml.org,2002:python/object:os.system, expected none"},
      {"a: ! 12\n", "run.yaml:1: a: found the tag !, expected none"},
      {"a: ! \"x\"\n", "run.yaml:1: a: found the tag !, expected none"},
      {"a: !mine [1]\n", "run.yaml:1: a: found the tag !mine, expected none"},
      {"a: !mine {b: 1}\n", "run.yaml:1: a: found the tag !mine, expected none"},
      {"!t a: 1\n", "run.yaml:1: found the tag !t, expected none"},
      {"a: {<<: {b: 1}}\n", "run.yaml:1: a.<<: found a merge key, expected the keys themselves"},
      {"a: 1\nb: 2\na: 3\n", "run.yaml:3: a: found a second time, expected once (line 1)"},
      {"a: [{b: 1, b: 2}]\n", "run.yaml:1: a[0].b: found a second time, expected once (line 1)"},
      {"a: 1\n\"a\": 2\n", "run.yaml:2: a: found a second time, expected once (line 1)"},
      {"? [1]\n: 2\n", "run.yaml:1: found a list or mapping as a key, expected text"},
      {"? {a: 1}\n: 2\n", "run.yaml:1: found a list or mapping as a key, expected text"},
      {"~: 2\n", "run.yaml:1: found no text as a key, expected text"},
      {"a: 1\n---\nb: 2\n", "run.yaml:2: found a second document, expected one"},
      {"a: 1\n...\n---\nb: 2\n", "run.yaml:3: found a second document, expected one"},
      {"a: [1, 2\n", "run.yaml:2: end of sequence flow not found"},
      {"a: \"x", "run.yaml:1: illegal EOF in scalar"},
      {"a: \"x\n", "run.yaml:1: a: found no closing quote, expected one"},
      {"b: \xC3\xA9\na: 'it''s\n", "run.yaml:2: a: found no closing quote, expected one"},
      {"a: \"x\\\"\n", "run.yaml:1: a: found no closing quote, expected one"},
      {"b: \xE2\x82\xAC\na: ! x\n", "run.yaml:2: a: found the tag !, expected none"},
      {"a: b: c\n", "run.yaml:1: illegal map value"},
      {"a: 1\n\tb: 2\n", "run.yaml:2: illegal tab when looking for indentation"},
  })));
}

TEST_CASE("text that is not plain UTF-8 is refused", "[config][yaml]") {
  using namespace std::string_literals;
  check_refused(GENERATE(values<Bad>({
      {"a: 1\nb: x\0y\n"s,
       "run.yaml:2: found byte 0x00, expected UTF-8 without control characters"},
      {"a: \x1b[0m\n", "run.yaml:1: found byte 0x1b, expected UTF-8 without control characters"},
      {"a: \x7f\n", "run.yaml:1: found byte 0x7f, expected UTF-8 without control characters"},
      {"a: \xff\n", "run.yaml:1: found byte 0xff, expected UTF-8 without control characters"},
      {"a: \xc0\xaf\n", "run.yaml:1: found byte 0xc0, expected UTF-8 without control characters"},
      {"\xEF\xBB\xBF"
       "a: 1\n",
       "run.yaml:1: found a byte order mark, expected plain UTF-8"},
      {"\xFF\xFE"
       "a\0:\0"s,
       "run.yaml:1: found byte 0xff, expected UTF-8 without control characters"},
      {"\0a\0:"s, "run.yaml:1: found byte 0x00, expected UTF-8 without control characters"},
      {"a: \"x\\0y\"\n", "run.yaml:1: a: found a control character in a text, expected none"},
      {"a: \"\\x07\"\n", "run.yaml:1: a: found a control character in a text, expected none"},
  })));
}

TEST_CASE("nesting, values and size are bounded", "[config][yaml]") {
  const std::string deep =
      "run.yaml:1: " + repeated("[0]", 32) + ": found deeper nesting, expected at most 32";
  check_refused({repeated("[", 10'000) + repeated("]", 10'000), deep});
  check_refused({repeated("- ", 10'000) + "x", deep});
  check_refused({indented_maps(1000), "run.yaml:33: a" + repeated(".a", 31) +
                                          ": found deeper nesting, expected at most 32"});
  check_refused({"a: [" + repeated("1,", 200'001) + "]",
                 "run.yaml:1: a[199998]: found too many values, expected at most 200000"});
  check_refused({"a: " + std::string(1 << 20, 'x'),
                 "run.yaml: found 1048579 bytes, expected at most 1048576"});
}

TEST_CASE("an unfinished nest of a mebibyte is refused", "[config][yaml]") {
  const std::string unit = GENERATE(values<std::string>({"[", "{a: ", "? ", "- - ", "[[a: "}));
  CHECK_THROWS_AS(parse_run_config(repeated(unit, 1'000'000 / static_cast<int>(unit.size())), "f"),
                  Error);
}

TEST_CASE("alias bombs and cycles are refused before anything is expanded", "[config][yaml]") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i)
    bomb += fmt::format("a{0}: &a{0} [{1}*a{2}]\n", i, repeated(fmt::format("*a{}, ", i - 1), 9),
                        i - 1);
  CHECK_THROWS_WITH(parse_run_config(bomb, "run.yaml"),
                    TALLY_CONTAINS("run.yaml:1: a0: found an anchor, expected none\n"));
  check_refused({"a: &a [*a]\n",
                 "run.yaml:1: a: found an anchor, expected none\n"
                 "run.yaml:1: a[0]: found an alias, expected the value itself"});
}

TEST_CASE("very many keys, names and values are read in reasonable time", "[config][yaml]") {
  std::string keys, models = "models:\n", values = "tasks: [{sampling: {temperature: [";
  for (int i = 0; i < 20'000; ++i) {
    keys += fmt::format("key{}: 1\n", i);
    models += fmt::format("- {{name: m{}}}\n", i);
    values += fmt::format("{}, ", i);
  }
  CHECK_THROWS_AS(parse_run_config(keys, "run.yaml"), Error);
  CHECK_THROWS_AS(parse_run_config(models, "run.yaml"), Error);
  CHECK_THROWS_AS(parse_run_config(values + "0]}}]", "run.yaml"), Error);
}

TEST_CASE("a file is judged by its size before it is read", "[config][yaml]") {
  const TempDir dir;
  const auto file = dir.file("run.yaml", "run: ");
  std::filesystem::resize_file(file, std::uintmax_t{1} << 30U);  // sparse: takes no space
  CHECK_THROWS_WITH(load_run_config(file),
                    file.string() + ": found 1073741824 bytes, expected at most 1048576");
  try {
    static_cast<void>(load_run_config(file));
  } catch (const Error& error) {
    CHECK(error.code() == Errc::config);
  }
}

TEST_CASE("a file that is not there is missing, and a folder is no config", "[config][yaml]") {
  const TempDir dir;
  const auto missing = dir.path() / "none.yaml";
  try {
    static_cast<void>(load_run_config(missing));
    FAIL("loaded");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::missing);
    CHECK(error.what() == missing.string() + ": open: No such file or directory");
  }
  CHECK_THROWS_WITH(load_run_config(dir.path()),
                    dir.path().string() + ": found no regular file, expected one");
  const auto fifo = dir.path() / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_THROWS_AS(load_run_config(fifo), Error);
}
