#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "catch.hpp"
#include "core/config/evaluators.hpp"
#include "core/config/run_config.hpp"
#include "worker/scorer.hpp"
#include "worker/scorers/external_protocol.hpp"

// docs/extending.md at its word: its scorer, its line of evaluators.def and its program are what
// this is built with and runs (see CMakeLists.txt).

using namespace tally;
using namespace tally::worker;

namespace {

const std::filesystem::path kBuilt = EXTENDING;

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  REQUIRE(in);
  return text.str();
}

RunConfig config(const std::string& tasks, const std::string& metric) {
  return parse_run_config(
      "version: 1\nrun: {id: r}\nmodels: [{name: wren, backend: replay, completions: c.jsonl}]\n"
      "datasets: [{slug: questions, source: q.jsonl}]\n" +
          tasks + "\nmetrics: [accuracy, \"mean:" + metric + "\"]\n",
      kBuilt / "run.yaml");
}

Doc doc_with(const std::string& target) {
  Doc doc;
  doc.id = "q1";
  doc.target = target;
  return doc;
}

Score ask(Scorer& scorer, const std::string& target, const std::string& text) {
  Completion completion;
  completion.text = text;
  ItemRandom random(1, 1);
  return scorer.score(Task{}, doc_with(target), completion, random);
}

// The block of the page whose text begins so.
std::string block(const std::string& language, const std::string& begin) {
  const std::string page = read(EXTENDING_PAGE);
  const std::string opening = "\n```" + language + "\n";
  const std::size_t at = page.find(opening + begin);
  REQUIRE(at != std::string::npos);
  const std::size_t from = at + opening.size();
  return page.substr(from, page.find("\n```\n", from) + 1 - from);
}

}  // namespace

TEST_CASE("what is built is what the page shows, byte for byte", "[docs]") {
  CHECK(block("cpp", "#include") == read(kBuilt / "contains.cpp"));
  CHECK(block("python", "\"\"\"") == read(kBuilt / "token_f1.py"));
  CHECK(read(kBuilt / "core/config/evaluators.def").ends_with(block("c", "TALLY_EVALUATOR")));
}

TEST_CASE("one file and one line make a scorer that a config can name", "[docs]") {
  const RunConfig run =
      config("tasks: [{evaluator: contains, models: [wren], datasets: [questions]}]", "found_at");
  const StopFlag stop;
  const auto scorer = make_scorer({run.tasks[0], stop});
  CHECK(scorer->metric_names() == std::vector<std::string>{"found_at"});
  CHECK(run_config_schema().find("\"contains\"") != std::string::npos);
  CHECK(run.tasks[0].name == "contains");
  const Score right = ask(*scorer, "Ada", "It was ADA Lovelace");
  CHECK(right.outcome == Outcome::scored);
  CHECK(right.value == 1.0);
  CHECK(right.answer == "ada");
  CHECK(right.metrics == std::vector<float>{7.0F});
  const Score wrong = ask(*scorer, "Ada", "Charles Babbage");
  CHECK(wrong.outcome == Outcome::scored);
  CHECK(wrong.value == 0.0);
  CHECK(std::isnan(wrong.metrics.at(0)));
  CHECK(ask(*scorer, "Ada", " \n").outcome == Outcome::no_answer);
  const Score nothing = ask(*scorer, " ", "Ada");
  CHECK(nothing.outcome == Outcome::invalid);
  CHECK(nothing.explanation == "doc 'q1': target: found none, expected a text");
}

TEST_CASE("the program of the page scores over the protocol", "[docs]") {
  RunConfig run = config(block("yaml", "tasks:"), "recall");
  TaskSpec& entry = run.tasks[0];
  REQUIRE(entry.command == std::vector<std::string>{"python3", "./token_f1.py"});
  entry.command = {"/usr/bin/python3", (kBuilt / "token_f1.py").string()};
  CHECK(entry.limits.wall == std::chrono::seconds(10));
  const StopFlag stop;
  const auto scorer = make_scorer({entry, stop});
  scorer->probe();
  // 2 of 3 words found, 2 of 2 wanted: F1 = 2 * (2/3) * 1 / (2/3 + 1) = 0.8.
  const Score score = ask(*scorer, "Ada Lovelace", "ada lovelace did");
  CHECK(score.outcome == Outcome::scored);
  CHECK(score.value == Approx(0.8).epsilon(1e-12));
  CHECK(score.metrics == std::vector<float>{2.0F / 3.0F, 1.0F});
  CHECK(ask(*scorer, "Ada", "he").value == 0.0);
  CHECK(ask(*scorer, "Ada", "").outcome == Outcome::no_answer);
  CHECK(ask(*scorer, "", "Ada").outcome == Outcome::invalid);
}

TEST_CASE("the lines of the protocol that the page shows are real ones", "[docs]") {
  const std::vector<std::string> columns{"precision", "recall"};
  CHECK(hello_problem(block("json", "{\"tally_scorer\""), columns).empty());
  TaskSpec entry;
  entry.name = "external";
  Doc doc = doc_with("Ada Lovelace");
  doc.text = "Who wrote it?";
  Completion completion;
  completion.text = "ada lovelace did";
  completion.finish_reason = FinishReason::stop;
  completion.tokens_in = 4;
  completion.tokens_out = 3;
  const std::string request =
      request_line({0, 5'342'195'371'093'824, entry, Task{}, doc, completion});
  CHECK(nlohmann::ordered_json::parse(block("json", "{\"id\": 0, \"seed\"")) ==
        nlohmann::ordered_json::parse(request));
  const ExternalReply reply = parse_reply(block("json", "{\"id\": 0, \"outcome\""), 0, columns);
  CHECK(reply.in_step);
  CHECK(reply.score.value == 0.8);
  CHECK(reply.score.metrics == std::vector<float>{2.0F / 3.0F, 1.0F});
}
