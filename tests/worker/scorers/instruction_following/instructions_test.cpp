#include "worker/scorers/instruction_following/instructions.hpp"

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "small_profiles.hpp"

using namespace tally::worker;
using nlohmann::json;

namespace {

struct Case {
  std::string id;
  std::string kwargs;
  std::string followed;
  std::string not_followed;
};

InstructionVerdict judge(const std::string& id, const std::string& kwargs,
                         const std::string& response, const LanguageDetector* detector = nullptr) {
  return judge_instructions({id}, {json::parse(kwargs)}, response, detector).front();
}

// One of each, with arguments by name: shared by the tests below.
const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"keywords:existence", R"({"keywords":["cat","dog"]})", "Dogs, cats.", "Dogs."},
      {"keywords:frequency", R"({"keyword":"cat","frequency":2,"relation":"at least"})", "Cat CATS",
       "cat"},
      {"keywords:forbidden_words", R"({"forbidden_words":["cat"]})", "cats", "A Cat."},
      {"keywords:letter_frequency",
       R"({"letter":"E","let_frequency":3,"let_relation":"less than"})", "eE", "eEe"},
      {"language:response_language", R"({"language":"xx"})", "xyx", "aba"},
      {"length_constraints:number_sentences", R"({"num_sentences":2,"relation":"at least"})",
       "One. Two.", "It is 3. or so."},
      {"length_constraints:number_paragraphs", R"({"num_paragraphs":2})", "a\n***\nb\n***", "a"},
      {"length_constraints:number_words", R"({"num_words":3,"relation":"less than"})", "a b",
       "don't go"},
      {"length_constraints:nth_paragraph_first_word",
       R"({"num_paragraphs":2,"nth_paragraph":2,"first_word":"Then"})", "So.\n\n\"Then, yes.",
       "Then.\n\nSo."},
      {"detectable_content:number_placeholders", R"({"num_placeholders":2})", "[a] [b]",
       "[a] [b\n]"},
      {"detectable_content:postscript", R"({"postscript_marker":"P.S."})", "x p. s. y", "PS: y"},
      {"detectable_format:number_bullet_lists", R"({"num_bullets":2})", "* a\n - b", "* a\n** b"},
      {"detectable_format:constrained_response", "{}", "So: My answer is no.", "my answer is no."},
      {"detectable_format:number_highlighted_sections", R"({"num_highlights":2})", "***b***",
       "**b**"},
      {"detectable_format:multiple_sections", R"({"section_spliter":"Section","num_sections":2})",
       "Section 1 a Section2", "Section 1 a"},
      {"detectable_format:json_format", "{}", "```json\n{\"a\":NaN}\n```", "{\"a\":}"},
      {"detectable_format:title", "{}", "x\n<<a>>", "<< >>"},
      {"combination:two_responses", "{}", "a ****** b", "a ****** a "},
      {"combination:repeat_prompt", R"({"prompt_to_repeat":"Say hi"})", " say HI\nhi", "hi"},
      {"startend:end_checker", R"({"end_phrase":"The End."})", "x. \"the end.\" ", "the end"},
      {"startend:quotation", "{}", " \"a\" ", "\""},
      {"change_case:capital_word_frequency",
       R"({"capital_frequency":2,"capital_relation":"at least"})", "A-B C!", "Ab C"},
      {"change_case:english_capital", "{}", "A B AB A", "A b"},
      {"change_case:english_lowercase", "{}", "ab a", "ab A"},
      {"punctuation:no_comma", "{}", "a;b", "a,b"}};
  return all;
}

}  // namespace

TEST_CASE("each of the 25 instructions has both verdicts", "[worker][scorers][ifeval]") {
  const SmallProfiles profiles;
  const LanguageDetector detector(profiles.folder());
  REQUIRE(cases().size() == kInstructionIds.size());
  for (const Case& c : cases()) {
    CAPTURE(c.id);
    CHECK(judge(c.id, c.kwargs, c.followed, &detector).strict == Decision::followed);
    CHECK(judge(c.id, c.kwargs, c.followed, &detector).loose == Decision::followed);
    CHECK(judge(c.id, c.kwargs, c.not_followed, &detector).strict == Decision::not_followed);
    CHECK(std::ranges::find(kInstructionIds, c.id) != kInstructionIds.end());
  }
}

TEST_CASE("loose takes away the first line, the last, both, and asterisks",
          "[worker][scorers][ifeval]") {
  const auto loose = [](const std::string& response) {
    const InstructionVerdict verdict = judge("detectable_format:json_format", "{}", response);
    CHECK(verdict.strict == Decision::not_followed);
    return verdict.loose == Decision::followed;
  };
  CHECK(loose("Sure:\n{}"));
  CHECK(loose("{}\nDone."));
  CHECK(loose("Sure:\n{}\nDone."));
  CHECK(loose("**{}**"));
  CHECK(loose("*Sure*:\n*{}*\n"));
  CHECK_FALSE(loose("Sure:\n\nYes:\n{}"));
  CHECK_FALSE(loose("Sure"));
}

TEST_CASE("a blank response follows nothing, and neither does a blank variant",
          "[worker][scorers][trap-28]") {
  const SmallProfiles profiles;
  const LanguageDetector detector(profiles.folder());
  for (const Case& c : cases()) {
    for (const char* const blank : {"", " \n\u3000"}) {
      CAPTURE(c.id);
      CHECK(judge(c.id, c.kwargs, blank, &detector).strict == Decision::not_followed);
      CHECK(judge(c.id, c.kwargs, blank, &detector).loose == Decision::not_followed);
    }
  }
  // Without its asterisks nothing is left of it, which would have no comma.
  CHECK(judge("keywords:existence", R"({"keywords":["^$"]})", "**").loose ==
        Decision::not_followed);
}

TEST_CASE("a frequency of 0 is a frequency", "[worker][scorers][trap-8]") {
  const auto frequency = [](const std::string& relation, const std::string& response) {
    return judge("keywords:frequency",
                 R"({"keyword":"cat","frequency":0,"relation":")" + relation + "\"}", response)
        .strict;
  };
  CHECK(frequency("at least", "dog") == Decision::followed);
  CHECK(frequency("less than", "dog") == Decision::not_followed);
  CHECK(judge("detectable_format:number_bullet_lists", R"({"num_bullets":0})", "a").strict ==
        Decision::followed);
}

TEST_CASE("what cannot be decided is unsupported, never false", "[worker][scorers][ifeval]") {
  for (const char* const id : {"language:response_language", "change_case:english_capital",
                               "change_case:english_lowercase"}) {
    const InstructionVerdict verdict = judge(id, R"({"language":"en"})", "aB");
    CHECK(verdict.strict == Decision::unsupported);
    CHECK(verdict.loose == Decision::unsupported);
    CHECK(verdict.note == "needs language_profiles, and none are configured");
  }
  CHECK(judge("made:up", "{}", "a").strict == Decision::unsupported);
  CHECK(judge("made:up", "{}", "a").note == "not one of the 25 instructions of IFEval");
}

TEST_CASE("nothing is loaded for instructions that need no language", "[worker][scorers][ifeval]") {
  const LanguageDetector nowhere("/nonexistent");
  CHECK(judge("punctuation:no_comma", "{}", "a", &nowhere).strict == Decision::followed);
  CHECK(judge("change_case:english_capital", "{}", "a", &nowhere).strict == Decision::not_followed);
  CHECK_FALSE(nowhere.is_loaded());
  CHECK_THROWS_AS(judge("change_case:english_capital", "{}", "A", &nowhere), tally::Error);
}

TEST_CASE("a letter that is none counts as itself and is flagged", "[worker][scorers][trap-27]") {
  const auto verdict = [](const std::string& letter, const std::string& response) {
    return judge("keywords:letter_frequency",
                 R"({"letter":")" + letter + R"(","let_frequency":2,"let_relation":"at least"})",
                 response);
  };
  CHECK(verdict("#", "# a #").strict == Decision::followed);
  CHECK(verdict("#", "# a").strict == Decision::not_followed);
  CHECK(verdict("#", "# a").flagged);
  CHECK(verdict("#", "# a").note == "counted the character '#', which is no letter from a to z");
  CHECK(verdict("\u00c9", "\u00e9\u00c9").strict == Decision::followed);
  CHECK(verdict("\u00c9", "a").flagged);
  CHECK_FALSE(verdict("A", "a").flagged);
}

TEST_CASE("arguments that nothing can be decided by name themselves", "[worker][scorers][ifeval]") {
  struct Bad {
    const char* id;
    const char* kwargs;
    const char* message;
  };
  const auto bad = GENERATE(values<Bad>(
      {{"keywords:existence", "{}",
        "kwargs.keywords: found no such key, expected an array of strings that is not empty"},
       {"keywords:existence", R"({"keywords":[]})",
        "kwargs.keywords: found [], expected an array of strings that is not empty"},
       {"keywords:frequency", R"({"keyword":"a","frequency":null,"relation":"at least"})",
        "kwargs.frequency: found null, expected a number"},
       {"keywords:frequency", R"({"keyword":"a","frequency":-1,"relation":"at least"})",
        "kwargs.frequency: found -1, expected a number that is not negative"},
       {"keywords:frequency", R"({"keyword":"a","frequency":1,"relation":"at most"})",
        "kwargs.relation: found \"at most\", expected \"less than\" or \"at least\""},
       {"keywords:letter_frequency",
        R"({"letter":"ab","let_frequency":1,"let_relation":"at least"})",
        "kwargs.letter: found \"ab\", expected one character"},
       {"length_constraints:nth_paragraph_first_word",
        R"({"num_paragraphs":2,"nth_paragraph":3,"first_word":"a"})",
        "kwargs.nth_paragraph: found 3, expected a whole number from 1 to 2"},
       {"combination:repeat_prompt", R"({"prompt_to_repeat":""})",
        "kwargs.prompt_to_repeat: found \"\", expected a string that is not empty"},
       {"startend:end_checker", R"({"end_phrase":null})",
        "kwargs.end_phrase: found null, expected a string"},
       {"punctuation:no_comma", "null", "kwargs: found null, expected an object"}}));
  CHECK_THROWS_WITH(judge(bad.id, bad.kwargs, "a"), std::string(bad.id) + ": " + bad.message);
}

TEST_CASE("a response made to hurt has its verdict, for every instruction",
          "[worker][scorers][trap-26]") {
  const SmallProfiles profiles;
  const LanguageDetector detector(profiles.folder());
  constexpr std::size_t kSize = 1U << 20U;
  const auto repeated = [](const std::string& part) {
    std::string text;
    while (text.size() < kSize) text += part;
    return text;
  };
  const std::vector<std::string> hostile = {repeated("*"),
                                            repeated("-\n"),
                                            repeated("<<"),
                                            repeated(" ") + "x",
                                            repeated("\n") + "x",
                                            repeated("a."),
                                            repeated("\""),
                                            repeated("[{"),
                                            repeated("\xff"),
                                            repeated(std::string(1, '\0')),
                                            repeated("\xf0\x9f") + ",",
                                            repeated("p. ")};
  for (const Case& c : cases()) {
    for (const std::string& response : hostile) {
      const InstructionVerdict verdict = judge(c.id, c.kwargs, response, &detector);
      REQUIRE(verdict.strict != Decision::unsupported);
      REQUIRE(verdict.loose != Decision::unsupported);
    }
  }
}
