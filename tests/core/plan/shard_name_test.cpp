#include "core/plan/shard_name.hpp"

#include "catch.hpp"

using tally::AttemptId;
using tally::ElementId;
using tally::RankId;
using tally::ShardName;

TEST_CASE("a shard's name comes back as what it was made of", "[shard_name]") {
  struct Good {
    ShardName name;
    const char* text;
  };
  const std::string hex = "0123456789abcdef";
  const auto good = GENERATE_COPY(values<Good>({
      {{ElementId(12), RankId(3), AttemptId(2), 42, hex},
       "e00012-r003-a0002-s0042.0123456789abcdef.h5"},
      {{ElementId(0), RankId(0), AttemptId(1), 0, hex},
       "e00000-r000-a0001-s0000.0123456789abcdef.h5"},
      {{ElementId(123456), RankId(12345), AttemptId(99999), 4294967295U, hex},
       "e123456-r12345-a99999-s4294967295.0123456789abcdef.h5"},
  }));
  CHECK(good.name.text() == good.text);
  const auto parsed = ShardName::parse(good.text);
  REQUIRE(parsed);
  CHECK(parsed->element == good.name.element);
  CHECK(parsed->rank == good.name.rank);
  CHECK(parsed->attempt == good.name.attempt);
  CHECK(parsed->sequence == good.name.sequence);
  CHECK(parsed->digest == good.name.digest);
}

TEST_CASE("no other name is a shard's", "[shard_name]") {
  const auto bad = GENERATE(values<const char*>({
      "",
      "e00012-r003-a0002-s0042.0123456789abcdef.h5.tmp",
      "xe00012-r003-a0002-s0042.0123456789abcdef.h5",
      "e12-r003-a0002-s0042.0123456789abcdef.h5",
      "e000012-r003-a0002-s0042.0123456789abcdef.h5",
      "e00012-r003-a0002-s0042.0123456789ABCDEF.h5",
      "e00012-r003-a0002-s0042.0123456789abcde.h5",
      "e00012-r003-a0002-s0042.0123456789abcdef0.h5",
      "e00012-r003-a0002-s0042.0123456789abcdef.hdf",
      "e00012-r003-a0002-s0042.h5",
      "e00012-r003-a0002.0123456789abcdef.h5",
      "e-0012-r003-a0002-s0042.0123456789abcdef.h5",
      "e00012-r003-a0002-s99999999999.0123456789abcdef.h5",
      "e00012-r003-a0002-s0042.0123456789abcd/f.h5",
      "e00012",
  }));
  CAPTURE(bad);
  CHECK_FALSE(ShardName::parse(bad));
}
