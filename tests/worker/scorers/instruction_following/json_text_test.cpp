#include "worker/scorers/instruction_following/json_text.hpp"

#include <string>

#include "catch.hpp"

using tally::worker::is_python_json;

TEST_CASE("what Python's json.loads takes is JSON, also NaN and Infinity",
          "[worker][scorers][ifeval]") {
  for (const char* const good :
       {"{}", "[]", " [1, -0.5e3, 0] ", R"({"a": {"b": [null, true, false]}, "a": 2})", "NaN",
        "[Infinity, -Infinity]", R"("\u00e9\ud800\n")", "1e999", "123456789012345678901234567890",
        "\"\"", "-0", "[[[]],{}]", "{\"\":[{}]}", "\t\r\n1"}) {
    CAPTURE(good);
    CHECK(is_python_json(good));
  }
  for (const char* const bad : {"",
                                " ",
                                "{",
                                "]",
                                "[1,]",
                                "{\"a\":}",
                                "{\"a\" 1}",
                                "{a: 1}",
                                "{\"a\":1,}",
                                "01",
                                "1.",
                                ".5",
                                "+1",
                                "1e",
                                "--1",
                                "nan",
                                "tru",
                                "'a'",
                                "\"a",
                                "\"\\x\"",
                                "\"\\u12g4\"",
                                "\"a\nb\"",
                                "1 2",
                                "\ufeff{}",
                                "\u00a0"
                                "1",
                                "[1}",
                                "{]",
                                "[,1]",
                                "-",
                                "-NaN",
                                "{}}"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_python_json(bad));
  }
}

TEST_CASE("depth exhausts no stack", "[worker][scorers][trap-26]") {
  const std::size_t depth = 1U << 20U;
  CHECK(is_python_json(std::string(depth, '[') + std::string(depth, ']')));
  CHECK_FALSE(is_python_json(std::string(depth, '[')));
}
