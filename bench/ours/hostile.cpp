// bench-hostile INSTRUCTIONS.json PROFILES: scores megabytes that only make work: of `*`, of bytes
// that are no UTF-8, of NULs. Every extractor with every comparator, every extractor of
// multi_choice, every instruction of the file ([[id, kwargs], ...]) and every way to take a program
// out. Prints `slowest` and the slowest of each evaluator, in seconds of processor time for one
// response; on stderr, which those were.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/tool_main.hpp"
#include "core/config/evaluators.hpp"
#include "worker/scorers/code/extract_code.hpp"
#include "worker/scorers/free_response.hpp"
#include "worker/scorers/instruction_following.hpp"
#include "worker/scorers/multi_choice.hpp"

namespace {

using namespace tally;
using namespace tally::worker;

constexpr std::size_t kMegabyte = 1'000'000;

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Slowest {
  double seconds = 0.0;
  std::string rule;
};

/// The slowest rule of each evaluator so far.
class Record {
 public:
  void time(const std::string& evaluator, const std::string& rule,
            const std::function<void()>& score) {
    const double start = cpu_seconds();
    score();
    const double took = cpu_seconds() - start;
    Slowest& slowest = slowest_[evaluator];
    if (took > slowest.seconds) slowest = {took, rule};
  }

  void print() const {
    double most = 0.0;
    for (const auto& [evaluator, slowest] : slowest_) {
      fmt::print("{} {}\n", evaluator, slowest.seconds);
      fmt::print(stderr, "{}: {:.4f} s, {}\n", evaluator, slowest.seconds, slowest.rule);
      most = std::max(most, slowest.seconds);
    }
    fmt::print("slowest {}\n", most);
  }

 private:
  std::map<std::string, Slowest> slowest_;
};

struct Response {
  std::string name;
  Completion completion;
};

std::vector<Response> responses() {
  std::vector<Response> all(3);
  all[0].name = "of *";
  all[0].completion.text = std::string(kMegabyte, '*');
  all[1].name = "of \\xff";
  all[1].completion.text = std::string(kMegabyte, '\xff');
  all[2].name = "of NUL";
  all[2].completion.text = std::string(kMegabyte, '\0');
  return all;
}

void score(const Scorer& scorer, const Doc& doc, const Response& response) {
  ItemRandom random(1, 1);
  static_cast<void>(scorer.score(Task{}, doc, response.completion, random));
}

void take_answers(const Response& response, Record& record) {
  Doc fact;
  fact.target = "7";
  Doc question;
  question.target = "A";
  question.data = R"({"choices":["w","x","y","z"]})";
  for (const std::string_view extractor : extractor_words(Evaluator::free_response)) {
    for (const std::string_view comparator : comparator_words(Evaluator::free_response)) {
      const FreeResponse scorer{std::string(extractor), std::string(comparator)};
      record.time("free_response", fmt::format("{} {} {}", extractor, comparator, response.name),
                  [&] { score(scorer, fact, response); });
    }
  }
  for (const std::string_view extractor : extractor_words(Evaluator::multi_choice)) {
    const MultiChoice scorer{std::string(extractor)};
    record.time("multi_choice", fmt::format("{} {}", extractor, response.name),
                [&] { score(scorer, question, response); });
  }
}

void follow(const nlohmann::json& instructions, const InstructionFollowing& scorer,
            const Response& response, Record& record) {
  for (const nlohmann::json& each : instructions) {
    Doc doc;
    doc.data =
        nlohmann::json{{"instruction_id_list", {each.at(0)}}, {"kwargs", {each.at(1)}}}.dump();
    record.time("instruction_following",
                fmt::format("{} {}", each.at(0).get<std::string>(), response.name),
                [&] { score(scorer, doc, response); });
  }
}

void take_programs(const Response& response, Record& record) {
  for (const std::string_view name : code_extractors()) {
    const CodeExtractor& rule = find_code_extractor(name);
    record.time("taking a program", fmt::format("{} {}", name, response.name),
                [&] { static_cast<void>(rule.extract(response.completion.text)); });
  }
}

int run(int argc, char** argv) {
  if (argc != 3) throw Error(Errc::usage, "expected INSTRUCTIONS.json PROFILES");
  std::ifstream file(argv[1]);
  const nlohmann::json instructions = nlohmann::json::parse(file);
  TaskSpec entry;
  entry.evaluator = Evaluator::instruction_following;
  entry.language_profiles = argv[2];
  const InstructionFollowing scorer(entry);
  Response words{"of words", {}};
  words.completion.text = "\u00e9t\u00e9";
  Record warming;  // profiles are read and patterns compiled once, at the first response
  follow(instructions, scorer, words, warming);
  Record record;
  for (const Response& response : responses()) {
    take_answers(response, record);
    follow(instructions, scorer, response, record);
    take_programs(response, record);
  }
  record.print();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return tally::tool_main("bench-hostile", [&] { return run(argc, argv); });
}
