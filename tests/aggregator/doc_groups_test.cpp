#include "aggregator/doc_groups.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>

#include "catch.hpp"
#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "temp_dir.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

/// A plan with one dataset of `subjects`, grouped by them.
struct Grouped {
  explicit Grouped(const std::vector<std::string>& subjects) {
    PlannedDataset dataset;
    dataset.spec.slug = "mmlu";
    dataset.spec.group_by = "subject";
    dataset.file = dir.path() / "mmlu.jsonl";
    dataset.docs = subjects.size();
    {
      std::ofstream out(dataset.file);
      for (const std::string& subject : subjects)
        out << fmt::format(R"({{"input":"1+1","target":"2","subject":"{}"}})", subject) << '\n';
    }
    dataset.digest = sha256_file(dataset.file);
    plan.datasets = {dataset};
  }
  TempDir dir;
  Plan plan;
};

}  // namespace

TEST_CASE("docs are grouped by the text of a key, groups in order of their names", "[aggregator]") {
  Grouped grouped({"law", "art", "law", "Art", "10", "9"});
  grouped.plan.datasets.push_back(grouped.plan.datasets[0]);
  grouped.plan.datasets[1].spec.group_by.clear();
  const auto groups = load_groups(grouped.plan);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].value().by == "subject");
  CHECK(groups[0]->names == std::vector<std::string>{"10", "9", "Art", "art", "law"});
  CHECK(groups[0]->of_doc == std::vector<std::uint32_t>{4, 3, 4, 2, 0, 1});
  CHECK_FALSE(groups[1]);
}

TEST_CASE("a dataset that is no longer what was planned is refused", "[aggregator]") {
  const Grouped grouped({"law", "art"});
  const auto& dataset = grouped.plan.datasets[0];
  std::ofstream(dataset.file, std::ios::app) << "\n";
  CHECK_THROWS_WITH(load_groups(grouped.plan),
                    fmt::format("{}: sha256: found {}, expected {}", dataset.file.string(),
                                sha256_file(dataset.file).hex(), dataset.digest.hex()));
  std::filesystem::remove(dataset.file);
  try {
    static_cast<void>(load_groups(grouped.plan));
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::missing);
    CHECK(error.where().path == dataset.file);
  }
}

TEST_CASE("a column of all different values is none to group by", "[aggregator]") {
  std::vector<std::string> subjects;
  for (std::size_t i = 0; i <= kMaxGroups; ++i) subjects.push_back(std::to_string(i));
  const Grouped grouped(subjects);
  CHECK_THROWS_WITH(load_groups(grouped.plan),
                    fmt::format("{}: group_by subject: found 10001 groups, expected at most 10000",
                                grouped.plan.datasets[0].file.string()));
}
