#include "core/base/checksums.hpp"

#include "catch.hpp"
#include "temp_dir.hpp"

using namespace tally;

namespace {

std::string line_of(const std::string& text, const std::string& name) {
  return sha256(text).hex() + "  " + name + "\n";
}

}  // namespace

TEST_CASE("every file that SHA256SUMS names is hashed", "[base][checksums]") {
  const TempDir dir;
  static_cast<void>(dir.file("a", "one"));
  static_cast<void>(dir.file("b", "two"));
  static_cast<void>(dir.file("c", "changed"));
  static_cast<void>(dir.file("SHA256SUMS", line_of("one", "a") + line_of("two", "b") +
                                               line_of("three", "c") + line_of("four", "d")));
  const CheckedFiles found = check_sums(dir.path());
  REQUIRE(found.good.size() == 2);
  CHECK(found.good.at("a") == sha256("one"));
  CHECK(found.good.at("b") == sha256("two"));
  REQUIRE(found.bad.size() == 2);
  CHECK(found.bad[0].name == "c");
  CHECK(found.bad[0].reason ==
        "sha256: found " + sha256("changed").hex() + ", expected " + sha256("three").hex());
  CHECK(found.bad[1].name == "d");
}

TEST_CASE("a SHA256SUMS that is none is bad itself", "[base][checksums]") {
  const TempDir dir;
  SECTION("absent") { CHECK(check_sums(dir.path()).bad.at(0).name == "SHA256SUMS"); }
  SECTION("no line of it") {
    static_cast<void>(dir.file("SHA256SUMS", "hello\n"));
    const CheckedFiles found = check_sums(dir.path());
    CHECK(found.bad.at(0).name == "SHA256SUMS");
    CHECK(found.bad.at(0).reason == "found line \"hello\", expected \"<64 hex digits>  <name>\"");
  }
  SECTION("a file elsewhere") {
    static_cast<void>(dir.file("SHA256SUMS", line_of("x", "../x")));
    CHECK(check_sums(dir.path()).bad.at(0).reason == "found a path, expected a plain file name");
  }
}
