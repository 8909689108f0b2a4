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
  const auto g_pass = parse_metric("g-pass@16:0.75");
  REQUIRE(g_pass);
  CHECK(g_pass->kind == MetricKind::g_pass_at);
  CHECK(g_pass->k == 16);
  CHECK(g_pass->tau == 0.75);
  CHECK(parse_metric("g-pass@4:1")->tau == 1.0);
  CHECK(parse_metric("g-pass@4:0.07")->tau == 0.07);
  CHECK(parse_metric("mg-pass@2")->kind == MetricKind::mg_pass_at);
  CHECK(parse_metric("at-least@3")->kind == MetricKind::at_least);
  CHECK(parse_metric("any@3")->k == 3);
  CHECK(parse_metric("truncation_rate")->kind == MetricKind::truncation_rate);
  const auto ratio = parse_metric("ratio:followed/instructions");
  REQUIRE(ratio);
  CHECK(ratio->column == "followed");
  CHECK(ratio->divisor == "instructions");
  for (const char* text :
       {"g-pass@4", "g-pass@4:", "g-pass@4:2", "g-pass@4:1.5", "g-pass@4:.5", "g-pass@4:0.1234567",
        "g-pass@4:-0.5", "g-pass@:0.5", "mg-pass@1", "at-least@0", "any@", "median@2",
        "ratio:", "ratio:a", "ratio:a/", "ratio:/b", "ratio:a/b/c", "ratio:a/B"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_metric(text).has_value());
  }
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

TEST_CASE("a time limit is read as Slurm writes it, or with a unit", "[config]") {
  using std::chrono::seconds;
  CHECK(tally::parse_time_limit("00:01:00") == seconds(60));
  CHECK(tally::parse_time_limit("1:30:00") == seconds(5400));
  CHECK(tally::parse_time_limit("100:00:00") == seconds(360'000));
  CHECK(tally::parse_time_limit("2-12:00:01") == seconds(216'001));
  CHECK(tally::parse_time_limit("90m") == seconds(5400));
  for (const char* text : {"", "90", "1:30", "00:60:00", "00:00:60", "1:2:3:4", "-1:00:00", "1-",
                           "1-1:00", "a:00:00", "00000:00:00", "500ms", "1:00:00 "})
    CHECK_FALSE(tally::parse_time_limit(text));
  for (const int value : {60, 5400, 86'399, 86'400, 216'001})
    CHECK(tally::parse_time_limit(tally::time_limit_text(seconds(value))) == seconds(value));
  CHECK(tally::time_limit_text(seconds(216'001)) == "2-12:00:01");
}

TEST_CASE("memory has a binary unit and comes back as the shortest text", "[config]") {
  CHECK(tally::parse_memory("1MiB") == std::uint64_t{1} << 20U);
  CHECK(tally::parse_memory("4GiB") == std::uint64_t{4} << 30U);
  CHECK(tally::memory_text(std::uint64_t{4} << 30U) == "4GiB");
  CHECK(tally::memory_text(std::uint64_t{1536} << 20U) == "1536MiB");
  for (const char* text : {"", "4", "4GB", "4 GiB", "-1GiB", "1.5GiB", "GiB", "9999999TiB"})
    CHECK_FALSE(tally::parse_memory(text));
}
