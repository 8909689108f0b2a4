#pragma once
#include <filesystem>
#include <string>

#include "temp_dir.hpp"

// Two made-up languages, one of the letters a and b, one of x and y, in the layout of langdetect.
class SmallProfiles {
 public:
  SmallProfiles() {
    std::filesystem::create_directories(folder());
    std::filesystem::create_directories(dir_.path() / "utils");
    file("profiles/en", R"({"name":"en","freq":{"a":900,"b":100,"ab":10},"n_words":[1000,10,0]})");
    file("profiles/xx",
         R"({"name":"xx","freq":{"x":500,"y":500,"\u3042":9},"n_words":[1009,0,0]})");
    file("utils/messages.properties", tables());
  }
  [[nodiscard]] std::filesystem::path folder() const { return dir_.path() / "profiles"; }
  void file(const std::string& name, const std::string& text) const {
    static_cast<void>(dir_.file(name, text));
  }
  [[nodiscard]] static std::string tables() {
    std::string text =
        "NGram.LATIN1_EXCLUDE=\\u00A0\nTO_NORMALIZE_VI_CHARS=AE\nDMARK_CLASS=\\u0300";
    return text + "\nNORMALIZED_VI_CHARS_0300=\\u00C0\\u00C8\nNGram.KANJI_1=\\u4F7C\\u6934\n";
  }

 private:
  TempDir dir_;
};
