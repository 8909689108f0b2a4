#include "worker/sandbox/helper/private_folder.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "temp_dir.hpp"

namespace {

namespace fs = std::filesystem;
using namespace tally::worker;

std::string content(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("A private folder holds the files and an empty place to work in", "[sandbox]") {
  const std::string folder = make_private_folder({{"check.py", "pass"}, {"empty", ""}});
  CHECK(content(folder + "/tally/check.py") == "pass");
  CHECK(fs::exists(folder + "/tally/empty"));
  CHECK(fs::is_empty(folder + "/tmp"));
  CHECK((fs::status(folder + "/tally").permissions() & fs::perms::all) == fs::perms(0555));
  remove_private_folder(folder);
  CHECK_FALSE(fs::exists(folder));
}

TEST_CASE("A private folder goes whatever was made of it, and what its links point to stays",
          "[sandbox]") {
  const TempDir outside;
  const fs::path kept = outside.file("kept.txt", "kept");
  fs::permissions(kept, fs::perms(0400));
  const std::string folder = make_private_folder({{"check.py", "pass"}});
  fs::create_directories(folder + "/tmp/a/b");
  std::ofstream(folder + "/tmp/a/b/file") << "x";
  fs::create_symlink(outside.path(), folder + "/tmp/a/link");
  fs::create_symlink(kept, folder + "/tmp/link");
  fs::permissions(folder + "/tmp/a/b", fs::perms::none);
  fs::permissions(folder + "/tmp/a", fs::perms::none);
  fs::permissions(folder + "/tmp", fs::perms::none);
  remove_private_folder(folder);
  CHECK_FALSE(fs::exists(folder));
  CHECK(content(kept) == "kept");
  CHECK(fs::status(kept).permissions() == fs::perms(0400));
}
