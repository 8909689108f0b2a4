#include "worker/generators/torchscript.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "temp_dir.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

constexpr std::size_t kFeatures = 64;

TorchScriptOptions options_for(const std::filesystem::path& file, std::uint32_t batch) {
  TorchScriptOptions options;
  options.model.file = file;
  options.model.digest = sha256_file(file);
  options.model.spec.name = "m";
  options.model.spec.backend = ModelBackend::torchscript;
  options.model.spec.device = "cpu";
  options.model.spec.batch = batch;
  return options;
}

std::filesystem::path module_file(const std::string& name) {
  return std::filesystem::path(TEST_MODULES) / name;
}

std::vector<Doc> make_docs(std::size_t count, std::size_t features = kFeatures) {
  std::vector<Doc> docs(count);
  for (std::size_t i = 0; i < count; ++i) {
    docs[i].id = std::to_string(i);
    ItemRandom random(5, i);
    for (std::size_t k = 0; k < features; ++k) {
      docs[i].features.push_back(static_cast<float>(random.next_unit() * 16.0));
    }
  }
  return docs;
}

std::vector<Completion> forward(TorchScript& model, const std::vector<const Doc*>& docs) {
  const Task task;
  std::vector<Request> requests;
  for (const Doc* const doc : docs) requests.push_back({std::stoull(doc->id), &task, doc, 0});
  return model.generate(requests, StopFlag());
}

}  // namespace

TEST_CASE("logits do not depend on who shares the batch, nor on the place in it",
          "[worker][torch]") {
  const auto docs = make_docs(23);
  TorchScript model(options_for(module_file("mlp.pt"), 7));
  std::vector<const Doc*> all;
  for (const Doc& doc : docs) all.push_back(&doc);
  const auto together = forward(model, all);
  REQUIRE(together.size() == docs.size());
  const std::vector<const Doc*> reversed(all.rbegin(), all.rend());
  const auto backwards = forward(model, reversed);
  for (std::size_t i = 0; i < docs.size(); ++i) {
    CAPTURE(i);
    const auto alone = forward(model, {&docs[i]});
    CHECK(together[i].outcome == Outcome::scored);
    CHECK(together[i].finish_reason == FinishReason::stop);
    CHECK(together[i].logits.size() == 10);
    CHECK(together[i].logits == alone[0].logits);  // bit for bit
    CHECK(together[i].logits == backwards[docs.size() - 1 - i].logits);
  }
  CHECK(together[0].logits != together[1].logits);
}

TEST_CASE("the first pass of a process gives what the hundredth gives", "[worker][torch]") {
  const auto docs = make_docs(1);
  TorchScript model(options_for(module_file("mlp.pt"), 4));
  const auto first = forward(model, {docs.data()});
  for (int pass = 0; pass < 100; ++pass) {
    CHECK(forward(model, {docs.data()})[0].logits == first[0].logits);
  }
}

TEST_CASE("repeats of a doc share a row and get the same logits", "[worker][torch]") {
  const auto docs = make_docs(3);
  TorchScript model(options_for(module_file("mlp.pt"), 2));
  Task task;
  task.repeats = 4;
  CHECK(model.batch_size(task) == 8);
  std::vector<const Doc*> requests;
  for (const Doc& doc : docs) requests.insert(requests.end(), 4, &doc);
  const auto completions = forward(model, requests);
  REQUIRE(completions.size() == 12);
  for (std::size_t i = 0; i < completions.size(); ++i) {
    CHECK(completions[i].logits == forward(model, {&docs[i / 4]})[0].logits);
  }
}

TEST_CASE("NaN comes through and stays in its row", "[worker][torch]") {
  auto docs = make_docs(2);
  TorchScript model(options_for(module_file("mlp.pt"), 4));
  const auto clean = forward(model, {&docs[1]});
  docs[0].features[3] = std::numeric_limits<float>::quiet_NaN();
  const auto completions = forward(model, {&docs[0], &docs[1]});
  CHECK(completions[0].outcome == Outcome::scored);
  CHECK(std::isnan(completions[0].logits[0]));
  CHECK(completions[1].logits == clean[0].logits);
}

TEST_CASE("a doc that does not fit the model is an error of its own", "[worker][torch]") {
  const auto docs = make_docs(2);
  const auto narrow = make_docs(1, 3);
  TorchScript model(options_for(module_file("mlp.pt"), 4));
  const auto completions = forward(model, {&docs[0], narrow.data(), &docs[1]});
  REQUIRE(completions.size() == 3);
  CHECK(completions[0].outcome == Outcome::scored);
  CHECK(completions[1].outcome == Outcome::generation_error);
  CHECK(completions[1].error.starts_with("forward: "));
  CHECK(completions[1].error.find("shapes cannot be multiplied") != std::string::npos);
  CHECK(completions[2].outcome == Outcome::scored);
}

TEST_CASE("an output that is not one row of classes per input is refused", "[worker][torch]") {
  const auto docs = make_docs(1);
  TorchScript sum(options_for(module_file("sum.pt"), 4));
  CHECK(forward(sum, {docs.data()})[0].error == "forward: found shape [4], expected [4, classes]");
  TorchScript number(options_for(module_file("number.pt"), 4));
  CHECK(forward(number, {docs.data()})[0].error ==
        "forward: found no tensor, expected [batch, classes]");
}

TEST_CASE("a stop ends generation with a prefix", "[worker][torch]") {
  const auto docs = make_docs(1);
  TorchScript model(options_for(module_file("mlp.pt"), 4));
  StopFlag stop;
  stop.request();
  const Task task;
  const std::vector<Request> requests{{0, &task, docs.data(), 0}};
  CHECK(model.generate(requests, stop).empty());
}

TEST_CASE("weights that are not there, were changed or are none are refused", "[worker][torch]") {
  const TempDir dir;
  SECTION("not there") {
    auto options = options_for(module_file("mlp.pt"), 4);
    options.model.file = dir.path() / "gone.pt";
    TorchScript model(options);
    try {
      model.probe();
      FAIL("found a model, expected an error");
    } catch (const Error& error) {
      CHECK(error.code() == Errc::missing);
      CHECK_THAT(error.what(), TALLY_CONTAINS(options.model.file.string()));
    }
  }
  SECTION("changed since the plan was made") {
    auto options = options_for(module_file("mlp.pt"), 4);
    const Digest found = options.model.digest;
    options.model.digest.bytes[0] ^= 1U;
    CHECK_THROWS_WITH(TorchScript(options).probe(), options.model.file.string() +
                                                        ": sha256: found " + found.hex() +
                                                        ", expected " + options.model.digest.hex());
  }
  SECTION("no TorchScript") {
    const auto file = dir.file("garbage.pt", "PK\003\004 this is not an archive");
    try {
      TorchScript(options_for(file, 4)).probe();
      FAIL("found a model, expected an error");
    } catch (const Error& error) {
      CHECK(error.code() == Errc::data);
      CHECK_THAT(error.what(), TALLY_CONTAINS(file.string() + ": model 'm': "));
    }
  }
  SECTION("an empty file") {
    CHECK_THROWS_AS(TorchScript(options_for(dir.file("empty.pt", ""), 4)).probe(), Error);
  }
}

TEST_CASE("a device that is not there can be waited for", "[worker][torch]") {
  auto options = options_for(module_file("mlp.pt"), 4);
  options.model.spec.device = "cuda:63";
  try {
    TorchScript(options).probe();
    FAIL("found 64 GPUs, expected fewer");
  } catch (const Error& error) {
    CHECK((error.code() == Errc::unavailable || error.code() == Errc::data));
    CHECK_THAT(error.what(), TALLY_CONTAINS("model 'm': "));
  }
}
