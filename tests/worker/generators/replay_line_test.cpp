#include "worker/generators/replay_line.hpp"

#include <fmt/format.h>

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
  [[nodiscard]] std::string id_in_doc(const std::vector<std::string>& keys) const {
    const auto id = parser_.id_in_doc(keys);
    return id ? id->text : "(none)";
  }

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
    CHECK(Parsed("{\"" + key + R"(": "a", "index": 0, "completion": ""})")->id.text == "a");
  }
  CHECK(Parsed(R"({"id": "batch_1", "custom_id": "q1", "index": 0, "output": ""})")->id.text ==
        "q1");
  CHECK(Parsed(R"({"doc_id": null, "id": "b", "index": 0, "output": ""})")->id.text == "b");
}

TEST_CASE("a number as doc id becomes its text, a text stays as it is", "[worker][replay]") {
  const auto id = [](const std::string& json) {
    return Parsed("{\"doc_id\": " + json + R"(, "index": 0, "output": ""})")->id.text;
  };
  CHECK(id("7") == "7");
  CHECK(id("0") == "0");
  CHECK(id("-3") == "-3");
  CHECK(id("18446744073709551615") == "18446744073709551615");
  CHECK(id("1.5") == "1.5");
  CHECK(id("\"001\"") == "001");
  CHECK(id("\"\"") == "");
}

TEST_CASE("a number as doc id is known as it is written, too", "[worker][replay][trap-43]") {
  const auto written = [](const std::string& json) {
    return Parsed("{\"x\": {\"doc_id\": 1.5}, \"doc_id\" : " + json +
                  R"( , "index": 0, "output": ""})")
        ->id.written;
  };
  CHECK(written("7.0") == "7.0");
  CHECK(written("1e3") == "1e3");
  CHECK(written("7").empty());
  CHECK(written("\"7.0\"").empty());
  const Parsed line(R"({"doc_id": 0, "doc": {"n": 1, "id": 7.50}, "resps": [["a"]]})");
  CHECK(line.id_in_doc({"id"}) == "7.5");
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

TEST_CASE("why a completion ended is read in the words of each vendor", "[worker][replay]") {
  const auto reason = [](const std::string& word) {
    return Parsed(R"({"id": 1, "index": 0, "output": "x", "finish_reason": ")" + word + "\"}")
        .sample()
        .finish_reason;
  };
  for (const char* const word : {"length", "max_tokens", "MAX_TOKENS", "max_length", "model_length",
                                 "model_context_window_exceeded"}) {
    CAPTURE(word);
    CHECK(reason(word) == FinishReason::length);
  }
  for (const char* const word : {"stop", "STOP", "stop_sequence", "end_turn", "eos_token", "eos"}) {
    CAPTURE(word);
    CHECK(reason(word) == FinishReason::stop);
  }
  CHECK(reason("content_filter") == FinishReason::content_filter);
  CHECK(reason("ERROR") == FinishReason::error);
  for (const char* const word : {"", "null", "tool_calls", "stopped", "sto"}) {
    CAPTURE(word);
    CHECK(reason(word) == FinishReason::unknown);
  }
}

TEST_CASE("a generation that ended in an error is an error, whatever text it left",
          "[worker][replay][trap-37]") {
  const auto error = [](const std::string& line) { return Parsed(line).sample().error; };
  CHECK(error(R"({"id": "a", "index": 0, "output": "7", "finish_reason": "error"})") ==
        "finish_reason: error");
  CHECK(error(R"({"id": "a", "index": 0, "output": null, "finish_reason": "error",
                  "error": "out of memory"})") == "out of memory");
  CHECK(error(R"({"id": "a", "resps": [["7"]], "finish_reason": "error"})") ==
        "finish_reason: error");
  const Parsed batch(R"({"custom_id": "q", "response": {"body": {"choices": [
      {"message": {"content": "7"}, "finish_reason": "stop"},
      {"message": {"content": "8"}, "finish_reason": "error"}]}}})");
  CHECK(batch.sample(0).error.empty());
  CHECK(batch.sample(1).error == "finish_reason: error");
  CHECK(
      error(R"({"id": "a", "index": 0, "output": "", "finish_reason": "content_filter"})").empty());
}

TEST_CASE("an lm-eval line holds one completion per repeat", "[worker][replay]") {
  const Parsed line(R"({"doc_id": 4, "filter": "strict", "resps": [["a", null, "c"]]})");
  REQUIRE(line->samples.size() == 3);
  CHECK(line->filter == "strict");
  CHECK(line.sample(1).text.empty());
  CHECK(line.sample(2).text == "c");
  CHECK(line.sample(2).index == 2U);
}

TEST_CASE("the row number of an lm-eval line is no id where its doc has one",
          "[worker][replay][trap-29]") {
  const Parsed line(R"({"doc_id": 0, "doc": {"text": "t", "task_id": 11}, "resps": [["a"]]})");
  CHECK(line->id.text == "0");
  CHECK(line.id_in_doc({"task_id"}) == "11");
  CHECK(line.id_in_doc({"name", "task_id", "text"}) == "11");
  CHECK(line.id_in_doc({"key"}) == "(none)");
  CHECK(line.id_in_doc({}) == "(none)");
  const Parsed own(R"({"doc_id": 0, "id": "x", "doc": {"task_id": 11}, "resps": [["a"]]})");
  CHECK(own->id.text == "x");
  CHECK(own.id_in_doc({"task_id"}) == "(none)");
  const Parsed bare(R"({"doc_id": 0, "resps": [["a"]]})");
  CHECK(bare.id_in_doc({"task_id"}) == "(none)");
  const Parsed ours(R"({"doc_id": 0, "doc": {"id": 7}, "index": 0, "completion": "a"})");
  CHECK(ours.id_in_doc({"id"}) == "(none)");
  const Parsed bad(R"({"doc_id": 0, "doc": {"id": [7]}, "resps": [["a"]]})");
  CHECK_THROWS_WITH(bad.id_in_doc({"id"}), "c.jsonl:3: id: found [7], expected a text or a number");
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
        "prediction, output, loglikelihoods");
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

TEST_CASE("half of a surrogate pair is refused by its name", "[worker][replay]") {
  const auto line = [](const std::string& text) {
    return R"({"doc_id": "\\\"d\u00e9", "index": 0, "completion": ")" + text + "\"}";
  };
  for (const std::string lone : {R"(\udcff)", R"(\ud83d)", R"(\uDBFF)", R"(\udc00)"}) {
    for (const std::string& text : {lone, lone + "x", "x" + lone + R"(\u0041)", R"(\\)" + lone,
                                    R"(\ud83d\ude00)" + lone, lone + R"(\n)"}) {
      CAPTURE(text);
      CHECK(complaint(line(text)) ==
            "c.jsonl:3: found a lone surrogate escape, " + lone +
                ", expected Unicode text (where the line is written, put U+FFFD in the place of "
                "what is no text)");
    }
  }
  CHECK(Parsed(line(R"(\ud83d\ude00)")).sample().text == "\xF0\x9F\x98\x80");
  CHECK(Parsed(line(R"(\\udcff)")).sample().text == "\\udcff");
  CHECK_THAT(complaint(line(R"(\x)")), TALLY_CONTAINS("c.jsonl:3: found no JSON object ("));
  CHECK_THAT(complaint(line(R"(\\udcff\x)")), TALLY_CONTAINS("c.jsonl:3: found no JSON object ("));
}

namespace {

// NaN as "nan", so that lists compare.
std::string numbers(const ReplaySample& sample) {
  std::string out;
  for (const double each : sample.loglikelihoods) out += fmt::format("{} ", each);
  return out;
}

}  // namespace

TEST_CASE("log-likelihoods are numbers, null and the texts that JSON has no numbers for",
          "[worker][replay]") {
  const Parsed line(
      R"({"doc_id": "a", "index": 0, "loglikelihoods": [-1.5, 0, null, "-2.5", "nan", "-inf"]})");
  CHECK(numbers(line.sample()) == "-1.5 0 nan -2.5 nan -inf ");
  CHECK(line.sample().text.empty());
  CHECK(Parsed(R"({"doc_id": "a", "index": 0, "completion": "B", "loglikelihoods": [-1, -2]})")
            .sample()
            .text == "B");
  CHECK(numbers(Parsed(R"({"doc_id": "a", "index": 0, "completion": "B"})").sample()).empty());
  const auto bad = [](const std::string& value) {
    return complaint(R"({"doc_id": "a", "index": 0, "loglikelihoods": )" + value + "}");
  };
  const std::string wanted = R"(, expected log-likelihoods: numbers, null, "nan" or "-inf")";
  CHECK(bad(R"(["x"])") == R"(c.jsonl:3: loglikelihoods: found "x")" + wanted);
  CHECK(bad(R"([""])") == R"(c.jsonl:3: loglikelihoods: found "")" + wanted);
  CHECK(bad("[true]") == "c.jsonl:3: loglikelihoods: found true" + wanted);
  CHECK(bad("-1") == "c.jsonl:3: loglikelihoods: found -1, expected an array of numbers");
}

TEST_CASE("lm-eval's lines say whether letters were scored or choices", "[worker][replay]") {
  const auto letters = [](const std::string& arguments) {
    return Parsed(R"({"doc_id": 7, "resps": [[["-1","False"]],[["-3","True"]]])" + arguments + "}")
        .sample()
        .of_letters;
  };
  CHECK(letters(R"(, "arguments": {"gen_args_1": {"arg_0": "q", "arg_1": " B"},
                                   "gen_args_0": {"arg_0": "q", "arg_1": " A"}})"));
  CHECK(letters(R"(, "arguments": [["q", " A"], ["q", " B"]])"));
  CHECK_FALSE(letters(R"(, "arguments": [["q", " B"], ["q", " A"]])"));
  CHECK_FALSE(letters(R"(, "arguments": [["q", " A"], ["q", " Bees"]])"));
  CHECK_FALSE(letters(R"(, "arguments": [["q", " A"]])"));
  CHECK_FALSE(letters(R"(, "arguments": {"gen_args_0": {"arg_0": "q", "arg_1": {"until": []}}})"));
  CHECK_FALSE(letters(R"(, "arguments": null)"));
  CHECK_FALSE(letters(""));
}

TEST_CASE("lm-eval's multiple choice has a request per choice", "[worker][replay]") {
  const Parsed flat(
      R"({"doc_id": 7, "resps": [["-1.25","False"],["-0.5","True"],["-inf","False"]]})");
  CHECK(numbers(flat.sample()) == "-1.25 -0.5 -inf ");
  CHECK(flat.sample().index == 0U);
  const Parsed nested(
      R"({"doc_id": 7, "resps": [[["-1","False"],["-2","False"]],[["-3","True"],["-4","True"]]]})");
  REQUIRE(nested->samples.size() == 2);
  CHECK(numbers(nested.sample(0)) == "-1 -3 ");
  CHECK(numbers(nested.sample(1)) == "-2 -4 ");
  CHECK(nested.sample(1).index == 1U);
  CHECK(numbers(Parsed(R"({"doc_id": 7, "resps": [[["-1","False"]]]})").sample()) == "-1 ");
  // One request with two texts is a generation with two repeats, whatever they say.
  const Parsed texts(R"({"doc_id": 7, "resps": [["-1.2", "False"]]})");
  REQUIRE(texts->samples.size() == 2);
  CHECK(texts.sample(1).text == "False");
  CHECK(texts.sample(1).loglikelihoods.empty());
  CHECK(complaint(R"({"doc_id": 7, "resps": [[["-1","False"],["-2","False"]],[["-3","True"]]]})") ==
        R"(c.jsonl:3: resps: found [["-3","True"]], expected [log-likelihood, greedy] per choice)");
  CHECK(complaint(R"({"doc_id": 7, "resps": [["-1","False"],[]]})") ==
        "c.jsonl:3: resps: found [], expected [log-likelihood, greedy] per choice");
}
