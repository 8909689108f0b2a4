#include "core/plan/language_profiles.hpp"

#include <filesystem>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "temp_dir.hpp"

TEST_CASE("the digest of language profiles is over the tables beside them, too", "[plan]") {
  const TempDir dir;
  const auto folder = dir.path() / "profiles";
  std::filesystem::create_directories(folder / "below");
  std::filesystem::create_directories(dir.path() / "utils");
  const auto put = [&](const std::string& name, const std::string& text) {
    static_cast<void>(dir.file(name, text));
  };
  CHECK_THROWS_WITH(tally::find_language_profiles(folder),
                    folder.string() + ": found no files, expected langdetect's profiles");
  put("profiles/fr", "b");
  put("profiles/en", "a");
  put("profiles/.hidden", "c");
  CHECK_THROWS_WITH(tally::find_language_profiles(folder),
                    folder.string() + ": found no messages.properties, expected it there or at " +
                        (dir.path() / "utils/messages.properties").string());
  put("utils/messages.properties", "t");
  const auto found = tally::find_language_profiles(folder);
  REQUIRE(found.profiles.size() == 2);
  CHECK(found.profiles[0].filename() == "en");
  CHECK(found.profiles[1].filename() == "fr");
  CHECK(found.tables == dir.path() / "utils/messages.properties");
  // python3: sha256 over name, NUL and sha256 of the content of en, fr, messages.properties
  const std::string digest = tally::language_profiles_digest(folder).hex();
  CHECK(digest == "4d9249b6b744cf02f41eb705121949a630662bb0046fcfb988b1610a88691cab");
  CHECK(tally::language_profiles_digest(folder / "").hex() == digest);
  put("utils/messages.properties", "u");
  CHECK(tally::language_profiles_digest(folder).hex() != digest);
  put("profiles/messages.properties", "t");  // the nearer one counts
  CHECK(tally::language_profiles_digest(folder).hex() == digest);
}
