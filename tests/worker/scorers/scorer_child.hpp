#pragma once
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "core/plan/plan.hpp"
#include "temp_dir.hpp"
#include "worker/scorers/external.hpp"

/// An external scorer over a small Python program, and one item to ask it about.
///
/// The program begins with hello(columns), says(reply) to answer and lines() to read requests;
/// `home` is its folder, and first() is true in the first process only.
class ScorerChild {
 public:
  explicit ScorerChild(const std::string& body) {
    entry.name = "judge";
    entry.evaluator = tally::Evaluator::external;
    entry.limits.wall = std::chrono::seconds(20);
    entry.command = {"/usr/bin/python3", "-S",
                     dir.file("scorer.py", std::string(kOpening) + body).string()};
    doc.id = "d";
    doc.text = "say 1";
    doc.target = "1";
    completion.text = "1";
  }

  /// The scorer, made at the first call.
  tally::worker::External& scorer() {
    if (!scorer_) scorer_ = std::make_unique<tally::worker::External>(context());
    return *scorer_;
  }
  tally::worker::ScorerContext context() { return {entry, stop}; }
  tally::worker::Score score(std::uint64_t ordinal = 0) {
    tally::ItemRandom random(7, ordinal);
    return scorer().score(tally::Task{}, doc, completion, random);
  }
  /// Closes the child as the end of a run does.
  void close() { scorer_.reset(); }
  /// What the program wrote to a file of its folder.
  [[nodiscard]] std::string wrote(const std::string& name) const {
    std::ifstream file(dir.path() / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TempDir dir;
  tally::TaskSpec entry;
  tally::worker::StopFlag stop;
  tally::Doc doc;
  tally::worker::Completion completion;

 private:
  static constexpr const char* kOpening = R"(import json, os, signal, sys, time
home = os.path.dirname(os.path.abspath(__file__))
def say(value): print(json.dumps(value), flush=True)
def hello(columns=[]): say({"tally_scorer": 1, "columns": columns})
def lines(): return map(json.loads, sys.stdin)
def right(request, **more): say({"id": request["id"], "outcome": "scored", "score": 1, **more})
def first():
    try: os.close(os.open(home + "/started", os.O_CREAT | os.O_EXCL))
    except FileExistsError: return False
    return True
)";
  std::unique_ptr<tally::worker::External> scorer_;
};

/// Whether a process is there and no zombie.
inline bool is_alive(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string number, name, state;
  return file >> number >> name >> state && state != "Z" && state != "X";
}

/// Waits for a process to go; a kill takes a moment.
inline bool goes_away(const std::string& pid) {
  for (int i = 0; i < 2000 && is_alive(pid); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return !is_alive(pid);
}
