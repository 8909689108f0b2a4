#include "launcher/slurm/array_parts.hpp"

#include <algorithm>
#include <map>

#include "catch.hpp"

namespace tally::launcher {
namespace {

TEST_CASE("parts cover all elements once, in order, none longer than the site allows", "[slurm]") {
  const auto elements = GENERATE(as<std::uint32_t>{}, 1, 10, 11, 12, 25, 1000);
  const auto most = GENERATE(as<std::uint32_t>{}, 1, 11, 1001);
  const auto running = GENERATE(as<std::uint32_t>{}, 0, 1, 3, 2000);
  CAPTURE(elements, most, running);
  std::uint32_t next = 0;
  const std::vector<ArrayPart> parts = split_array(elements, most, running);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    CHECK(parts[i].offset == next);
    CHECK(parts[i].count >= 1);
    CHECK(parts[i].count <= most);
    CHECK((parts[i].max_running == 0) == (running == 0));
    if (parts[i].after) CHECK(*parts[i].after < i);
    next += parts[i].count;
  }
  CHECK(next == elements);
}

// The most tasks that can run at once: of each chain of parts one part at a time.
TEST_CASE("all parts together never run more than allowed, and not less than they could",
          "[slurm]") {
  const auto running = GENERATE(as<std::uint32_t>{}, 1, 2, 3, 7, 10, 64);
  std::map<std::size_t, std::uint32_t> chains;  // by their first part
  std::vector<std::size_t> first;
  for (const ArrayPart& part : split_array(50, 7, running)) {
    first.push_back(part.after ? first[*part.after] : first.size());
    auto& most = chains[first.back()];
    most = std::max(most, part.max_running);
  }
  std::uint32_t sum = 0;
  for (const auto& [part, most] : chains) sum += most;
  CHECK(sum == running);
}

TEST_CASE("tasks are written as sbatch reads them", "[slurm]") {
  CHECK(split_array(1, 1001, 0)[0].tasks() == "0");
  CHECK(split_array(10, 1001, 0)[0].tasks() == "0-9");
  CHECK(split_array(10, 1001, 2)[0].tasks() == "0-9%2");
}

}  // namespace
}  // namespace tally::launcher
