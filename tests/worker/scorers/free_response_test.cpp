#include "worker/scorers/free_response.hpp"

#include "catch.hpp"
#include "core/base/error.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

Score score(const std::string& extractor, const std::string& comparator, const std::string& text,
            const std::string& target) {
  Doc doc;
  doc.id = "d";
  doc.target = target;
  Completion completion;
  completion.text = text;
  ItemRandom random(1, 1);
  return FreeResponse(extractor, comparator).score(Task{}, doc, completion, random);
}

}  // namespace

TEST_CASE("the answer of a score is the normalised one", "[worker][scorers]") {
  const Score right = score("lm_eval:gsm8k_flexible", "exact", "it is $3,000.", "3000");
  CHECK(right.outcome == Outcome::scored);
  CHECK(right.value == 1.0);
  CHECK(right.answer == "3000");
  const Score wrong = score("lm_eval:gsm8k_flexible", "exact", "18.0", "18");
  CHECK(wrong.outcome == Outcome::scored);
  CHECK(wrong.value == 0.0);
  CHECK(wrong.answer == "18.0");
  CHECK(score("lm_eval:gsm8k_flexible", "numeric", "18.0", "18").value == 1.0);
}

TEST_CASE("an empty completion is no answer, never a match", "[worker][scorers][trap-28]") {
  for (const std::string text : {"", "  \n", "$"}) {
    for (const std::string target : {"", "0", "false"}) {
      const Score empty = score("exact", "exact", text, target);
      CHECK(empty.outcome == Outcome::no_answer);
      CHECK(empty.value == 0.0);
      CHECK(empty.explanation == "extractor exact: found no answer");
    }
  }
}

TEST_CASE("a target of 0 or false is matched by itself only", "[worker][scorers][trap-7]") {
  CHECK(score("exact", "exact", "0", "0").value == 1.0);
  CHECK(score("exact", "exact", "False", "false").value == 1.0);
  CHECK(score("exact", "numeric", "garbage", "0").value == 0.0);
  CHECK(score("exact", "exact", "garbage", "0").value == 0.0);
  CHECK(score("exact", "exact", "garbage", "").value == 0.0);
  CHECK(score("numeric", "numeric", "it is 0.", "0").value == 1.0);
  CHECK(score("numeric", "numeric", "garbage", "0").outcome == Outcome::no_answer);
}

TEST_CASE("a target that cannot be compared with is invalid, not wrong",
          "[worker][scorers][trap-17]") {
  const Score bad = score("numeric", "numeric", "18", "eighteen");
  CHECK(bad.outcome == Outcome::invalid);
  CHECK(bad.explanation == "doc 'd': target: found 'eighteen', expected a number");
}

TEST_CASE("a target that cannot be compared with is invalid for every completion",
          "[worker][scorers][trap-17][trap-37]") {
  for (const char* completion : {"18", "no idea", "", " ", "****"}) {
    CAPTURE(completion);
    CHECK(score("numeric", "numeric", completion, "eighteen").outcome == Outcome::invalid);
    CHECK(score("exact", "helm:quasi_prefix_exact_match", completion, "the").outcome ==
          Outcome::invalid);
    CHECK(score("exact", "inspect:match_any", completion, "...").outcome == Outcome::invalid);
    CHECK(score("exact", "helm:prefix_exact_match", completion, " ").outcome == Outcome::invalid);
  }
}

TEST_CASE("no names mean the whole text and exact equality", "[worker][scorers]") {
  CHECK(score("", "", " Paris ", "paris").value == 1.0);
}

TEST_CASE("the registry makes the scorer an entry names", "[worker][scorers]") {
  TaskSpec entry;
  entry.evaluator = Evaluator::free_response;
  entry.extractor = "numeric";
  entry.comparator = "fuzzy";
  const StopFlag stop;
  CHECK_THROWS_WITH(make_scorer({entry, stop}),
                    TALLY_CONTAINS("comparator: found 'fuzzy', expected one of exact, numeric, "));
  entry.comparator = "numeric";
  CHECK(make_scorer({entry, stop})->metric_names().empty());
  entry.evaluator = Evaluator::classify;
  CHECK(make_scorer({entry, stop}) != nullptr);
}
