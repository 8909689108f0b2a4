#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "run_tool.hpp"
#include "temp_dir.hpp"

namespace {

// Of a doc's key, its row and its response.
constexpr const char* kOurs = R"({{"key": {0}, "index": 0, "response": "\"{2}\""}})";
constexpr const char* kLmEval =
    R"({{"doc_id": {1}, "doc": {{"key": {0}}}, "resps": [["\"{2}\""]]}})";

// The figures of a run over ten docs of two instructions each, of which half of the responses have
// no comma.
nlohmann::json figures(const TempDir& dir, const std::string& second, int code,
                       const char* line = kOurs) {
  std::string docs;
  std::string responses;
  for (int row = 0; row < 10; ++row) {
    const int key = 1000 + row;
    docs += fmt::format(
        R"({{"key": {}, "prompt": "Say hi.", "instruction_id_list": ["punctuation:no_comma", {}]}})"
        "\n",
        key, second);
    responses += fmt::format(fmt::runtime(line), key, row, row % 2 == 0 ? "hi" : "hi, you") + "\n";
  }
  static_cast<void>(dir.file("docs.jsonl", docs));
  static_cast<void>(dir.file("responses.jsonl", responses));
  const auto yaml =
      dir.file("run.yaml",
               "version: 1\n"
               "run: {id: r}\n"
               "models: [{name: m, backend: replay, completions: responses.jsonl}]\n"
               "datasets: [{slug: d, source: docs.jsonl, format: ifeval}]\n"
               "tasks: [{evaluator: instruction_following, models: [m], datasets: [d]}]\n"
               "metrics: [accuracy, mean:prompt_loose, mean:unsupported,\n"
               "          ratio:strict_followed/instructions]\n"
               "resources: {ranks: 1, elements: 1}\n");
  const auto runs = dir.path() / "runs";
  const ToolResult result =
      run_tally({"launch", yaml.string(), "--output-dir", runs.string(), "--sequential"});
  CAPTURE(result.out, result.err);
  CHECK(result.code == code);
  return nlohmann::json::parse(file_text(runs / "r/results/current/score_index.jsonl"));
}

}  // namespace

TEST_CASE("docs with an unsupported instruction have no figure, not one of their failures",
          "[cli][launch][trap-37]") {
  const TempDir dir;
  const auto row =
      figures(dir, R"("language:response_language"], "kwargs": [{}, {"language": "en"})", 75);
  CAPTURE(row.dump());
  CHECK(row["complete"] == false);
  CHECK(row["counts"]["invalid"] == 10);
  CHECK(row["metrics"].empty());
}

TEST_CASE("the same docs have figures where all instructions are supported", "[cli][launch]") {
  const TempDir dir;
  const auto row = figures(dir, R"("startend:quotation"], "kwargs": [{}, {})", 0);
  CAPTURE(row.dump());
  CHECK(row["metrics"]["accuracy"] == 0.5);
  CHECK(row["metrics"]["mean:prompt_loose"] == 0.5);
  CHECK(row["metrics"]["ratio:strict_followed/instructions"] == 0.75);
}

TEST_CASE("samples of lm-eval reach the docs whose keys they have", "[cli][launch][trap-29]") {
  const TempDir dir;
  const auto row = figures(dir, R"("startend:quotation"], "kwargs": [{}, {})", 0, kLmEval);
  CAPTURE(row.dump());
  CHECK(row["counts"]["scored"] == 10);
  CHECK(row["metrics"]["accuracy"] == 0.5);
}
