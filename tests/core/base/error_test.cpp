#include "core/base/error.hpp"

#include <cerrno>

#include "catch.hpp"

using namespace tally;

TEST_CASE("an error names path, line and key, leaving out what is unknown", "[base][error]") {
  const std::string message = "found 0, expected 1..9";
  CHECK(std::string(Error(Errc::config, message, {"run.yaml", "a.b", 12}).what()) ==
        "run.yaml:12: a.b: found 0, expected 1..9");
  CHECK(std::string(Error(Errc::config, message, {"run.yaml", "", 12}).what()) ==
        "run.yaml:12: found 0, expected 1..9");
  CHECK(std::string(Error(Errc::config, message, {"run.yaml", "a", 0}).what()) ==
        "run.yaml: a: found 0, expected 1..9");
  CHECK(std::string(Error(Errc::config, message, {"", "a", 0}).what()) ==
        "a: found 0, expected 1..9");
  CHECK(std::string(Error(Errc::config, message).what()) == message);
}

TEST_CASE("an errno becomes what was being done, to which file, and why not", "[base][error]") {
  const Error error = errno_error(Errc::io, "fsync", "shards", EIO);
  CHECK(std::string(error.what()) == "shards: fsync: Input/output error");
  CHECK(error.code() == Errc::io);
  CHECK(error.where().path == "shards");
}

TEST_CASE("exit codes are those of sysexits.h and never change", "[base][error]") {
  CHECK(static_cast<int>(Errc::usage) == 64);
  CHECK(static_cast<int>(Errc::data) == 65);
  CHECK(static_cast<int>(Errc::missing) == 66);
  CHECK(static_cast<int>(Errc::unavailable) == 69);
  CHECK(static_cast<int>(Errc::internal) == 70);
  CHECK(static_cast<int>(Errc::io) == 74);
  CHECK(static_cast<int>(Errc::incomplete) == 75);
  CHECK(static_cast<int>(Errc::config) == 78);
}
