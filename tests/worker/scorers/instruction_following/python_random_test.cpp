#include "worker/scorers/instruction_following/python_random.hpp"

#include "catch.hpp"

using tally::worker::PythonRandom;

// Python 3.11: random.Random(0), then the methods named.
TEST_CASE("the numbers are those of random.Random(0)", "[worker][scorers][ifeval]") {
  PythonRandom uniform(0);
  CHECK(uniform.uniform() == 0.8444218515250481);
  CHECK(uniform.uniform() == 0.7579544029403025);
  for (int i = 2; i < 999; ++i) static_cast<void>(uniform.uniform());
  CHECK(uniform.uniform() == 0.4804125346981437);

  PythonRandom choice(0);
  for (const std::size_t expected : {6U, 6U, 0U, 4U, 8U, 7U, 6U, 4U, 7U, 5U, 9U, 3U}) {
    CHECK(choice.index(10) == expected);
  }
  CHECK(choice.index(1000) == 516);

  PythonRandom normal(0);
  CHECK(normal.normal() == Approx(0.9417154046806644).epsilon(1e-15));
  CHECK(normal.normal() == Approx(-1.3965781047011498).epsilon(1e-15));
  CHECK(normal.normal() == Approx(-0.6797144480784211).epsilon(1e-15));
  CHECK(normal.uniform() == 0.5112747213686085);
}
