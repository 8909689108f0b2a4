#include "aggregator/compare/pairing.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/base/error.hpp"

namespace tally::aggregator {
namespace {

constexpr std::size_t kStages = 3;

/// One selected task; keys grow looser from stage to stage.
struct Candidate {
  std::uint64_t task = 0;
  std::string model;
  std::array<std::string, kStages> keys;
  bool paired = false;
};

std::array<std::string, kStages> keys_of(const Plan& plan, const Task& task) {
  const Contract contract = contract_of(plan, task);
  const std::string loose =
      fmt::format("{}\n{}", plan.datasets[task.dataset].spec.slug, plan.entries[task.entry].name);
  std::string middle = loose;
  for (const char* const clause : {"split", "repeats", "sampling", "params"})
    middle += fmt::format("\n{}", contract.at(clause));
  std::string strict = loose;
  for (const auto& [clause, text] : contract) strict += fmt::format("\n{}\n{}", clause, text);
  return {std::move(strict), std::move(middle), loose};
}

/// The tasks of one run that are selected.
struct Selected {
  std::vector<Candidate> tasks;
  std::uint64_t others = 0;
};

bool chosen(const std::string& wish, const std::string& name) {
  return wish.empty() || wish == name;
}

[[noreturn]] void refuse_selection(const Plan& plan, const char* run, const Selection& selection,
                                   const std::string& model) {
  std::set<std::string> names;
  for (const Segment& segment : plan.segments())
    names.insert(fmt::format("{} on {} of {}", plan.entries[segment.entry].name,
                             plan.datasets[segment.dataset].spec.slug,
                             plan.models[segment.model].spec.name));
  const auto wish = [](const std::string& text) { return text.empty() ? "any" : text; };
  throw Error(Errc::usage,
              fmt::format("found no task in {} ({}) with task {}, dataset {}, model "
                          "{}, expected one of: {}",
                          run, plan.run_id, wish(selection.task), wish(selection.dataset),
                          wish(model), fmt::join(names, "; ")));
}

Selected select(const Plan& plan, const char* run, const Selection& selection,
                const std::string& model) {
  Selected selected;
  for (const std::uint64_t index : select_tasks(plan, run, selection, model)) {
    const Task task = plan.task(index);
    selected.tasks.push_back(
        {index, plan.models[task.model].spec.name, keys_of(plan, task), false});
  }
  selected.others = plan.tasks() - selected.tasks.size();
  return selected;
}

/// Candidates of both runs that agree in one key.
struct Group {
  std::vector<Candidate*> a;
  std::vector<Candidate*> b;
};

using ModelNames = std::map<std::string, std::set<std::string>>;  // loosest key -> models

ModelNames models_by_key(const Selected& selected) {
  ModelNames models;
  for (const Candidate& candidate : selected.tasks)
    models[candidate.keys.back()].insert(candidate.model);
  return models;
}

class Pairer {
 public:
  Pairer(Selected& a, Selected& b)
      : a_(a), b_(b), models_a_(models_by_key(a)), models_b_(models_by_key(b)) {}

  void run() {
    for (std::size_t stage = 0; stage < kStages; ++stage) {
      std::map<std::string, Group> groups;
      for (Candidate& candidate : a_.tasks)
        if (!candidate.paired) groups[candidate.keys[stage]].a.push_back(&candidate);
      for (Candidate& candidate : b_.tasks)
        if (!candidate.paired) groups[candidate.keys[stage]].b.push_back(&candidate);
      for (auto& [key, group] : groups) pair_group(group);
    }
    std::ranges::sort(pairing_.pairs, {}, &TaskPair::a);
    list_unpaired(Side::a, a_, models_a_, models_b_);
    list_unpaired(Side::b, b_, models_b_, models_a_);
    pairing_.not_selected_a = a_.others;
    pairing_.not_selected_b = b_.others;
  }

  [[nodiscard]] Pairing take() { return std::move(pairing_); }

 private:
  void pair(Candidate& a, Candidate& b) {
    a.paired = true;
    b.paired = true;
    pairing_.pairs.push_back({a.task, b.task});
  }

  void pair_group(Group& group) {
    if (group.a.empty() || group.b.empty()) return;
    std::map<std::string, Group> by_model;
    for (Candidate* candidate : group.a) by_model[candidate->model].a.push_back(candidate);
    for (Candidate* candidate : group.b) by_model[candidate->model].b.push_back(candidate);
    for (auto& [model, same] : by_model)
      if (same.a.size() == 1 && same.b.size() == 1) pair(*same.a.front(), *same.b.front());
    if (group.a.size() != 1 || group.b.size() != 1 || group.a.front()->paired) return;
    const std::string& loose = group.a.front()->keys.back();
    if (models_a_[loose].size() == 1 && models_b_[loose].size() == 1)
      pair(*group.a.front(), *group.b.front());
  }

  void list_unpaired(Side side, const Selected& own, const ModelNames& own_models,
                     const ModelNames& others) {
    const char* const other = side == Side::a ? "B" : "A";
    for (const Candidate& candidate : own.tasks) {
      if (candidate.paired) continue;
      const auto found = others.find(candidate.keys.back());
      std::string reason;
      if (found == others.end())
        reason = fmt::format("{} has no task of this name and dataset", other);
      else if (found->second.contains(candidate.model) ||
               (found->second.size() == 1 && own_models.at(candidate.keys.back()).size() == 1))
        reason = fmt::format("{} has it with other settings only", other);
      else
        reason = fmt::format("{} has there: {}; choose with --model-a and --model-b", other,
                             fmt::join(found->second, ", "));
      pairing_.unpaired.push_back({side, candidate.task, std::move(reason)});
    }
  }

  Selected& a_;
  Selected& b_;
  ModelNames models_a_;
  ModelNames models_b_;
  Pairing pairing_;
};

}  // namespace

std::vector<std::uint64_t> select_tasks(const Plan& plan, const char* run,
                                        const Selection& selection, const std::string& model) {
  std::vector<std::uint64_t> tasks;
  for (const Segment& segment : plan.segments()) {
    if (!chosen(selection.task, plan.entries[segment.entry].name) ||
        !chosen(selection.dataset, plan.datasets[segment.dataset].spec.slug) ||
        !chosen(model, plan.models[segment.model].spec.name))
      continue;
    for (std::uint64_t i = 0; i < segment.tasks; ++i) tasks.push_back(segment.first_task + i);
  }
  if (tasks.empty()) refuse_selection(plan, run, selection, model);
  return tasks;
}

Pairing pair_tasks(const Plan& a, const Plan& b, const Selection& selection) {
  Selected of_a = select(a, "A", selection, selection.model_a);
  Selected of_b = select(b, "B", selection, selection.model_b);
  Pairer pairer(of_a, of_b);
  pairer.run();
  return pairer.take();
}

}  // namespace tally::aggregator
