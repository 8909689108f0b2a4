#include "aggregator/metrics/draw_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "aggregator/metrics/draws.hpp"
#include "aggregator/metrics/majority.hpp"
#include "core/base/error.hpp"

namespace tally::aggregator {
namespace {

constexpr std::uint32_t kMajorityStream = 0x6d616a40;  // keeps maj@k off the items' own numbers

double mean_of(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// accuracy: the mean over docs of the mean score of the doc's counted draws.
class Accuracy final : public MeanMetric {
 public:
  using MeanMetric::MeanMetric;
  void add(const DocSample& doc) override {
    if (!doc.scores.empty()) add_value(mean_of(doc.scores), doc);
  }
};

/// A figure that needs some number of draws of every doc.
class AtK : public MeanMetric {
 public:
  AtK(std::string name, std::uint64_t k, const MetricContext& context)
      : MeanMetric(std::move(name), context.errors()),
        k_(k),
        short_docs_(context.statistics.short_docs) {}

 protected:
  [[nodiscard]] std::uint64_t k() const noexcept { return k_; }
  /// Whether the doc has the counted draws without which it has no value; what is to be done about
  /// one that has not, is done.
  [[nodiscard]] bool has_draws(const DocSample& doc, std::uint64_t needed) {
    if (doc.scores.size() >= needed) return true;
    miss(doc, needed);
    return false;
  }

 private:
  void miss(const DocSample& doc, std::uint64_t needed);

  std::uint64_t k_;
  ShortDocs short_docs_;
};

void AtK::miss(const DocSample& doc, std::uint64_t needed) {
  // With fewer planned it is not a short doc: the task asks for too few draws.
  if (doc.repeats < needed || short_docs_ == ShortDocs::drop_k) return drop();
  if (short_docs_ == ShortDocs::skip_doc) return;
  throw Error(Errc::data, fmt::format("{}: found {} counted draws of the doc at ordinals {}-{}, "
                                      "expected at least {} (statistics.short_docs: error)",
                                      name(), doc.scores.size(), doc.first_ordinal,
                                      doc.first_ordinal + doc.repeats - 1, needed));
}

class AverageAtK final : public AtK {
 public:
  using AtK::AtK;
  void add(const DocSample& doc) override {
    if (has_draws(doc, k())) add_value(mean_of(doc.scores), doc);
  }
};

/// Figures of (draws, correct ones) alone. Most docs have equally many draws, so values are kept.
class CorrectAtK final : public AtK {
 public:
  using Estimator = std::function<std::optional<double>(std::uint64_t n, std::uint64_t c)>;
  CorrectAtK(std::string name, std::uint64_t k, const MetricContext& context, Estimator estimator)
      : AtK(std::move(name), k, context), estimator_(std::move(estimator)) {}
  void add(const DocSample& doc) override {
    if (!has_draws(doc, k())) return;
    if (doc.scores.size() != draws_) {
      draws_ = doc.scores.size();
      known_.assign(draws_ + 1, kUnknown);
    }
    double& value = known_[doc.correct];
    if (value == kUnknown) value = estimator_(draws_, doc.correct).value();
    add_value(value, doc);
  }

 private:
  static constexpr double kUnknown = -1.0;
  Estimator estimator_;
  std::uint64_t draws_ = 0;
  std::vector<double> known_;  // by correct draws, of a doc with draws_
};

class MajorityAtK final : public AtK {
 public:
  MajorityAtK(std::string name, std::uint64_t k, const MetricContext& context)
      : AtK(std::move(name), k, context), seed_(context.seed) {}
  [[nodiscard]] bool wants_answers() const noexcept override { return true; }
  void add(const DocSample& doc) override {
    if (!has_draws(doc, k())) return;
    std::vector<Vote> votes(doc.scores.size());
    for (std::size_t i = 0; i < votes.size(); ++i)
      votes[i] = {normalise_answer(doc.answers[i]), doc.scores[i]};
    // Who was scored for something that is not known would have voted for it.
    const auto voters =
        std::ranges::count_if(votes, [](const Vote& v) { return !v.answer.empty(); });
    if (static_cast<std::uint64_t>(voters) < doc.scored) return drop();
    ItemRandom random(seed_, doc.first_ordinal, kMajorityStream);
    add_value(majority_at_k(votes, k(), random).value(), doc);
  }

 private:
  std::uint64_t seed_;
};

/// any@K: the best score of exactly K draws. Of more, the first K would hang on their order.
class AnyAtK final : public AtK {
 public:
  using AtK::AtK;
  void add(const DocSample& doc) override {
    if (doc.repeats != k()) return drop();
    if (has_draws(doc, k())) add_value(*std::ranges::max_element(doc.scores), doc);
  }
};

/// at-least@M: whether M of the planned draws are correct; all of them must have been made.
class AtLeast final : public AtK {
 public:
  using AtK::AtK;
  void add(const DocSample& doc) override {
    if (has_draws(doc, std::max<std::uint64_t>(k(), doc.repeats)))
      add_value(doc.correct >= k() ? 1.0 : 0.0, doc);
  }
};

/// The estimator of a figure of (n, c); empty for other kinds.
CorrectAtK::Estimator estimator_of(const MetricName& name) {
  const std::uint64_t k = name.k;
  switch (name.kind) {
    case MetricKind::pass_at:
      return [k](std::uint64_t n, std::uint64_t c) { return pass_at_k(n, c, k); };
    case MetricKind::pass_all:
      return [k](std::uint64_t n, std::uint64_t c) { return pass_hat_k(n, c, k); };
    case MetricKind::g_pass_at:
      return [k, tau = name.tau](std::uint64_t n, std::uint64_t c) {
        return g_pass_at_k(n, c, k, tau);
      };
    case MetricKind::mg_pass_at:
      return [k](std::uint64_t n, std::uint64_t c) { return mg_pass_at_k(n, c, k); };
    default:
      return {};
  }
}

}  // namespace

std::unique_ptr<Metric> make_draw_metric(const MetricName& name, const std::string& own,
                                         const MetricContext& context) {
  if (auto estimator = estimator_of(name))
    return std::make_unique<CorrectAtK>(own, name.k, context, std::move(estimator));
  switch (name.kind) {
    case MetricKind::accuracy:
      return std::make_unique<Accuracy>(own, context.errors());
    case MetricKind::avg_at:
      return std::make_unique<AverageAtK>(own, name.k, context);
    case MetricKind::maj_at:
      return std::make_unique<MajorityAtK>(own, name.k, context);
    case MetricKind::any_at:
      return std::make_unique<AnyAtK>(own, name.k, context);
    case MetricKind::at_least:
      return std::make_unique<AtLeast>(own, name.k, context);
    default:
      return nullptr;
  }
}

}  // namespace tally::aggregator
