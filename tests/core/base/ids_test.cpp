#include "core/base/ids.hpp"

#include <cstdint>
#include <type_traits>

#include "catch.hpp"
#include "core/base/version.hpp"

using namespace tally;

TEST_CASE("ids of different kinds do not mix, and none is built by accident", "[base][ids]") {
  STATIC_REQUIRE_FALSE(std::is_convertible_v<std::uint32_t, ElementId>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<ElementId, RankId>);
  STATIC_REQUIRE_FALSE(std::is_assignable_v<ElementId&, RankId>);
  CHECK(ElementId(7).value() == 7);
  CHECK(ElementId(2) < ElementId(3));
  CHECK(AttemptId() == AttemptId(0));
}

TEST_CASE("the code's version is three numbers", "[base][version]") {
  CHECK_THAT(std::string(code_version()), Catch::Matchers::Matches("[0-9]+\\.[0-9]+\\.[0-9]+"));
}
