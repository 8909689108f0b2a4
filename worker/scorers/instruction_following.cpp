#include "worker/scorers/instruction_following.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/json_writer.hpp"
#include "core/config/evaluators.hpp"
#include "core/plan/language_profiles.hpp"
#include "worker/scorers/instruction_following/instructions.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

using nlohmann::json;
using Verdicts = std::vector<InstructionVerdict>;
using Mode = Decision InstructionVerdict::*;

struct Instructions {
  std::vector<std::string> ids;
  std::vector<json> kwargs;
};

Instructions instructions_of(const Doc& doc) {
  const json data = json::parse(doc.data, nullptr, false);
  if (!data.is_object() || !data.contains("instruction_id_list") || !data.contains("kwargs")) {
    throw Error(Errc::config, fmt::format("doc '{}': found no instructions, expected a dataset of "
                                          "format ifeval",
                                          doc.id));
  }
  return {data["instruction_id_list"].get<std::vector<std::string>>(),
          data["kwargs"].get<std::vector<json>>()};
}

std::size_t count(const Verdicts& verdicts, Mode mode, Decision decision) {
  return static_cast<std::size_t>(std::ranges::count(verdicts, decision, mode));
}

// 1 or 0, but NaN as soon as one is unsupported, also where another is not followed: else docs
// would be counted by their verdict, and a figure over failures is none.
double all_followed(const Verdicts& verdicts, Mode mode) {
  if (count(verdicts, mode, Decision::unsupported) > 0) return std::nan("");
  return count(verdicts, mode, Decision::not_followed) > 0 ? 0.0 : 1.0;
}

// In the order of evaluators.def.
std::vector<float> metrics_of(const Verdicts& verdicts) {
  const std::size_t unsupported =
      count(verdicts, &InstructionVerdict::strict, Decision::unsupported);
  const auto flagged = std::ranges::count(verdicts, true, &InstructionVerdict::flagged);
  return {static_cast<float>(all_followed(verdicts, &InstructionVerdict::loose)),
          static_cast<float>(verdicts.size() - unsupported),
          static_cast<float>(count(verdicts, &InstructionVerdict::strict, Decision::followed)),
          static_cast<float>(count(verdicts, &InstructionVerdict::loose, Decision::followed)),
          static_cast<float>(unsupported),
          static_cast<float>(flagged)};
}

void write_decisions(JsonWriter& out, const Verdicts& verdicts, Mode mode) {
  out.begin_array();
  for (const InstructionVerdict& verdict : verdicts) {
    const Decision decision = verdict.*mode;
    if (decision == Decision::unsupported) {
      out.null();
    } else {
      out.value(decision == Decision::followed ? 1 : 0);
    }
  }
  out.end_array();
}

// {"strict":[1,0],"loose":[1,1]}: one per instruction, null for what is unsupported.
std::string answer_of(const Verdicts& verdicts) {
  JsonWriter out;
  out.begin_object().key("strict");
  write_decisions(out, verdicts, &InstructionVerdict::strict);
  out.key("loose");
  write_decisions(out, verdicts, &InstructionVerdict::loose);
  out.end_object();
  return std::move(out).text();
}

std::string explanation_of(const std::vector<std::string>& ids, const Verdicts& verdicts) {
  std::string text;
  const auto add = [&](std::string_view what, std::size_t i, const std::string& note) {
    text += fmt::format("{}{}: {}{}{}", text.empty() ? "" : "; ", what, ids[i],
                        note.empty() ? "" : ", ", note);
  };
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const InstructionVerdict& verdict = verdicts[i];
    if (verdict.strict == Decision::unsupported) {
      add("unsupported", i, verdict.note);
    } else if (verdict.strict == Decision::not_followed) {
      add(verdict.loose == Decision::followed ? "only loosely followed" : "not followed", i,
          verdict.note);
    } else if (verdict.flagged) {
      add("flagged", i, verdict.note);
    }
  }
  return text;
}

}  // namespace

InstructionFollowing::InstructionFollowing(const TaskSpec& entry)
    : profiles_(entry.language_profiles.string()) {
  if (profiles_.empty()) return;
  detector_ = std::make_unique<const LanguageDetector>(entry.language_profiles,
                                                       entry.language_profiles_sha256);
}

InstructionFollowing::~InstructionFollowing() = default;

void InstructionFollowing::probe() {
  if (!profiles_.empty()) static_cast<void>(find_language_profiles(profiles_));
}

std::vector<std::string> InstructionFollowing::metric_names() const {
  TaskSpec entry;
  entry.evaluator = Evaluator::instruction_following;
  return metric_columns(entry);
}

Score InstructionFollowing::score(const Task& /*task*/, const Doc& doc,
                                  const Completion& completion, ItemRandom& /*random*/) const {
  const Instructions instructions = instructions_of(doc);
  Score score;
  if (instructions.ids.empty()) {
    score.explanation = fmt::format("doc '{}': found no instruction, expected at least 1", doc.id);
    return score;
  }
  const Verdicts verdicts =
      judge_instructions(instructions.ids, instructions.kwargs, completion.text, detector_.get());
  score.metrics = metrics_of(verdicts);
  const double strict = all_followed(verdicts, &InstructionVerdict::strict);
  if (is_blank(completion.text) && !std::isnan(strict)) {
    score.outcome = Outcome::no_answer;
    score.explanation = "found a blank completion, which follows no instruction";
    return score;
  }
  score.answer = answer_of(verdicts);
  score.explanation = explanation_of(instructions.ids, verdicts);
  score.outcome = std::isnan(strict) ? Outcome::invalid : Outcome::scored;
  score.value = std::isnan(strict) ? 0.0 : strict;
  return score;
}

std::unique_ptr<Scorer> make_instruction_following(const ScorerContext& context) {
  return std::make_unique<InstructionFollowing>(context.entry);
}

}  // namespace tally::worker
