#include "worker/generators/replay.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <random>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "temp_dir.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

PlannedModel model_of(const std::filesystem::path& file) {
  PlannedModel model;
  model.file = file;
  model.digest = sha256_file(file);
  model.spec.name = "wren";
  return model;
}

std::string line(const std::string& id, int repeat, const std::string& text) {
  return R"({"doc_id": ")" + id + R"(", "sample_idx": )" + std::to_string(repeat) +
         R"(, "completion": ")" + text + "\"}\n";
}

// What the model says to (doc, repeat): its text, or its error in brackets.
std::string said(Replay& replay, const std::string& id, std::uint32_t repeat,
                 std::uint32_t dataset = 0) {
  Doc doc;
  doc.id = id;
  Task task;
  task.dataset = dataset;
  const std::vector<Request> requests{{0, &task, &doc, repeat}};
  const auto completions = replay.generate(requests, StopFlag());
  const Completion& completion = completions.at(0);
  if (completion.outcome == Outcome::scored) return completion.text;
  CHECK(completion.outcome == Outcome::generation_error);
  return "[" + completion.error + "]";
}

std::string said(const PlannedModel& model, const std::string& id, std::uint32_t repeat) {
  Replay replay(model, {0}, {"words"});
  return said(replay, id, repeat);
}

std::string complaint(const PlannedModel& model, std::vector<std::string> slugs = {"words"}) {
  std::vector<std::uint32_t> datasets(slugs.size());
  Replay replay(model, datasets, std::move(slugs));
  try {
    return "(none) " + said(replay, "a", 0);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::data);
    return error.what();
  }
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(text.size() + 128, '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("a completion is found by doc and repeat", "[worker][replay]") {
  const TempDir dir;
  const auto model = model_of(dir.file("c.jsonl", line("b", 0, "B0") + "\n" + line("a", 1, "A1") +
                                                      line("a", 0, "A0") +
                                                      R"({"id": 7, "repeat": 0, "output": "n"})"));
  CHECK(said(model, "a", 0) == "A0");
  CHECK(said(model, "a", 1) == "A1");
  CHECK(said(model, "b", 0) == "B0");
  CHECK(said(model, "7", 0) == "n");
  CHECK(said(model, "b", 1) == "[c.jsonl: doc 'b' repeat 1: found no completion]");
  CHECK(said(model, "07", 0) == "[c.jsonl: doc '07' repeat 0: found no completion]");
}

TEST_CASE("the order of the lines does not matter", "[worker][replay][trap-29]") {
  const TempDir dir;
  std::vector<std::string> lines;
  for (int doc = 0; doc < 30; ++doc) {
    for (int repeat = 0; repeat < 4; ++repeat) {
      lines.push_back(line(std::to_string(doc), repeat, std::to_string(doc * 10 + repeat)));
    }
  }
  std::ranges::shuffle(lines, std::mt19937(11));
  std::string text;
  for (const std::string& one : lines) text += one;
  const auto model = model_of(dir.file("c.jsonl", text));
  Replay replay(model, {0}, {"words"});
  for (int doc = 0; doc < 30; ++doc) {
    for (int repeat = 0; repeat < 4; ++repeat) {
      CHECK(said(replay, std::to_string(doc), static_cast<std::uint32_t>(repeat)) ==
            std::to_string(doc * 10 + repeat));
    }
  }
}

TEST_CASE("identical completions of different repeats all stay", "[worker][replay][trap-2]") {
  const TempDir dir;
  std::string text;
  for (int repeat = 0; repeat < 5; ++repeat) text += line("a", repeat, "same");
  const auto model = model_of(dir.file("c.jsonl", text));
  for (std::uint32_t repeat = 0; repeat < 5; ++repeat) CHECK(said(model, "a", repeat) == "same");
}

TEST_CASE("a completion that stands twice is refused unless the model says which counts",
          "[worker][replay][trap-1]") {
  const TempDir dir;
  const auto file = dir.file("c.jsonl", line("z", 0, "z") + line("a", 2, "first") +
                                            line("a", 1, "other") + line("a", 2, "second") +
                                            line("z", 0, "again") + line("a", 2, "third"));
  auto model = model_of(file);
  CHECK(complaint(model) == file.string() +
                                ":4: doc 'a' repeat 2: found it again, expected it once (first on "
                                "line 2; see `duplicates`)");
  model.spec.duplicates = Duplicates::first;
  CHECK(said(model, "a", 2) == "first");
  CHECK(said(model, "a", 1) == "other");
  model.spec.duplicates = Duplicates::last;
  CHECK(said(model, "a", 2) == "third");
  CHECK(said(model, "a", 1) == "other");
  CHECK(said(model, "z", 0) == "again");
}

TEST_CASE("a line without index is refused unless repeats are counted",
          "[worker][replay][trap-7]") {
  const TempDir dir;
  const std::string bare = R"({"doc_id": "a", "completion": ")";
  const auto file = dir.file(
      "c.jsonl", bare + "x\"}\n" + bare + "y\"}\n" + R"({"doc_id": "b", "completion": "z"})");
  auto model = model_of(file);
  CHECK(complaint(model) ==
        file.string() +
            ":1: sample_idx: found none, expected one of sample_idx, repeat, index (or the "
            "model's `sample_index: occurrence`)");
  model.spec.sample_index = SampleIndex::occurrence;
  CHECK(said(model, "a", 0) == "x");
  CHECK(said(model, "a", 1) == "y");
  CHECK(said(model, "b", 0) == "z");
  CHECK(said(model, "b", 1) == "[c.jsonl: doc 'b' repeat 1: found no completion]");
}

TEST_CASE("a line without doc id is named by file and line", "[worker][replay][trap-7]") {
  const TempDir dir;
  const auto file = dir.file("c.jsonl", line("a", 0, "x") + R"({"index": 0, "output": "y"})");
  CHECK(complaint(model_of(file)) ==
        file.string() +
            ":2: doc_id: found none, expected one of doc_id, task_id, custom_id, key, id, "
            "question_id");
}

TEST_CASE("lines of another model or dataset are skipped", "[worker][replay]") {
  const TempDir dir;
  const auto tagged = [](const std::string& tag, const std::string& text) {
    return R"({"doc_id": "a", "index": 0, )" + tag + R"(, "completion": ")" + text + "\"}\n";
  };
  const std::string model_line = tagged(R"("model": "heron", "task": "words")", "no") +
                                 tagged(R"("model": "wren", "task": "words")", "yes") +
                                 tagged(R"("model": "wren", "dataset": "digits")", "no");
  const auto model = model_of(dir.file("c.jsonl", model_line));
  CHECK(said(model, "a", 0) == "yes");
  Replay both(model, {3, 5}, {"digits", "words"});
  CHECK(said(both, "a", 0, 3) == "no");
  CHECK(said(both, "a", 0, 5) == "yes");
  CHECK(said(both, "a", 0, 4) == "[c.jsonl: doc 'a' repeat 0: found no completion]");
}

TEST_CASE("with several datasets a line must say which one it belongs to", "[worker][replay]") {
  const TempDir dir;
  const auto file = dir.file("c.jsonl", line("a", 0, "x"));
  CHECK(complaint(model_of(file), {"digits", "words"}) ==
        file.string() + ":1: dataset: found none, expected one of digits, words");
}

TEST_CASE("of an lm-eval file the lines of the first filter count", "[worker][replay]") {
  const TempDir dir;
  const auto model = model_of(
      dir.file("c.jsonl", R"({"doc_id": 0, "filter": "strict-match", "resps": [["x", "y"]]})"
                          "\n"
                          R"({"doc_id": 0, "filter": "flexible-extract", "resps": [["x", "y"]]})"));
  CHECK(said(model, "0", 0) == "x");
  CHECK(said(model, "0", 1) == "y");
}

TEST_CASE("lm-eval's lines join by the ids of the dataset, not by its row numbers",
          "[worker][replay][trap-29]") {
  // MBPP: task_id 11 stands in row 0, and row 11 holds task 22.
  const TempDir dir;
  std::string text;
  for (int row = 0; row < 12; ++row) {
    text += R"({"doc_id": )" + std::to_string(row) + R"(, "doc": {"task_id": )" +
            std::to_string(row + 11) + R"(}, "resps": [["row )" + std::to_string(row) + "\"]]}\n";
  }
  const auto model = model_of(dir.file("c.jsonl", text));
  DatasetSpec spec;
  spec.format = DatasetFormat::mbpp;
  Replay mbpp(model, {0}, {"mbpp"}, {lm_eval_id_keys(spec)});
  CHECK(said(mbpp, "11", 0) == "row 0");
  CHECK(said(mbpp, "22", 0) == "row 11");
  CHECK(said(mbpp, "0", 0) == "[c.jsonl: doc '0' repeat 0: found no completion]");
  spec.format = DatasetFormat::jsonl;  // its ids are row numbers
  Replay rows(model, {0}, {"mbpp"}, {lm_eval_id_keys(spec)});
  CHECK(said(rows, "11", 0) == "row 11");
  spec.id = "number";  // a file of one's own that calls the task's id so
  Replay renamed(model, {0}, {"mbpp"}, {lm_eval_id_keys(spec)});
  CHECK(said(renamed, "11", 0) == "row 0");
}

TEST_CASE("the id of a doc is looked for where its dataset takes it from",
          "[worker][replay][trap-29]") {
  const auto first = [](DatasetFormat format, const std::string& id = "") {
    DatasetSpec spec;
    spec.format = format;
    spec.id = id;
    const auto keys = lm_eval_id_keys(spec);
    return keys.empty() ? "" : keys.front();
  };
  CHECK(first(DatasetFormat::humaneval) == "task_id");
  CHECK(first(DatasetFormat::mbpp) == "task_id");
  CHECK(first(DatasetFormat::lcb) == "question_id");
  CHECK(first(DatasetFormat::codecontests) == "name");
  CHECK(first(DatasetFormat::ifeval) == "key");
  CHECK(first(DatasetFormat::apps) == "problem_id");
  CHECK(first(DatasetFormat::gsm8k) == "id");
  CHECK(first(DatasetFormat::mmlu) == "id");
  CHECK(first(DatasetFormat::csv).empty());
  CHECK(first(DatasetFormat::jsonl).empty());
  CHECK(first(DatasetFormat::mmlu, "question_id") == "question_id");
}

TEST_CASE("ids that are written alike join, whatever a dataset makes of numbers",
          "[worker][replay][trap-43]") {
  const TempDir dir;
  const auto model = model_of(dir.file("c.jsonl", R"({"id": 1.0, "index": 0, "output": "one"})"
                                                  "\n"
                                                  R"({"id": 1.50, "index": 0, "output": "more"})"
                                                  "\n"
                                                  R"({"id": "2.0", "index": 0, "output": "two"})"));
  DatasetSpec spec;
  spec.id = "id";
  const auto docs = read_docs(spec,
                              dir.file("d.jsonl", R"({"id": 1.0, "input": "", "target": ""})"
                                                  "\n"
                                                  R"({"id": 1.50, "input": "", "target": ""})"),
                              0);
  CHECK(said(model, docs.at(0).id, 0) == "one");
  CHECK(said(model, docs.at(1).id, 0) == "more");
  spec.format = DatasetFormat::mbpp;  // a reader that takes the shortest form
  const auto tasks = read_docs(
      spec,
      dir.file("m.jsonl", R"({"id": 1.0, "text": "t", "code": "c", "test_list": ["assert f"]})"),
      0);
  CHECK(said(model, tasks.at(0).id, 0) == "one");
  CHECK(said(model, "2.0", 0) == "two");
  CHECK(said(model, "2", 0) == "[c.jsonl: doc '2' repeat 0: found no completion]");  // a text
}

TEST_CASE("null is an empty completion and an error is none", "[worker][replay][trap-28]") {
  const TempDir dir;
  const auto model = model_of(dir.file(
      "c.jsonl",
      R"({"doc_id": "a", "index": 0, "completion": null})"
      "\n"
      R"({"doc_id": "a", "index": 1, "completion": "x", "error": {"kind": "k", "msg": "m"}})"));
  CHECK(said(model, "a", 0).empty());
  CHECK(said(model, "a", 1) == "[k: m]");
}

TEST_CASE("all members of a .gz are read", "[worker][replay]") {
  const TempDir dir;
  const auto model =
      model_of(dir.file("c.jsonl.gz", gzip(line("a", 0, "one")) + gzip(line("a", 1, "two"))));
  CHECK(said(model, "a", 0) == "one");
  CHECK(said(model, "a", 1) == "two");
}

TEST_CASE("a torn last line is an error that names it, never fewer completions",
          "[worker][replay][trap-32]") {
  const TempDir dir;
  const std::string whole = line("b", 0, "y");
  for (std::size_t cut = 1; cut < whole.size() - 1; ++cut) {
    CAPTURE(cut);
    const auto file = dir.file("c.jsonl", line("a", 0, "x") + whole.substr(0, cut));
    CHECK_THAT(complaint(model_of(file)),
               TALLY_CONTAINS(file.string() + ":2: found no JSON object ("));
  }
  const std::string packed = gzip(line("a", 0, "x"));
  const auto torn = dir.file("d.jsonl.gz", packed.substr(0, packed.size() - 3));
  CHECK_THAT(complaint(model_of(torn)), TALLY_CONTAINS(torn.string()));
}

TEST_CASE("a file that is not the planned one is refused before any item", "[worker][replay]") {
  const TempDir dir;
  const auto file = dir.file("c.jsonl", line("a", 0, "x"));
  const auto model = model_of(file);
  Replay replay(model, {0}, {"words"});
  CHECK_NOTHROW(replay.probe());
  static_cast<void>(dir.file("c.jsonl", line("a", 0, "y")));
  CHECK_THROWS_WITH(replay.probe(), file.string() + ": sha256: found " + sha256_file(file).hex() +
                                        ", expected " + model.digest.hex());
  std::filesystem::remove(file);
  CHECK_THROWS_AS(replay.probe(), Error);
}

TEST_CASE("a stop ends a replay with a prefix", "[worker][replay]") {
  const TempDir dir;
  Replay replay(model_of(dir.file("c.jsonl", line("a", 0, "x"))), {0}, {"words"});
  StopFlag stop;
  stop.request();
  Doc doc;
  const Task task;
  const std::vector<Request> requests{{0, &task, &doc, 0}};
  CHECK(replay.generate(requests, stop).empty());
}

TEST_CASE("an arena keeps texts of any length where they are", "[worker][replay]") {
  TextArena arena;
  const auto small = arena.add("small");
  const auto large = arena.add(std::string(3'000'000, 'x'));
  std::string_view last;
  for (int i = 0; i < 100'000; ++i) last = arena.add(std::to_string(i));
  CHECK(small == "small");
  CHECK(large.size() == 3'000'000);
  CHECK(large.find_first_not_of('x') == std::string_view::npos);
  CHECK(last == "99999");
  CHECK(arena.add("").empty());
}

TEST_CASE("log-likelihoods reach the scorer whole, whatever lies before them in memory",
          "[worker][replay]") {
  const TempDir dir;
  const auto file = dir.file(
      "c.jsonl",
      R"({"doc_id": "a", "sample_idx": 0, "completion": "odd", "loglikelihoods": [-1.5, "-inf", 0.1]})"
      "\n"
      R"({"doc_id": "b", "sample_idx": 0, "loglikelihoods": []})"
      "\n");
  Replay replay(model_of(file), {0}, {"words"});
  Doc doc;
  doc.id = "a";
  const Task task{};
  const std::vector<Request> requests{{0, &task, &doc, 0}};
  const Completion completion = replay.generate(requests, StopFlag()).at(0);
  CHECK(completion.text == "odd");
  CHECK(completion.loglikelihoods ==
        std::vector<double>{-1.5, -std::numeric_limits<double>::infinity(), 0.1});
  doc.id = "b";
  CHECK(replay.generate(requests, StopFlag()).at(0).loglikelihoods.empty());
}
