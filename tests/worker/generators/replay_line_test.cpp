#include "worker/generators/replay_line.hpp"

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/dataset/line_reader.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

// Parsed as line 3 of "c.jsonl"; the parser owns what the views point to.
class Parsed {
 public:
  explicit Parsed(std::string text) : text_(std::move(text)) {
    const std::size_t size = text_.size();
    text_.resize(size + LineReader::kPadding);
    line_ = parser_.parse(std::string_view(text_).substr(0, size), 3);
  }
  const ReplayLine* operator->() const { return &line_; }
  [[nodiscard]] const ReplaySample& sample(std::size_t i = 0) const { return line_.samples.at(i); }

 private:
  std::string text_;
  ReplayParser parser_{"c.jsonl"};
  ReplayLine line_;
};

std::string complaint(const std::string& text) {
  try {
    const Parsed parsed(text);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::data);
    return error.what();
  }
  return "(none)";
}

}  // namespace

TEST_CASE("a doc id is read from every alias, in their order", "[worker][replay]") {
  for (const std::string key : {"doc_id", "task_id", "custom_id", "key", "id", "question_id"}) {
    CAPTURE(key);
    CHECK(Parsed("{\"" + key + R"(": "a", "index": 0, "completion": ""})")->id == "a");
  }
  CHECK(Parsed(R"({"id": "batch_1", "custom_id": "q1", "index": 0, "output": ""})")->id == "q1");
  CHECK(Parsed(R"({"doc_id": null, "id": "b", "index": 0, "output": ""})")->id == "b");
}

TEST_CASE("a number as doc id becomes its text, a text stays as it is", "[worker][replay]") {
  const auto id = [](const std::string& json) {
    return Parsed("{\"doc_id\": " + json + R"(, "index": 0, "output": ""})")->id;
  };
  CHECK(id("7") == "7");
  CHECK(id("0") == "0");
  CHECK(id("-3") == "-3");
  CHECK(id("18446744073709551615") == "18446744073709551615");
  CHECK(id("1.5") == "1.5");
  CHECK(id("\"001\"") == "001");
  CHECK(id("\"\"") == "");
}

TEST_CASE("a completion is read from every alias", "[worker][replay]") {
  for (const std::string key : {"completion", "response", "solution", "prediction", "output"}) {
    CAPTURE(key);
    const Parsed line(R"({"id": 1, "index": 0, ")" + key + "\": \"four\\n\\u00e9\"}");
    CHECK(line.sample().text == "four\n\u00e9");
    CHECK(line.sample().error.empty());
  }
}

TEST_CASE("an index is read from every alias", "[worker][replay]") {
  for (const std::string key : {"sample_idx", "repeat", "index"}) {
    CAPTURE(key);
    CHECK(Parsed(R"({"id": 1, "output": "", ")" + key + "\": 3}").sample().index == 3U);
  }
  CHECK(Parsed(R"({"id": 1, "output": "", "index": 0})").sample().index == 0U);
  CHECK_FALSE(Parsed(R"({"id": 1, "output": ""})").sample().index.has_value());
}

TEST_CASE("null is an empty completion, not a missing one", "[worker][replay]") {
  const Parsed line(R"({"id": 1, "index": 0, "completion": null, "output": "x"})");
  CHECK(line.sample().text.empty());
  CHECK(line.sample().error.empty());
}

TEST_CASE("tokens, finish reason and error come along", "[worker][replay]") {
  const Parsed ours(R"({"id": 1, "index": 0, "completion": "x", "usage": {"in": 5, "out": 6},
                        "finish_reason": "length", "error": null})");
  CHECK(ours.sample().tokens_in == 5);
  CHECK(ours.sample().tokens_out == 6);
  CHECK(ours.sample().finish_reason == FinishReason::length);
  const Parsed theirs(R"({"id": 1, "index": 0, "completion": "x",
                          "prompt_tokens": 7, "completion_tokens": 99999999999})");
  CHECK(theirs.sample().tokens_in == 7);
  CHECK(theirs.sample().tokens_out == 4294967295U);
  const Parsed failed(R"({"id": 1, "index": 0, "error": {"kind": "timeout", "msg": "60 s"}})");
  CHECK(failed.sample().error == "timeout: 60 s");
  CHECK(Parsed(R"({"id": 1, "index": 0, "error": "boom"})").sample().error == "boom");
}

TEST_CASE("an lm-eval line holds one completion per repeat", "[worker][replay]") {
  const Parsed line(R"({"doc_id": 4, "filter": "strict", "resps": [["a", null, "c"]]})");
  REQUIRE(line->samples.size() == 3);
  CHECK(line->filter == "strict");
  CHECK(line.sample(1).text.empty());
  CHECK(line.sample(2).text == "c");
  CHECK(line.sample(2).index == 2U);
}

TEST_CASE("an OpenAI batch line holds one completion per choice", "[worker][replay]") {
  const Parsed line(R"({"id": "batch_1", "custom_id": "q", "error": null, "response":
    {"status_code": 200, "body": {"usage": {"prompt_tokens": 9, "completion_tokens": 4},
     "choices": [
      {"message": {"content": "a"}, "finish_reason": "stop"},
      {"message": {"content": null}, "finish_reason": "content_filter"}]}}})");
  REQUIRE(line->samples.size() == 2);
  CHECK(line.sample(0).text == "a");
  CHECK(line.sample(0).tokens_in == 9);
  CHECK(line.sample(1).tokens_in == 0);  // counted once
  CHECK(line.sample(1).index == 1U);
  CHECK(line.sample(1).finish_reason == FinishReason::content_filter);
}

TEST_CASE("a failed request of an OpenAI batch is an error of its first repeat",
          "[worker][replay]") {
  const Parsed none(R"({"custom_id": "q", "response": null,
                        "error": {"code": "expired", "message": "too late"}})");
  CHECK(none.sample().index == 0U);
  CHECK(none.sample().error == "expired: too late");
  const Parsed refused(R"({"custom_id": "q", "error": null, "response":
    {"status_code": 429, "body": {"error": {"code": "rate_limit", "message": "slow down"}}}})");
  CHECK(refused.sample().index == 0U);
  CHECK(refused.sample().error == "rate_limit: slow down");
}

TEST_CASE("whose completion it is may be said", "[worker][replay]") {
  const Parsed line(R"({"id": 1, "index": 0, "output": "", "model": "m", "task": "t"})");
  CHECK(line->model == "m");
  CHECK(line->dataset == "t");
  const Parsed record(R"({"id": 1, "index": 0, "output": "", "model": {"id": "n"},
                          "task": "t", "dataset": "d"})");
  CHECK(record->model == "n");
  CHECK(record->dataset == "d");
  CHECK_FALSE(Parsed(R"({"id": 1, "index": 0, "output": ""})")->model.has_value());
}

TEST_CASE("a line that cannot be read is named with what it lacks", "[worker][replay]") {
  CHECK(complaint(R"({"index": 0, "completion": "x"})") ==
        "c.jsonl:3: doc_id: found none, expected one of doc_id, task_id, custom_id, key, id, "
        "question_id");
  CHECK(complaint(R"({"doc_id": [1], "completion": "x"})") ==
        "c.jsonl:3: doc_id: found [1], expected a text or a number");
  CHECK(complaint(R"({"doc_id": 1, "index": 0})") ==
        "c.jsonl:3: completion: found none, expected one of completion, response, solution, "
        "prediction, output");
  CHECK(complaint(R"({"doc_id": 1, "index": 0, "completion": 5})") ==
        "c.jsonl:3: completion: found 5, expected a text or null");
  CHECK(complaint(R"({"doc_id": 1, "index": -1, "completion": ""})") ==
        "c.jsonl:3: index: found -1, expected an integer 0..4294967295");
  CHECK(complaint(R"({"doc_id": 1, "repeat": "0", "completion": ""})") ==
        "c.jsonl:3: repeat: found \"0\", expected an integer 0..4294967295");
  CHECK(complaint(R"({"doc_id": 1, "resps": ["a"]})") ==
        "c.jsonl:3: resps: found [\"a\"], expected [[text, ...]]");
  CHECK_THAT(complaint(R"({"doc_id": 1, "index": 0, "comp)"),
             TALLY_CONTAINS("c.jsonl:3: found no JSON object ("));
  CHECK_THAT(complaint("[1]"), TALLY_CONTAINS("c.jsonl:3: found no JSON object ("));
}
