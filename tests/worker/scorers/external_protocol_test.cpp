#include "worker/scorers/external_protocol.hpp"

#include <cmath>
#include <string>

#include "catch.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

const std::vector<std::string> kColumns{"f1", "steps"};

ExternalReply reply(const std::string& line) { return parse_reply(line, 4, kColumns); }

std::string why_invalid(const std::string& more) {
  const ExternalReply out = reply(R"({"id":4,)" + more + "}");
  CHECK(out.in_step);
  CHECK(out.score.outcome == Outcome::invalid);
  CHECK(out.score.metrics.empty());
  return out.score.explanation;
}

std::string request(const Task& task, const Doc& doc, const Completion& completion) {
  TaskSpec entry;
  entry.name = "judge";
  return request_line({3, 9, entry, task, doc, completion});
}

}  // namespace

TEST_CASE("a request is one line with all that a score may depend on", "[worker][external]") {
  Task task;
  task.temperature = 0.5;
  task.max_tokens = 16;
  task.params = {{"lr", Scalar(1.0)}, {"tag", Scalar(std::string("a\nb"))}};
  Doc doc;
  doc.id = "q\"1";
  doc.text = "a\nb";
  doc.target = "0";
  doc.data = R"({"tests":[1]})";
  doc.group = "g";
  Completion completion;
  completion.text = "ja, \u00e9";
  completion.finish_reason = FinishReason::length;
  completion.tokens_in = 5;
  completion.tokens_out = 2;
  CHECK(request(task, doc, completion) ==
        R"({"id":3,"seed":9,"task":{"name":"judge","temperature":0.5,"top_p":1,"max_tokens":16,)"
        R"("params":{"lr":1.0,"tag":"a\nb"}},"doc":{"id":"q\"1","text":"a\nb","target":"0",)"
        R"("group":"g","data":{"tests":[1]}},"completion":{"text":"ja, é",)"
        R"("finish_reason":"length","tokens_in":5,"tokens_out":2}})"
        "\n");
}

TEST_CASE("bytes that are not UTF-8 travel as base64, beside what can be read of them",
          "[worker][external]") {
  Completion completion;
  completion.text = "a\xff\n";
  const std::string line = request(Task{}, Doc{}, completion);
  CHECK(line.find("\"data\":null") != std::string::npos);
  CHECK(line.find("\"text\":\"a\uFFFD\\n\",\"text_base64\":\"Yf8K\",") != std::string::npos);
  completion.text.clear();
  CHECK(request(Task{}, Doc{}, completion).find("base64") == std::string::npos);
}

TEST_CASE("a reply becomes a score", "[worker][external]") {
  const ExternalReply full = reply(
      R"({"id":4,"outcome":"scored","score":0.25,"answer":"B","explanation":"half","metrics":)"
      R"({"steps":3,"f1":0.5}})");
  CHECK(full.in_step);
  CHECK(full.score.outcome == Outcome::scored);
  CHECK(full.score.value == 0.25);
  CHECK(full.score.answer == "B");
  CHECK(full.score.explanation == "half");
  CHECK(full.score.metrics == std::vector<float>{0.5F, 3.0F});
  const ExternalReply none = reply(R"({"id":4,"outcome":"no_answer","metrics":{"steps":1}})");
  CHECK(none.score.outcome == Outcome::no_answer);
  CHECK(std::isnan(none.score.metrics.at(0)));
  CHECK(none.score.metrics.at(1) == 1.0F);
  CHECK(reply(R"({"id":4,"outcome":"invalid"})").score.outcome == Outcome::invalid);
  CHECK(reply(R"({"id":4,"outcome":"infra_error","explanation":"503"})").score.outcome ==
        Outcome::infra_error);
}

TEST_CASE("a score that is no finite number is invalid, never 0", "[worker][external][trap-13]") {
  for (const std::string score : {"NaN", "Infinity", "-Infinity", "null"}) {
    CHECK(why_invalid(R"("outcome":"scored","metrics":{"f1":1,"steps":1},"score":)" + score) ==
          "reply of the external scorer: score: found none, expected a finite number");
  }
}

TEST_CASE("a metric that is no finite number has no value, and texts keep their words",
          "[worker][external][trap-13]") {
  const ExternalReply out = reply(
      R"({"id":4,"outcome":"scored","score":1,"answer":"NaN \"NaN\\","explanation":"Infinity",)"
      R"("metrics":{"f1":NaN,"steps":1e300}})");
  CHECK(out.score.outcome == Outcome::scored);
  CHECK(out.score.answer == "NaN \"NaN\\");
  CHECK(out.score.explanation == "Infinity");
  CHECK(std::isnan(out.score.metrics.at(0)));
  CHECK(std::isnan(out.score.metrics.at(1)));
}

TEST_CASE("a reply that is not what the protocol asks for is invalid and says why",
          "[worker][external]") {
  struct Bad {
    std::string more, why;
  };
  const std::string scored = R"("outcome":"scored","score":1,"metrics":{"f1":1,"steps":1})";
  const auto bad = GENERATE_COPY(values<Bad>({
      {R"("score":1)",
       "outcome: found nothing, expected scored, no_answer, invalid or infra_error"},
      {R"("outcome":"pass")",
       "outcome: found \"pass\", expected scored, no_answer, invalid or infra_error"},
      {R"("outcome":"scored")", "score: found none, expected a finite number"},
      {R"("outcome":"scored","score":"1")", "score: found \"1\", expected a finite number"},
      {R"("outcome":"scored","score":true)", "score: found true, expected a finite number"},
      {R"("outcome":"no_answer","score":0)", "score: found 0 with an outcome that has none"},
      {scored + R"(,"answer":7)", "answer: found 7, expected a text"},
      {scored + R"(,"explanation":[])", "explanation: found [], expected a text"},
      {scored + R"(,"scor":1)",
       "\"scor\": unknown key, expected one of id, outcome, score, answer, explanation, metrics"},
      {R"("outcome":"scored","score":1)", "metrics: found no f1, expected all of [f1, steps]"},
      {R"("outcome":"scored","score":1,"metrics":{"f1":1})",
       "metrics: found no steps, expected all of [f1, steps]"},
      {R"("outcome":"scored","score":1,"metrics":{"f1":1,"steps":1,"f2":1})",
       "metrics: found \"f2\", expected one of [f1, steps]"},
      {R"("outcome":"scored","score":1,"metrics":[1,2])",
       "metrics: found [1,2], expected an object"},
      {R"("outcome":"scored","score":1,"metrics":{"f1":"1","steps":1})",
       "metrics.f1: found \"1\", expected a number or null"},
  }));
  CHECK(why_invalid(bad.more) == "reply of the external scorer: " + bad.why);
}

TEST_CASE("a line that is no reply to the request is out of step", "[worker][external]") {
  struct Bad {
    std::string line, problem;
  };
  const auto bad = GENERATE(values<Bad>({
      {"", "found \"\", expected a JSON object"},
      {"loading\x1b[0m", "found \"loading\\u001b[0m\", expected a JSON object"},
      {"[4]", "found \"[4]\", expected a JSON object"},
      {R"({"id":4,"outcome":"scored","score":1)",
       R"(found "{\"id\":4,\"outcome\":\"scored\",\"score\":1", expected a JSON object)"},
      {R"({"outcome":"invalid"})", "id: found none, expected 4"},
      {R"({"id":5,"outcome":"invalid"})", "id: found 5, expected 4"},
      {R"({"id":"4","outcome":"invalid"})", "id: found \"4\", expected 4"},
      {"{\"id\":4,\"answer\":\"\xff\"}",
       "found \"{\\\"id\\\":4,\\\"answer\\\":\\\"\uFFFD\\\"}\", expected a JSON object"},
  }));
  const ExternalReply out = reply(bad.line);
  CHECK_FALSE(out.in_step);
  CHECK(out.problem == bad.problem);
}

TEST_CASE("a hello names the version and the columns of the config", "[worker][external]") {
  CHECK(hello_problem(R"({"tally_scorer":1,"columns":["f1","steps"]})", kColumns).empty());
  CHECK(hello_problem(R"({"tally_scorer":1})", {}).empty());
  CHECK(hello_problem(R"({"tally_scorer":2,"columns":["f1","steps"]})", kColumns) ==
        "tally_scorer: found 2, expected 1");
  CHECK(hello_problem(R"({"tally_scorer":1,"columns":["steps","f1"]})", kColumns) ==
        R"(columns: found ["steps","f1"], expected ["f1","steps"])");
  CHECK(hello_problem(R"({"tally_scorer":1})", kColumns) ==
        R"(columns: found [], expected ["f1","steps"])");
  CHECK(hello_problem(R"({"tally_scorer":1,"colums":[]})", {}) ==
        R"("colums": unknown key, expected tally_scorer and columns)");
  CHECK(hello_problem("hello", kColumns) ==
        R"(found "hello", expected {"tally_scorer":1,"columns":["f1","steps"]})");
}
