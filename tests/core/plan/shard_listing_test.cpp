#include "core/plan/shard_listing.hpp"

#include <fstream>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "temp_dir.hpp"

namespace fs = std::filesystem;
using tally::read_listed;
using Names = std::vector<std::string>;

TEST_CASE("every file is read once, and the last listing is the answer", "[listing]") {
  const TempDir dir;
  for (const char* const name : {"b", "a", ".c"}) static_cast<void>(dir.file(name, ""));
  Names read;
  const auto note = [&](const std::string& name) {
    read.push_back(name);
    return true;
  };
  CHECK(read_listed(dir.path(), note) == Names{"a", "b"});
  CHECK(read == Names{"a", "b"});
}

TEST_CASE("what comes while files are read makes one more listing at most", "[listing]") {
  const TempDir dir;
  static_cast<void>(dir.file("0", ""));
  int last = 0;
  const auto add = [&](const std::string&) {
    static_cast<void>(dir.file(std::to_string(++last), ""));
    return true;
  };
  CHECK(read_listed(dir.path(), add) == Names{"0", "1"});
}

TEST_CASE("what replaced a file is read before the end", "[listing]") {
  const TempDir dir;
  const int replaced = GENERATE(1, 12, 300);
  const bool in_time = GENERATE(true, false);  // whether a file is read before it is gone
  CAPTURE(replaced, in_time);
  static_cast<void>(dir.file("0", ""));
  int last = 0;
  const auto replace = [&](const std::string& name) {
    if (last == replaced) return true;
    static_cast<void>(dir.file(std::to_string(++last), ""));
    fs::remove(dir.path() / name);
    return in_time;
  };
  CHECK(read_listed(dir.path(), replace) == Names{std::to_string(replaced)});
}

TEST_CASE("files that vanish for ever are an error, not a shorter answer", "[listing]") {
  const TempDir dir;
  static_cast<void>(dir.file("0", ""));
  int last = 0;
  const auto replace = [&](const std::string& name) {
    static_cast<void>(dir.file(std::to_string(++last), ""));
    fs::remove(dir.path() / name);
    return true;
  };
  try {
    static_cast<void>(read_listed(dir.path(), replace));
    FAIL_CHECK("ended");
  } catch (const tally::Error& error) {
    CHECK(error.code() == tally::Errc::unavailable);
    CHECK(error.what() == dir.path().string() + ": shards keep vanishing while they are listed");
  }
}
