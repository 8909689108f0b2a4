// Lets a Python test use the real Sandbox: reads one JSON object a line, answers one a line.
//   sandbox-driver bubblewrap|none HELPER
// {"probe":true} | {"argv":[..],"input":hex,"files":{name:hex},"runtimes":[..],"limits":{..}} |
// {"checker":{..},"candidate":{..}}; "stop_after_ms" sets the stop flag meanwhile, "times" repeats,
// "threads" asks so many times at once.
#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "core/base/error.hpp"
#include "worker/sandbox/sandbox.hpp"

namespace {

using nlohmann::json;
using namespace tally::worker;

std::string from_hex(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return out;
}

std::string to_hex(const std::string& bytes) {
  constexpr const char* digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

Program program_of(const json& from) {
  Program program;
  program.argv = from.at("argv").get<std::vector<std::string>>();
  program.input = from_hex(from.value("input", ""));
  const auto files = from.value("files", std::map<std::string, std::string>{});
  for (const auto& [name, content] : files) program.files.emplace_back(name, from_hex(content));
  program.runtimes = from.value("runtimes", std::vector<std::string>{});
  return program;
}

SandboxLimits limits_of(const json& from) {
  const json given = from.value("limits", json::object());
  SandboxLimits limits;
  limits.wall = std::chrono::milliseconds(given.value("wall", limits.wall.count()));
  limits.cpu = std::chrono::milliseconds(given.value("cpu", limits.cpu.count()));
  limits.memory = given.value("memory", limits.memory);
  limits.processes = given.value("processes", limits.processes);
  limits.output = given.value("output", limits.output);
  limits.scratch = given.value("scratch", limits.scratch);
  return limits;
}

json to_json(const ProgramResult& result) {
  constexpr const char* endings[] = {"exited",       "signalled",    "cpu_limit",
                                     "wall_limit",   "memory_limit", "process_limit",
                                     "output_limit", "stopped",      "broken"};
  return {{"ending", endings[static_cast<int>(result.ending)]},
          {"status", result.status},
          {"wall", result.wall_seconds},
          {"cpu", result.cpu_seconds},
          {"peak_memory", result.peak_memory},
          {"output", to_hex(result.output)},
          {"errors", to_hex(result.errors)},
          {"problem", result.problem}};
}

json once(const Sandbox& sandbox, const json& request, const StopFlag& stop) {
  if (request.contains("probe")) {
    try {
      const std::string fence = sandbox.probe();
      return {{"probe", "good"}, {"fence", fence}};
    } catch (const tally::Error& error) {
      return {{"probe", error.what()}, {"code", static_cast<int>(error.code())}};
    }
  }
  if (!request.contains("checker")) {
    return to_json(sandbox.run(program_of(request), limits_of(request), stop));
  }
  const json& checker = request.at("checker");
  const json& candidate = request.at("candidate");
  const PairResult result = sandbox.run_pair(program_of(checker), limits_of(checker),
                                             program_of(candidate), limits_of(candidate), stop);
  return {{"checker", to_json(result.checker)},
          {"candidate", to_json(result.candidate)},
          {"report", to_hex(result.report)}};
}

json repeated(const Sandbox& sandbox, const json& request, const StopFlag& stop) {
  json last;
  for (int time = request.value("times", 1); time > 0; --time) last = once(sandbox, request, stop);
  return last;
}

json answer(const Sandbox& sandbox, const json& request) {
  StopFlag stop;
  std::jthread stopper;
  if (const int ms = request.value("stop_after_ms", -1); ms >= 0) {
    stopper = std::jthread([&stop, ms] {
      std::this_thread::sleep_for(std::chrono::milliseconds(ms));
      stop.request();
    });
  }
  const int threads = request.value("threads", 0);
  if (threads == 0) return repeated(sandbox, request, stop);
  std::vector<json> answers(static_cast<std::size_t>(threads));
  std::vector<std::jthread> running;
  for (json& each : answers) {
    running.emplace_back([&] { each = repeated(sandbox, request, stop); });
  }
  running.clear();
  return {{"answers", answers}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  const bool isolated = std::string(argv[1]) == "bubblewrap";
  const Sandbox sandbox(isolated ? Sandbox::Mode::bubblewrap : Sandbox::Mode::none, argv[2]);
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << answer(sandbox, json::parse(line)).dump() << std::endl;
  }
}
