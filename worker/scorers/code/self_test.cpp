#include "worker/scorers/code/self_test.hpp"

#include <fmt/format.h>

#include <array>

#include "worker/scorers/code/code_limits.hpp"

namespace tally::worker {
namespace {

struct Known {
  std::string_view style;
  std::string_view data;  // Doc::data
  std::string_view right;
  std::string_view wrong;
};

constexpr std::array kKnown{
    Known{"humaneval",
          R"({"style":"humaneval","prompt":"def add(a, b):\n","entry_point":"add",)"
          R"("test":"def check(f):\n    assert f(2, 3) == 5\n    assert f('a', 'b') == 'ab'\n"})",
          "def add(a, b):\n    return a + b\n", "def add(a, b):\n    return 5\n"},
    Known{
        "asserts",
        R"({"style":"asserts","setup":"","tests":["assert add(2, 3) == 5","assert add(1, 1) == 2"]})",
        "def add(a, b):\n    return a + b\n", "def add(a, b):\n    return 5\n"},
    Known{"functional",
          R"({"style":"functional","entry_point":"add","starter":"",)"
          R"("tests":[{"args":[2,3],"expected":5},{"args":[[1],[2]],"expected":[1,2]}]})",
          "class Solution:\n    def add(self, a, b):\n        return a + b\n",
          "def add(a, b):\n    return 5\n"},
    Known{"stdio", R"({"style":"stdio","tests":[{"input":"2 3\n","output":"5\n"}]})",
          "print(sum(map(int, input().split())))\n", "print(6)\n"}};

CodeDoc doc_of(const Known& known) {
  Doc doc;
  doc.id = "self-test";
  doc.data = known.data;
  return parse_code_doc(doc);
}

// The last result: what is wrong with a wrong program is its last test.
TestResult judged(const CodeRunner& runner, const LimitsSpec& given, const Known& known,
                  std::string_view program) {
  const CodeDoc doc = doc_of(known);
  const CodeJob job{doc, known.data, known.right, program, candidate_limits(doc.style, given)};
  const CodeRun run = doc.style == CodeDoc::Style::stdio ? runner.feed(job, 0)
                                                         : runner.ask(job, 0, test_count(doc));
  return run.load ? *run.load : run.tests.back();
}

}  // namespace

std::optional<std::string> self_test(const CodeRunner& runner, const LimitsSpec& limits) {
  for (const Known& known : kKnown) {
    const TestResult right = judged(runner, limits, known, known.right);
    if (right.verdict != TestVerdict::passed)
      return fmt::format("a right {} program does not pass: {}", known.style, right.note);
    const TestResult wrong = judged(runner, limits, known, known.wrong);
    if (wrong.verdict != TestVerdict::wrong)
      return fmt::format("a wrong {} program is not found out: {}", known.style, wrong.note);
  }
  return std::nullopt;
}

bool machine_is_sound(const CodeRunner& runner, const LimitsSpec& limits) {
  const Known& known = kKnown.front();
  return judged(runner, limits, known, known.right).verdict == TestVerdict::passed;
}

}  // namespace tally::worker
