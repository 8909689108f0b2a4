#include "core/config/submit_spec.hpp"

#include "catch.hpp"

using tally::parse_submit_spec;
using tally::submit_spec_json;
using tally::SubmitSpec;

namespace {

SubmitSpec full() {
  SubmitSpec spec;
  spec.resources.ranks = 8;
  spec.resources.memory = std::uint64_t{4} << 30U;
  spec.resources.time = std::chrono::hours(36);
  spec.resources.elements = 40;
  spec.slurm.partition = "gpu \"it\" \\ $HOME %";
  spec.slurm.constraint = "a100&nvlink";
  spec.slurm.nodes = 2;
  spec.slurm.requeue = false;
  spec.slurm.mpi = "pmi2";
  spec.slurm.setup = "/etc/o'hara env.sh";
  spec.slurm.extra = {"--exclusive", "--comment=x y"};
  spec.slurm.srun = {"--gpu-bind=none"};
  return spec;
}

}  // namespace

TEST_CASE("what a submission may change comes back from its JSON as it was", "[config]") {
  const std::string text = submit_spec_json(full());
  const SubmitSpec back = parse_submit_spec(text, "plan.json");
  CHECK(submit_spec_json(back) == text);
  CHECK(back.slurm.partition == full().slurm.partition);
  CHECK(back.slurm.setup == full().slurm.setup);
  CHECK(back.slurm.extra == full().slurm.extra);
  CHECK(back.resources.memory == full().resources.memory);
  CHECK(back.resources.time == full().resources.time);
  CHECK_FALSE(back.slurm.requeue);
}

TEST_CASE("defaults come back too", "[config]") {
  const std::string text = submit_spec_json({});
  CHECK(submit_spec_json(parse_submit_spec(text, "plan.json")) == text);
}

TEST_CASE("overrides change a submission, and nothing else", "[config]") {
  const SubmitSpec changed = parse_submit_spec(submit_spec_json(full()), "plan.json",
                                               {{"slurm.partition", "long"},
                                                {"resources.time", "\"48:00:00\""},
                                                {"resources.elements", "auto"}});
  CHECK(changed.slurm.partition == "long");
  CHECK(changed.resources.time == std::chrono::hours(48));
  CHECK(changed.resources.elements == 0);
  CHECK(changed.slurm.mpi == "pmi2");
  CHECK_THROWS_WITH(parse_submit_spec(submit_spec_json({}), "plan.json", {{"models", "x"}}),
                    TALLY_CONTAINS("-O models=x: unknown key, expected one of resources, slurm"));
}
