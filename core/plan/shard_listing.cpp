#include "core/plan/shard_listing.hpp"

#include <algorithm>
#include <set>
#include <system_error>

#include "core/base/error.hpp"

// Reading while others write. A fold publishes one shard and then removes those it replaced, so a
// listing taken meanwhile may lack the new one and some of the old; the next one then lacks what
// this one saw. Hence what is gone makes us list again. What was only added does not matter: ranks
// that commit all the time must not keep us from ending. There is a limit, but no answer at it: one
// that counts less than is there would have done work done again.

namespace tally {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxListings = 1000;

std::vector<std::string> list_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  fs::directory_iterator it(folder, failed);
  for (const fs::directory_iterator end; !failed && it != end; it.increment(failed)) {
    std::string name = it->path().filename().string();
    if (!name.starts_with('.')) names.push_back(std::move(name));  // .nfs...: being removed
  }
  if (failed) throw errno_error(Errc::io, "list", folder, failed.value());
  std::ranges::sort(names);
  return names;
}

}  // namespace

std::vector<std::string> read_listed(const fs::path& folder,
                                     const std::function<bool(const std::string&)>& read) {
  std::set<std::string> done;
  std::vector<std::string> before;
  for (int listing = 0; listing < kMaxListings; ++listing) {
    std::vector<std::string> names = list_names(folder);
    bool gone = listing == 0 || !std::ranges::includes(names, before);
    for (const std::string& name : names) {
      if (done.contains(name)) continue;
      if (read(name))
        done.insert(name);
      else
        gone = true;
    }
    if (!gone) return names;
    before = std::move(names);
  }
  throw Error(Errc::unavailable, "shards keep vanishing while they are listed", {folder, {}, 0});
}

}  // namespace tally
