#include "core/base/digest.hpp"

#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "temp_dir.hpp"

using namespace tally;

namespace {

// FIPS 180-4 examples (NIST, "SHA256.pdf" and the empty message).
constexpr auto kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr auto kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr auto kMillionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

}  // namespace

TEST_CASE("SHA-256 gives the published digests", "[base][digest]") {
  CHECK(sha256("").hex() == kEmpty);
  CHECK(sha256("abc").hex() == kAbc);
  CHECK(sha256("abc").short_hex() == "ba7816bf8f01cfea");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex() ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string(1'000'000, 'a')).hex() == kMillionA);
}

TEST_CASE("pieces give the digest of the whole, and finish() starts over", "[base][digest]") {
  Sha256 hash;
  for (int i = 0; i < 1000; ++i) hash.update(std::string(1000, 'a'));
  CHECK(hash.finish().hex() == kMillionA);
  hash.update("a");
  hash.update("");
  hash.update("bc");
  Sha256 moved = std::move(hash);
  CHECK(moved.finish().hex() == kAbc);
  CHECK(moved.finish().hex() == kEmpty);
}

TEST_CASE("threads hash independently", "[base][digest]") {
  std::vector<std::string> results(4);
  std::vector<std::thread> threads;
  for (std::string& result : results)
    threads.emplace_back([&result] {
      for (int i = 0; i < 1000; ++i) result = sha256("abc").hex();
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& result : results) CHECK(result == kAbc);
}

TEST_CASE("a file's digest is that of its bytes", "[base][digest]") {
  const TempDir dir;
  CHECK(sha256_file(dir.file("a", std::string(1'000'000, 'a'))).hex() == kMillionA);
  CHECK(sha256_file(dir.file("b", "")).hex() == kEmpty);
  const auto missing = dir.path() / "none";
  CHECK_THROWS_WITH(sha256_file(missing), missing.string() + ": open: No such file or directory");
  CHECK_THROWS_WITH(sha256_file(dir.path()),
                    dir.path().string() + ": found no regular file, expected one");
}
