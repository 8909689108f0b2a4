#include "worker/scorers/multi_choice.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "core/config/evaluators.hpp"
#include "worker/scorers/comparators.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Doc question(const std::string& choices, const std::string& target) {
  Doc doc;
  doc.id = "d";
  doc.target = target;
  doc.data = R"({"choices":)" + choices + "}";
  return doc;
}

Score by_letter(const std::string& extractor, const std::string& text, const std::string& target,
                const std::string& choices = R"(["w","x","y","z"])") {
  Completion completion;
  completion.text = text;
  ItemRandom random(1, 1);
  return MultiChoice(extractor).score(Task{}, question(choices, target), completion, random);
}

Score by_likelihood(std::vector<double> values, const std::string& target,
                    const std::string& choices = R"(["w","x","y","z"])") {
  Completion completion;
  completion.text = "The answer is A.";
  completion.loglikelihoods = std::move(values);
  ItemRandom random(1, 1);
  return MultiChoice("loglikelihood").score(Task{}, question(choices, target), completion, random);
}

}  // namespace

TEST_CASE("the letter of a completion is right or wrong", "[worker][scorers]") {
  const Score right = by_letter("letter", "The answer is (B).", "B");
  CHECK(right.outcome == Outcome::scored);
  CHECK(right.value == 1.0);
  CHECK(right.answer == "B");
  CHECK(right.metrics.empty());  // NaN: there were no log-likelihoods
  const Score wrong = by_letter("lm_eval:mmlu_generative", " (c).\nbecause", "B");
  CHECK(wrong.outcome == Outcome::scored);
  CHECK(wrong.value == 0.0);
  CHECK(wrong.answer == "C");
}

TEST_CASE("no letter, and one beyond the choices, are no answer",
          "[worker][scorers][trap-25][trap-28]") {
  const Score none = by_letter("letter", "A dog.", "A");
  CHECK(none.outcome == Outcome::no_answer);
  CHECK(none.answer.empty());
  CHECK(none.explanation == "extractor letter: found no answer");
  const Score beyond = by_letter("letter", "The answer is E.", "A");
  CHECK(beyond.outcome == Outcome::no_answer);
  CHECK(beyond.explanation == "extractor letter: found 'E', expected a letter A..D");
  CHECK(by_letter("letter", "The answer is B. No, E.\nThe answer is E.", "B").outcome ==
        Outcome::no_answer);  // an earlier one is not taken instead
  CHECK(by_letter("letter", "The answer is E.", "E", R"(["a","b","c","d","e"])").value == 1.0);
  CHECK(by_letter("lm_eval:mmlu_pro", "the answer is (J)", "A").outcome == Outcome::no_answer);
  for (const char* const name :
       {"letter", "lm_eval:mmlu_generative", "lm_eval:mmlu_flan_cot", "lm_eval:mmlu_pro"}) {
    CHECK(by_letter(name, "", "A").outcome == Outcome::no_answer);
  }
}

TEST_CASE("the largest log-likelihood is the prediction", "[worker][scorers]") {
  const Score right = by_likelihood({-3.0, -1.0, -2.0, -kInf}, "B");
  CHECK(right.outcome == Outcome::scored);
  CHECK(right.value == 1.0);
  CHECK(right.answer == "B");
  CHECK(right.metrics == std::vector<float>{1.0F, 1.0F, 0.0F});
  CHECK(by_likelihood({-3.0, -1.0, -2.0, -4.0}, "C").value == 0.0);
  CHECK(by_likelihood({0.0, -1.0}, "A", R"(["yes","no"])").value == 1.0);  // choice 0, value 0
  CHECK(MultiChoice("loglikelihood").metric_names() ==
        std::vector<std::string>{"acc_norm", "acc_bytes", "ties"});
}

TEST_CASE("normalised accuracies divide by code points and by bytes", "[worker][scorers]") {
  // Sums -6, -4, -5; per code point -6/6, -4/2, -5/2; per byte -6/6, -4/8, -5/2.
  const std::string choices = R"(["abcdef","😀😀","xy"])";
  const Score b = by_likelihood({-6.0, -4.0, -5.0}, "B", choices);
  CHECK(b.value == 1.0);
  CHECK(b.metrics == std::vector<float>{0.0F, 1.0F, 0.0F});
  const Score a = by_likelihood({-6.0, -4.0, -5.0}, "A", choices);
  CHECK(a.value == 0.0);
  CHECK(a.metrics == std::vector<float>{1.0F, 0.0F, 0.0F});
}

TEST_CASE("log-likelihoods of letters are not divided by the lengths of texts",
          "[worker][scorers]") {
  Completion completion;
  completion.loglikelihoods = {-2.0, -1.0};
  ItemRandom random(1, 1);
  const Doc doc = question(R"(["a very long choice","x"])", "B");
  const MultiChoice scorer("loglikelihood");
  CHECK(scorer.score(Task{}, doc, completion, random).metrics ==
        std::vector<float>{0.0F, 0.0F, 0.0F});
  completion.of_letters = true;
  CHECK(scorer.score(Task{}, doc, completion, random).metrics ==
        std::vector<float>{1.0F, 1.0F, 0.0F});
  completion.loglikelihoods = {-1.0, -2.0};
  CHECK(scorer.score(Task{}, doc, completion, random).metrics ==
        std::vector<float>{0.0F, 0.0F, 0.0F});
}

TEST_CASE("a choice without length has no normalised accuracy", "[worker][scorers]") {
  const Score score = by_likelihood({-6.0, -4.0}, "B", R"(["","x"])");
  CHECK(score.value == 1.0);
  REQUIRE(score.metrics.size() == 3);
  CHECK(std::isnan(score.metrics[0]));
  CHECK(std::isnan(score.metrics[1]));
  CHECK(score.metrics[2] == 0.0F);
}

TEST_CASE("of equal log-likelihoods the lowest choice is taken, and counted as a tie",
          "[worker][scorers][trap-15]") {
  const Score first = by_likelihood({-2.0, -1.0, -1.0, -3.0}, "B");
  CHECK(first.answer == "B");
  CHECK(first.metrics == std::vector<float>{1.0F, 1.0F, 1.0F});
  CHECK(by_likelihood({-2.0, -1.0, -1.0, -3.0}, "C").value == 0.0);
  CHECK(by_likelihood({-1.0, -2.0, -2.0, -3.0}, "A").metrics[2] == 0.0F);  // ties of losers
}

TEST_CASE("a NaN never wins, and says that nothing was measured", "[worker][scorers][trap-14]") {
  for (const std::size_t place : {0U, 1U, 3U}) {
    std::vector<double> values{-1.0, -2.0, -3.0, -4.0};
    values[place] = kNan;
    const Score score = by_likelihood(values, "A");
    CHECK(score.outcome == Outcome::invalid);
    CHECK(score.answer.empty());
    CHECK(score.explanation == "loglikelihoods: found nan for choice " +
                                   std::string(1, "ABCD"[place]) + ", expected a number or -inf");
  }
}

TEST_CASE("log-likelihoods that cannot be judged are invalid, not wrong",
          "[worker][scorers][trap-30]") {
  CHECK(by_likelihood({}, "A").explanation ==
        "loglikelihoods: found none, expected 4, one per choice");
  CHECK(by_likelihood({-1.0, -2.0, -3.0}, "A").explanation ==
        "loglikelihoods: found 3, expected 4, one per choice");
  CHECK(by_likelihood({-kInf, -kInf, -kInf, -kInf}, "A").explanation ==
        "loglikelihoods: found -inf for every choice, expected one that is possible");
  CHECK(by_likelihood({-1.0, kInf, -3.0, -4.0}, "B").explanation ==
        "loglikelihoods: found inf for choice B, expected a number or -inf");
  CHECK(by_likelihood({}, "A").outcome == Outcome::invalid);
}

TEST_CASE("a hostile megabyte names no letter, or the one that it names",
          "[worker][scorers][trap-26]") {
  constexpr std::size_t kMegabyte = 1'000'000;
  for (const auto word : extractor_words(Evaluator::multi_choice)) {
    const std::string extractor(word);
    if (extractor == "loglikelihood") continue;  // looks at no text
    CAPTURE(extractor);
    for (const char each : {'*', '\xff', '\0', '(', '\n'}) {
      CAPTURE(static_cast<int>(each));
      const std::string text(kMegabyte, each);
      CHECK(by_letter(extractor, text, "A").outcome == Outcome::no_answer);
      const Score named = by_letter(extractor, "the answer is (B).\n" + text, "B");
      CHECK((named.outcome == Outcome::no_answer || named.value == 1.0));
    }
  }
}

TEST_CASE("a doc without choices or with another target is invalid", "[worker][scorers][trap-17]") {
  CHECK(by_letter("letter", "A", "E").explanation ==
        "doc 'd': target: found 'E', expected a letter A..D");
  CHECK(by_letter("letter", "A", "A", "[]").explanation ==
        "doc 'd': choices: found 0, expected 1..26");
  CHECK(by_letter("letter", "A", "A", "[]").outcome == Outcome::invalid);
  CHECK(by_letter("letter", "A", "A", "7").outcome == Outcome::invalid);
}

TEST_CASE("every word that a config may name has its rule", "[worker][scorers]") {
  for (const auto word : extractor_words(Evaluator::multi_choice))
    CHECK_NOTHROW(MultiChoice(std::string(word)));
  std::size_t rules = 0;
  for (const auto word : extractor_words(Evaluator::free_response)) {
    CHECK_NOTHROW(find_extractor(word));
    ++rules;
  }
  CHECK(rules == gsm8k_extractors().size() + mmlu_extractors().size() + plain_extractors().size());
  rules = 0;
  for (const auto word : comparator_words(Evaluator::free_response)) {
    CHECK_NOTHROW(find_comparator(word));
    ++rules;
  }
  CHECK(rules == plain_comparators().size() + hf_comparators().size() + helm_comparators().size() +
                     inspect_comparators().size());
  CHECK_THROWS_WITH(MultiChoice("numeric"),
                    "extractor: found 'numeric', expected one of loglikelihood, letter, "
                    "lm_eval:mmlu_generative, lm_eval:mmlu_flan_cot, lm_eval:mmlu_pro");
}
