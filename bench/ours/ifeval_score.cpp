// The counterpart of bench/peers/ifeval.py: the same lines in, the same verdicts out.
//
//   ifeval_score PROFILES LINES.jsonl         a line of verdicts per line; PROFILES "" for none
//   ifeval_score --time PROFILES LINES.jsonl  judges them all and prints responses per second
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "worker/scorers/instruction_following/instructions.hpp"

namespace {

using nlohmann::json;
using tally::worker::Decision;
using tally::worker::InstructionVerdict;
using tally::worker::judge_instructions;
using tally::worker::LanguageDetector;

struct Line {
  std::vector<std::string> ids;
  std::vector<json> kwargs;
  std::string response;
};

std::vector<Line> read_lines(const std::string& name) {
  std::ifstream file(name);
  std::vector<Line> lines;
  for (std::string text; std::getline(file, text);) {
    const json object = json::parse(text);
    const json& response = object.at("response");
    lines.push_back({object.at("instruction_id_list").get<std::vector<std::string>>(),
                     object.at("kwargs").get<std::vector<json>>(),
                     response.is_null() ? std::string() : response.get<std::string>()});
  }
  return lines;
}

json value_of(Decision verdict) {
  if (verdict == Decision::unsupported) return nullptr;
  return verdict == Decision::followed ? 1 : 0;
}

void print_verdicts(const std::vector<Line>& lines, const LanguageDetector* detector) {
  for (const Line& line : lines) {
    json out;
    try {
      for (const InstructionVerdict& verdict :
           judge_instructions(line.ids, line.kwargs, line.response, detector)) {
        out["strict"].push_back(value_of(verdict.strict));
        out["loose"].push_back(value_of(verdict.loose));
      }
    } catch (const tally::Error& error) {
      out = {{"error", error.what()}};
    }
    std::cout << out.dump() << '\n';
  }
}

void print_speed(const std::vector<Line>& lines, const LanguageDetector* detector) {
  // What is loaded at the first use is not the question.
  static_cast<void>(judge_instructions({"language:response_language"}, {{{"language", "en"}}},
                                       "\u00e9t\u00e9", detector));
  const auto start = std::chrono::steady_clock::now();
  for (const Line& line : lines) {
    static_cast<void>(judge_instructions(line.ids, line.kwargs, line.response, detector));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << static_cast<double>(lines.size()) / took.count() << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool timed = !arguments.empty() && arguments.front() == "--time";
  if (timed) arguments.erase(arguments.begin());
  if (arguments.size() != 2) {
    std::cerr << "usage: ifeval_score [--time] PROFILES LINES.jsonl\n";
    return 64;
  }
  const auto detector =
      arguments[0].empty() ? nullptr : std::make_unique<LanguageDetector>(arguments[0]);
  const std::vector<Line> lines = read_lines(arguments[1]);
  timed ? print_speed(lines, detector.get()) : print_verdicts(lines, detector.get());
  return 0;
}
