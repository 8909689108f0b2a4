#pragma once
// Debian 12 has Catch2 2.13, Debian 13 has 3.x: tests include this and use what both know.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#define TALLY_CONTAINS(text) Catch::Matchers::ContainsSubstring(text)
#else
#include <catch2/catch.hpp>
#define TALLY_CONTAINS(text) Catch::Matchers::Contains(text)
#endif
