#include "catch.hpp"
#include "core/dataset/formats.hpp"

namespace {

const tally::DatasetSpec kContests = spec_of(tally::DatasetFormat::codecontests);

constexpr const char* kData =
    R"({"style":"stdio","tests":[{"input":"1","output":"2"},{"input":"3","output":"4"},)"
    R"({"input":"5","output":"6"},{"input":"","output":""}]})";

}  // namespace

TEST_CASE("CodeContests of Hugging Face has objects of lists", "[dataset][codecontests]") {
  const auto docs =
      docs_of(kContests,
              R"({"name":"1_A. X","description":"D","public_tests":{"input":["1"],"output":["2"]},)"
              R"("private_tests":{"input":["3","5"],"output":["4","6"]},)"
              R"("generated_tests":{"input":[""],"output":[""]},"difficulty":7,)"
              R"("solutions":{"language":[2,3,3],"solution":["int main(){}","pass","x"]}})");
  REQUIRE(docs.size() == 1);
  CHECK(docs[0].id == "1_A. X");
  CHECK(docs[0].text == "D");
  CHECK(docs[0].target == "pass");
  CHECK(docs[0].data == kData);
}

TEST_CASE("CodeContests of its own converter has lists of objects", "[dataset][codecontests]") {
  const auto docs = docs_of(
      kContests,
      R"([{"name":"1_A. X","description":"D","public_tests":[{"input":"1","output":"2"}],)"
      R"("private_tests":[{"input":"3","output":"4"},{"input":"5","output":"6"}],)"
      R"("generated_tests":[{"input":"","output":""}],)"
      R"("solutions":[{"language":"CPP","solution":"x"},{"language":"PYTHON3","solution":"y"}]},)"
      R"({"name":"2","description":"","public_tests":[],"solutions":[{"language":1,"solution":""}]}])");
  REQUIRE(docs.size() == 2);
  CHECK(docs[0].data == kData);
  CHECK(docs[0].target == "y");
  CHECK(docs[1].data == R"({"style":"stdio","tests":[]})");
  CHECK(docs[1].target.empty());
}

TEST_CASE("inputs and outputs of CodeContests are never cut to the shorter list",
          "[dataset][codecontests][trap-30]") {
  CHECK(refusal_of(kContests, R"({"name":"a","description":"",)"
                              R"("public_tests":{"input":["1","2"],"output":["1"]}})") ==
        ":1: public_tests.input: found no array as long as output, expected one");
}

TEST_CASE("tests of CodeContests that cannot be run are refused", "[dataset][codecontests]") {
  const std::string head = R"({"name":"a","description":"")";
  CHECK(refusal_of(kContests, head + "}") ==
        ":1: public_tests: found no such key, expected one in every row");
  CHECK(refusal_of(kContests, head + R"(,"private_tests":"x"})") ==
        ":1: private_tests: found no object, expected one");
  CHECK(refusal_of(kContests, head + R"(,"private_tests":[{"input":"x"}]})") ==
        ":1: private_tests[0].output: found no such key, expected one in every row");
  CHECK(refusal_of(kContests, head + R"(,"private_tests":[{"input":1,"output":""}]})") ==
        ":1: private_tests[0].input: found no text, expected one");
  CHECK(refusal_of(kContests, head + R"(,"private_tests":{"input":[1],"output":[""]}})") ==
        ":1: private_tests.input: found no text, expected one");
}
