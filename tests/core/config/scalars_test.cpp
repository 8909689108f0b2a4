#include "core/config/scalars.hpp"

#include "catch.hpp"
#include "core/config/patterns.hpp"
#include "core/config/suggestion.hpp"

using namespace tally;
using namespace std::chrono_literals;

TEST_CASE("a plain scalar of params has one meaning or none", "[config][scalars]") {
  CHECK(plain_scalar("true") == Scalar(true));
  CHECK(plain_scalar("-12") == Scalar(std::int64_t{-12}));
  CHECK(plain_scalar("0") == Scalar(std::int64_t{0}));
  CHECK(plain_scalar("1.0") == Scalar(1.0));
  CHECK(plain_scalar("1e3") == Scalar(1000.0));
  CHECK(plain_scalar("-9223372036854775808") == Scalar(std::int64_t{INT64_MIN}));
  for (const char* text : {"4bit", "gpt-4", "a", "-x", "none", "v1.2", "true story"})
    CHECK(plain_scalar(text) == Scalar(std::string(text)));
  for (const char* text : {"010",  "0x1F",  "0o7",        "1_000",  "+5",
                           "5.",   ".5",    "1e999",      "1e-999", "9223372036854775808",
                           "yes",  "No",    "ON",         "off",    "y",
                           "True", "FALSE", ".inf",       "-.INF",  ".nan",
                           "inf",  "NaN",   "2024-01-01", "1:30",   "1.2.3",
                           "00",   "-01",   "1e"}) {
    CAPTURE(text);
    CHECK_FALSE(plain_scalar(text).has_value());
  }
}

TEST_CASE("durations are integers with a unit", "[config][scalars]") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("10s") == 10s);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("1h") == 1h);
  for (const char* text : {"", "10", "s", "1.5s", "10 s", "-1s", "01s", "1d", "1S",
                           "99999999999999999999h", "1099511627777ms"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
  for (const auto duration : {1ms, 1500ms, 1000ms, 90'000ms, 3'600'000ms})
    CHECK(parse_duration(duration_text(duration)) == duration);
  CHECK(duration_text(90s) == "90s");
  CHECK(duration_text(120s) == "2m");
}

TEST_CASE("metric names are taken apart", "[config][scalars]") {
  const auto pass = parse_metric("pass^12");
  REQUIRE(pass);
  CHECK(pass->kind == MetricKind::pass_all);
  CHECK(pass->k == 12);
  const auto mean = parse_metric("mean:loss_2");
  REQUIRE(mean);
  CHECK(mean->kind == MetricKind::mean);
  CHECK(mean->column == "loss_2");
  for (const char* text : {"", "pass", "pass@", "pass@-1", "pass@01", "pass@100001", "pass@1 ",
                           "avg^2", "mean:", "mean:2x", "Accuracy"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_metric(text).has_value());
  }
}

TEST_CASE("a near key is suggested and a far one is not", "[config][scalars]") {
  const std::vector<std::string> words{"weights", "device", "batch", "id", "input"};
  CHECK(suggestion("wieghts", words) == "weights");
  CHECK(suggestion("weight", words) == "weights");
  CHECK(suggestion("bacth", words) == "batch");
  CHECK(suggestion("inputs", words) == "input");
  CHECK(suggestion("xx", words).empty());
  CHECK(suggestion("completions", words).empty());
  CHECK(suggestion(std::string(100'000, 'x'), words).empty());
}
