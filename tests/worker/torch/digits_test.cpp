#include <cstdlib>

#include "catch.hpp"
#include "core/dataset/dataset.hpp"
#include "temp_dir.hpp"
#include "worker/generators/torchscript.hpp"
#include "worker/scorer.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

std::vector<Doc> test_rows() {
  DatasetSpec spec;
  spec.format = DatasetFormat::csv;
  spec.input = "0-63";
  spec.target = "64";
  spec.rows = "1000-1796";
  return read_docs(spec, std::filesystem::path(QUICKSTART) / "data/optdigits.csv.gz", 0);
}

double accuracy(const std::filesystem::path& weights, const std::vector<Doc>& docs) {
  TorchScriptOptions options;
  options.model.file = weights;
  options.model.digest = sha256_file(weights);
  options.model.spec.device = "cpu";
  TorchScript model(options);
  const Task task;
  std::vector<Request> requests;
  for (const Doc& doc : docs) requests.push_back({0, &task, &doc, 0});
  const auto completions = model.generate(requests, StopFlag());
  const TaskSpec entry;
  const StopFlag stop;
  const auto scorer = make_scorer({entry, stop});
  ItemRandom random(0, 0);
  double right = 0.0;
  for (std::size_t i = 0; i < docs.size(); ++i) {
    const Score score = scorer->score(task, docs[i], completions[i], random);
    REQUIRE(score.outcome == Outcome::scored);
    right += score.value;
  }
  return right / static_cast<double>(docs.size());
}

}  // namespace

TEST_CASE("the quickstart's models read digits, larger ones better", "[worker][torch]") {
  const TempDir dir;
  const std::string command = std::string(TRAIN_DIGITS) + " " QUICKSTART "/data/optdigits.csv.gz " +
                              dir.path().string() + " 2>/dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
  const auto docs = test_rows();
  REQUIRE(docs.size() == 797);
  const double small = accuracy(dir.path() / "small.pt", docs);
  const double medium = accuracy(dir.path() / "medium.pt", docs);
  const double large = accuracy(dir.path() / "large.pt", docs);
  CAPTURE(small, medium, large);
  CHECK(small > 0.5);
  CHECK(medium > small);
  CHECK(large > 0.9);
}
