#include "worker/scorers/instruction_following.hpp"

#include <cmath>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "instruction_following/small_profiles.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

Score score(const std::string& data, const std::string& response,
            const std::filesystem::path& profiles = {}) {
  TaskSpec entry;
  entry.evaluator = Evaluator::instruction_following;
  entry.language_profiles = profiles;
  Doc doc;
  doc.id = "7";
  doc.data = data;
  Completion completion;
  completion.text = response;
  ItemRandom random(1, 1);
  return InstructionFollowing(entry).score(Task{}, doc, completion, random);
}

const std::string kTwo =
    R"({"instruction_id_list":["punctuation:no_comma","startend:quotation"],"kwargs":[{},{}]})";
const std::string kUnsupported =
    R"({"instruction_id_list":["punctuation:no_comma","language:response_language"],)"
    R"("kwargs":[{},{"language":"en"}]})";

}  // namespace

TEST_CASE("a prompt is followed when every instruction is", "[worker][scorers][ifeval]") {
  const Score right = score(kTwo, "\"a\"");
  CHECK(right.outcome == Outcome::scored);
  CHECK(right.value == 1.0);
  CHECK(right.answer == R"({"strict":[1,1],"loose":[1,1]})");
  CHECK(right.explanation.empty());
  CHECK(right.metrics == std::vector<float>{1, 2, 2, 2, 0, 0});
  const Score loose = score(kTwo, "Sure:\n\"a\"");
  CHECK(loose.outcome == Outcome::scored);
  CHECK(loose.value == 0.0);
  CHECK(loose.answer == R"({"strict":[1,0],"loose":[1,1]})");
  CHECK(loose.explanation == "only loosely followed: startend:quotation");
  CHECK(loose.metrics == std::vector<float>{1, 2, 1, 2, 0, 0});
  const Score wrong = score(kTwo, "a, b");
  CHECK(wrong.explanation ==
        "not followed: punctuation:no_comma; not followed: startend:quotation");
  CHECK(wrong.metrics == std::vector<float>{0, 2, 0, 0, 0, 0});
}

TEST_CASE("the columns are the registered ones", "[worker][scorers][ifeval]") {
  CHECK(InstructionFollowing(TaskSpec{}).metric_names() ==
        std::vector<std::string>{"prompt_loose", "instructions", "strict_followed",
                                 "loose_followed", "unsupported", "flagged"});
}

TEST_CASE("a doc with an unsupported instruction is invalid, whatever the others say",
          "[worker][scorers][trap-37]") {
  for (const char* const response : {"a b", "a, b", "", " \n"}) {
    CAPTURE(response);
    const Score unknown = score(kUnsupported, response);
    CHECK(unknown.outcome == Outcome::invalid);
    CHECK(std::isnan(unknown.metrics.at(0)));
    CHECK(unknown.metrics.at(1) == 1.0F);
    CHECK(unknown.metrics.at(4) == 1.0F);
  }
  CHECK(score(kUnsupported, "a b").explanation ==
        "unsupported: language:response_language, needs language_profiles, and none are "
        "configured");
  CHECK(score(kUnsupported, "a, b").answer == R"({"strict":[0,null],"loose":[0,null]})");
  const SmallProfiles profiles;
  CHECK(score(kUnsupported, "a b", profiles.folder()).value == 1.0);
  CHECK(score(kUnsupported, "a, b", profiles.folder()).outcome == Outcome::scored);
  CHECK(score(kUnsupported, "", profiles.folder()).outcome == Outcome::no_answer);
}

TEST_CASE("a doc without instructions is invalid, not followed", "[worker][scorers][trap-17]") {
  const Score none = score(R"({"instruction_id_list":[],"kwargs":[]})", "a");
  CHECK(none.outcome == Outcome::invalid);
  CHECK(none.explanation == "doc '7': found no instruction, expected at least 1");
}

TEST_CASE("a blank completion is no answer with all false", "[worker][scorers][trap-28]") {
  for (const char* const blank : {"", " \n", "\u3000"}) {
    const Score none = score(kTwo, blank);
    CHECK(none.outcome == Outcome::no_answer);
    CHECK(none.value == 0.0);
    CHECK(none.metrics == std::vector<float>{0, 2, 0, 0, 0, 0});
  }
}

TEST_CASE("a flagged instruction is decided, counted and named", "[worker][scorers][trap-27]") {
  const std::string data =
      R"({"instruction_id_list":["keywords:letter_frequency"],)"
      R"("kwargs":[{"letter":"!","let_frequency":1,"let_relation":"at least"}]})";
  const Score first = score(data, "hi!");
  const Score second = score(data, "hi!");
  CHECK(first.value == 1.0);
  CHECK(first.metrics == std::vector<float>{1, 1, 1, 1, 0, 1});
  CHECK(first.explanation ==
        "flagged: keywords:letter_frequency, counted the character '!', which is no letter from a "
        "to z");
  CHECK(first.answer == second.answer);
  CHECK(first.metrics == second.metrics);
  CHECK(first.explanation == second.explanation);
}

TEST_CASE("a hostile megabyte is judged like any response", "[worker][scorers][trap-26]") {
  for (const char each : {'*', '\xff', '\0'}) {
    CAPTURE(static_cast<int>(each));
    const std::string text(1'000'000, each);
    CHECK(score(kTwo, text).answer == R"({"strict":[1,0],"loose":[1,0]})");
    CHECK(score(kTwo, "\"" + text + "\"").answer == R"({"strict":[1,1],"loose":[1,1]})");
    CHECK(score(kTwo, text + ",").answer == R"({"strict":[0,0],"loose":[0,0]})");
  }
}

TEST_CASE("docs of another format and absent profiles end the run", "[worker][scorers][ifeval]") {
  CHECK_THROWS_WITH(score("", "a"),
                    "doc '7': found no instructions, expected a dataset of format ifeval");
  TaskSpec entry;
  entry.language_profiles = "/nonexistent/profiles";
  CHECK_THROWS_WITH(InstructionFollowing(entry).probe(),
                    "/nonexistent/profiles: No such file or directory");
}
