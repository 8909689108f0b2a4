#include "catch.hpp"
#include "core/base/json_writer.hpp"
#include "core/dataset/formats.hpp"

namespace {

const tally::DatasetSpec kApps = spec_of(tally::DatasetFormat::apps);

std::string row(const std::string& input_output, const std::string& solutions = "") {
  tally::JsonWriter json;
  json.begin_object().key("problem_id").value(7).key("question").value("Q");
  json.key("solutions").value(solutions).key("input_output").value(input_output);
  json.key("difficulty").value("interview").key("starter_code").value("def f():").end_object();
  return std::move(json).text() + "\n";
}

std::string data(const std::string& input_output) {
  return docs_of(kApps, row(input_output)).at(0).data;
}

}  // namespace

TEST_CASE("an APPS row of a program becomes a doc", "[dataset][apps]") {
  tally::DatasetSpec spec = kApps;
  spec.group_by = "difficulty";
  const auto docs = docs_of(spec, row(R"({"inputs":["1 2\n",["a","b"]],"outputs":["3\n",[]]})",
                                      R"~(["print(3)","pass"])~"));
  REQUIRE(docs.size() == 1);
  CHECK(docs[0].id == "7");
  CHECK(docs[0].text == "Q");
  CHECK(docs[0].target == "print(3)");
  CHECK(docs[0].group == "interview");
  CHECK(docs[0].data == R"({"style":"stdio","tests":[{"input":"1 2\n","output":"3\n"},)"
                        R"({"input":"a\nb","output":""}]})");
}

TEST_CASE("wrapped outputs of APPS' calls are unwrapped when all are", "[dataset][apps]") {
  const std::string head = R"({"style":"functional","entry_point":"f","starter":"def f():",)";
  CHECK(
      data(R"({"fn_name":"f","inputs":[[1, 123456789012345678901],[]],"outputs":[[ 5 ],[[6]]]})") ==
      head + R"("tests":[{"args":[1,123456789012345678901],"expected":5},)"
             R"({"args":[],"expected":[6]}]})");
  CHECK(data(R"({"inputs":[["a"],["b"]],"outputs":[[1],[1,2]],"fn_name":"f"})") ==
        head + R"("tests":[{"args":["a"],"expected":[1]},{"args":["b"],"expected":[1,2]}]})");
  CHECK(data(R"({"inputs":[["a"],["b"]],"outputs":["x",[]],"fn_name":"f"})") ==
        head + R"("tests":[{"args":["a"],"expected":"x"},{"args":["b"],"expected":[]}]})");
}

TEST_CASE("an APPS problem without tests stays a doc", "[dataset][apps][trap-17]") {
  CHECK(data("") == R"({"style":"stdio","tests":[]})");
  CHECK(data(R"({"inputs":[],"outputs":[]})") == R"({"style":"stdio","tests":[]})");
  const auto docs = docs_of(kApps, R"({"question":"Q"})");
  CHECK(docs.at(0).id == "0");
  CHECK(docs.at(0).data == R"({"style":"stdio","tests":[]})");
  CHECK(docs.at(0).target.empty());
}

TEST_CASE("inputs and outputs of APPS are never cut to the shorter list",
          "[dataset][apps][trap-30]") {
  CHECK(refusal_of(kApps, row(R"({"inputs":["1","2","3"],"outputs":["1","2"]})")) ==
        ":1: input_output: found 3 inputs and 2 outputs, expected as many");
}

TEST_CASE("tests of APPS that cannot be run are refused", "[dataset][apps]") {
  CHECK(refusal_of(kApps, row(R"({"inputs":[1],"outputs":[""]})")) ==
        ":1: input_output: found 1, expected a text or an array of lines");
  CHECK(refusal_of(kApps, row(R"({"inputs":[[1]],"outputs":[""]})")) ==
        ":1: input_output: found a line that is no text, expected texts");
  CHECK(refusal_of(kApps, row(R"({"inputs":[1],"outputs":[1],"fn_name":"f"})")) ==
        ":1: input_output: found 1, expected an array of arguments");
  CHECK(refusal_of(kApps, row(R"({"inputs":[[nope]],"outputs":[1],"fn_name":"f"})")) ==
        ":1: input_output: found [nope], expected a JSON value");
  CHECK_THAT(refusal_of(kApps, row("[1]")),
             Catch::Matchers::StartsWith(":1: input_output: found no such JSON ("));
  CHECK(refusal_of(kApps, row("", "x")) ==
        ":1: solutions: found no JSON array, expected one of texts");
  CHECK(refusal_of(kApps, row("", "[1]")) == ":1: solutions: found no text, expected one");
}
