#include "worker/scorers/instruction_following/language.hpp"

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/plan/language_profiles.hpp"
#include "small_profiles.hpp"
#include "worker/scorers/instruction_following/language_text.hpp"

using namespace tally::worker;

TEST_CASE("a text is in the language whose grams it has", "[worker][scorers][ifeval][trap-27]") {
  const SmallProfiles profiles;
  const LanguageDetector detector(profiles.folder());
  CHECK_FALSE(detector.is_loaded());
  CHECK(detector.detect("ab aab ba") == "en");
  CHECK(detector.is_loaded());
  CHECK(detector.detect("xyxy") == "xx");
  CHECK(detector.detect("\u3044") == "xx");  // all hiragana are one letter
  CHECK(detector.detect("ab aab ba") == "en");
  CHECK_FALSE(detector.detect("123 !?").has_value());
  CHECK_FALSE(detector.detect("").has_value());
}

TEST_CASE("what tells no language is left out", "[worker][scorers][ifeval]") {
  const SmallProfiles small;
  const LanguageProfiles profiles(small.folder());
  struct Case {
    const char* text;
    std::u32string rest;
  };
  const std::vector<Case> cases = {{"a https://x.yz/q?r=1#s b", U"a b"},
                                   {"see http:// now", U"see http:// now"},
                                   {"a x.y@zz.org, b", U"a , b"},
                                   {"a x@y b", U"a x@y b"},  // a domain has two characters
                                   {"@home x@ y", U"@home x@ y"},
                                   {"A\u0300 E\u0300 O\u0300", U"\u00c0 \u00c8 O\u0300"},
                                   {"\u4f60\u597d\u4f60\u597d a", U"\u4f60\u597d\u4f60\u597d "},
                                   {"\u4f60 abc", U"\u4f60 abc"},
                                   {"a   b\n\nc", U"a b\n\nc"}};
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(language_text(c.text, profiles) == c.rest);
  }
  CHECK(language_text(std::string(20'000, 'a'), profiles).size() == 10'000);
}

TEST_CASE("words in capitals have no grams", "[worker][scorers][ifeval]") {
  const SmallProfiles small;
  small.file("profiles/zz", R"({"name":"zz","freq":{"Q":5},"n_words":[5,0,0]})");
  const LanguageProfiles profiles(small.folder());
  CHECK(known_grams(U"Q q", profiles).size() == 1);
  CHECK(known_grams(U"QQQ Qq", profiles).size() == 2);  // the first of each word
  CHECK(known_grams(U"ab", profiles).size() == 3);      // a, b, ab
}

TEST_CASE("ideographs and marks that are alike are one", "[worker][scorers][ifeval]") {
  const SmallProfiles small;
  const LanguageProfiles profiles(small.folder());
  CHECK(profiles.ideograph(0x6934) == 0x4F7C);
  CHECK(profiles.ideograph(0x4E00) == 0x4E00);
  CHECK(profiles.combined('E', 0x300) == 0xC8);
  CHECK(profiles.combined('e', 0x300) == 0);
  CHECK(profiles.is_excluded(0xA0));
  CHECK_FALSE(profiles.is_excluded(0xE9));
}

TEST_CASE("profiles that are no profiles, or not the planned ones, are refused",
          "[worker][scorers][ifeval]") {
  const SmallProfiles small;
  const std::string digest = tally::language_profiles_digest(small.folder()).hex();
  CHECK(LanguageDetector(small.folder(), digest).detect("aaa") == "en");
  small.file("profiles/zz", "{}");
  const std::string path = (small.folder() / "zz").string();
  CHECK_THROWS_WITH(LanguageDetector(small.folder()).detect("a"),
                    path +
                        ": found no language profile (The JSON field referenced does not exist "
                        "in this object.), expected JSON with name, freq and n_words");
  CHECK_THROWS_WITH(LanguageDetector(small.folder(), digest).detect("a"),
                    small.folder().string() + ": language_profiles: found profiles of digest " +
                        tally::language_profiles_digest(small.folder()).hex() + ", expected " +
                        digest);
}
