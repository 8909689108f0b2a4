#include "aggregator/metrics/metric.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "aggregator/metrics/majority.hpp"
#include "core/base/error.hpp"

namespace tally::aggregator {
namespace {

constexpr std::uint64_t kMaxK = 100'000;
constexpr std::uint32_t kMajorityStream = 0x6d616a40;  // keeps maj@k off the items' own numbers

double mean_of(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// accuracy: the mean over docs of the mean score of the doc's counted draws.
class Accuracy final : public Metric {
 public:
  using Metric::Metric;
  void add(const DocSample& doc) override {
    if (doc.scores.empty()) return;
    const double value = mean_of(doc.scores);
    proportion_ = proportion_ && doc.repeats == 1 && (value == 0.0 || value == 1.0);
    successes_ += value;
    add_value(value);
  }
  [[nodiscard]] std::optional<Estimate> finish() const override {
    auto estimate = Metric::finish();
    if (estimate && proportion_)
      estimate->ci95 = wilson_interval(successes_, static_cast<double>(moments().count()));
    return estimate;
  }

 private:
  bool proportion_ = true;  // every doc is one trial with two outcomes
  double successes_ = 0.0;
};

/// A figure that needs k draws of every doc.
class AtK : public Metric {
 public:
  AtK(std::string name, std::uint64_t k) : Metric(std::move(name)), k_(k) {}
  void add(const DocSample& doc) final {
    const auto value = of_doc(doc);
    if (value)
      add_value(*value);
    else
      drop();
  }

 protected:
  /// nullopt when the doc has fewer than k counted draws.
  [[nodiscard]] virtual std::optional<double> of_doc(const DocSample& doc) = 0;
  [[nodiscard]] std::uint64_t k() const noexcept { return k_; }

 private:
  std::uint64_t k_;
};

class AverageAtK final : public AtK {
 public:
  using AtK::AtK;

 private:
  std::optional<double> of_doc(const DocSample& doc) override {
    if (doc.scores.size() < k()) return std::nullopt;
    return mean_of(doc.scores);
  }
};

/// pass@k and pass^k: only whether a draw is fully correct matters.
class PassAtK final : public AtK {
 public:
  using Estimator = std::optional<double> (*)(std::uint64_t, std::uint64_t, std::uint64_t);
  PassAtK(std::string name, std::uint64_t k, Estimator estimator)
      : AtK(std::move(name), k), estimator_(estimator) {}

 private:
  std::optional<double> of_doc(const DocSample& doc) override {
    const auto correct = std::ranges::count_if(doc.scores, [](double s) { return s >= 1.0; });
    return estimator_(doc.scores.size(), static_cast<std::uint64_t>(correct), k());
  }
  Estimator estimator_;
};

class MajorityAtK final : public AtK {
 public:
  MajorityAtK(std::string name, std::uint64_t k, std::uint64_t seed)
      : AtK(std::move(name), k), seed_(seed) {}
  [[nodiscard]] bool wants_answers() const noexcept override { return true; }

 private:
  std::optional<double> of_doc(const DocSample& doc) override {
    std::vector<Vote> votes(doc.scores.size());
    for (std::size_t i = 0; i < votes.size(); ++i)
      votes[i] = {normalise_answer(doc.answers[i]), doc.scores[i]};
    ItemRandom random(seed_, doc.first_ordinal, kMajorityStream);
    return majority_at_k(votes, k(), random);
  }
  std::uint64_t seed_;
};

/// mean:<column>: values that are not finite are no values.
class ColumnMean final : public Metric {
 public:
  ColumnMean(std::string name, std::size_t column) : Metric(std::move(name)), column_(column) {}
  void add(const DocSample& doc) override {
    if (column_ >= doc.columns.size()) return;
    double sum = 0.0;
    double values = 0.0;
    for (const std::uint32_t row : doc.rows) {
      const double value = doc.columns[column_][row];
      if (!std::isfinite(value)) continue;
      sum += value;
      values += 1.0;
    }
    if (values > 0.0) add_value(sum / values);
  }

 private:
  std::size_t column_;
};

/// K of "pass@K" when `name` starts with `prefix`.
std::optional<std::uint64_t> draws(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  std::uint64_t k = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), k);
  if (error != std::errc() || end != name.data() + name.size() || k == 0 || k > kMaxK)
    return std::nullopt;
  return k;
}

}  // namespace

std::optional<Estimate> Metric::finish() const {
  const auto mean = moments_.mean();
  if (dropped_ || !mean) return std::nullopt;
  return Estimate{name_, *mean, moments_.standard_error(), moments_.t_interval()};
}

std::unique_ptr<Metric> make_metric(std::string_view name, const MetricContext& context) {
  std::string own(name);
  if (name == "accuracy") return std::make_unique<Accuracy>(std::move(own));
  if (const auto k = draws(name, "avg@")) return std::make_unique<AverageAtK>(std::move(own), *k);
  if (const auto k = draws(name, "pass@"))
    return std::make_unique<PassAtK>(std::move(own), *k, &pass_at_k);
  if (const auto k = draws(name, "pass^"))
    return std::make_unique<PassAtK>(std::move(own), *k, &pass_hat_k);
  if (const auto k = draws(name, "maj@"))
    return std::make_unique<MajorityAtK>(std::move(own), *k, context.seed);
  constexpr std::string_view kMean = "mean:";
  if (name.starts_with(kMean) && name.size() > kMean.size()) {
    const auto found = std::ranges::find(context.columns, name.substr(kMean.size()));
    const auto column = static_cast<std::size_t>(found - context.columns.begin());
    return std::make_unique<ColumnMean>(std::move(own), column);
  }
  throw Error(Errc::config,
              fmt::format("found \"{}\", expected accuracy, avg@K, pass@K, pass^K, maj@K with K in "
                          "1..{}, or mean:COLUMN",
                          name, kMaxK),
              {{}, "metrics", 0});
}

}  // namespace tally::aggregator
