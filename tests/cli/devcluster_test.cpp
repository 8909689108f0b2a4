#include "catch.hpp"
#include "fake_slurm.hpp"

// Parts of slurm/devcluster that an interrupted `up` must not break; the whole is tests/slurm.

namespace {

const std::string kHelpers = std::string(TALLY_SLURM_SCRIPTS) + "/devcluster.d/";

/// Runs a script as devcluster is run, with its folder in $folder.
ToolResult run_part(const std::filesystem::path& folder, const std::string& script,
                    std::map<std::string, std::string> environment = {}) {
  environment["folder"] = folder.string();
  return run_tool(
      {"bash", "-euo", "pipefail", "-c", "fail() { echo \"${*:2}\" >&2; exit \"$1\"; }\n" + script},
      environment);
}

TEST_CASE("an interrupted devcluster up has registered a part, and the next does the rest",
          "[cli][slurm]") {
  const FakeSlurm slurm;
  slurm.program("sacctmgr",
                "case \"$*\" in *' list '*) cat \"$0.known\" ;;\n"
                "*' cluster '*) echo 'already exists. Not adding.'; exit 1 ;; esac");
  const TempDir dir;
  std::filesystem::create_directory(dir.path() / "log");
  const std::string script =
      ". " + kHelpers + "daemons.sh; the_users() { echo root,me; }; register";
  const std::string known = (slurm.folder() / "sacctmgr.known").string();
  REQUIRE(run_part(dir.path(), "echo >" + known).code == 0);
  const ToolResult nobody = run_part(dir.path(), script, slurm.environment());
  CHECK(nobody.code == 70);
  CHECK(nobody.err ==
        "accounting does not know root: see " + (dir.path() / "log").string() + "/sacctmgr.out\n");
  CHECK_FALSE(std::filesystem::exists(dir.path() / "registered"));

  REQUIRE(run_part(dir.path(), "echo root >" + known).code == 0);
  CHECK(run_part(dir.path(), script, slurm.environment()).code == 0);
  CHECK(slurm.calls("sacctmgr -i -Q add user").back() ==
        "sacctmgr -i -Q add user root,me account=tally");
  CHECK(std::filesystem::exists(dir.path() / "registered"));
}

TEST_CASE("a bridge is named in the folder before an interrupt can hit", "[cli][slurm]") {
  const TempDir dir;
  const auto folder = dir.path() / "cluster";
  std::filesystem::create_directory(folder);
  const ToolResult result =
      run_part(folder, ". " + kHelpers +
                           "config.sh; nodes=1 cpus=1 memory=1 max_array=2\n"
                           "claim_subnet() { subnet=7; kill -TERM $$; kill -INT $$; }\n"
                           "write_hosts() { exit 0; }; make_folder");
  CHECK(result.signal == 0);
  CHECK(file_text(folder / "devcluster.env").starts_with("subnet=7\n"));
}

TEST_CASE("settings that are given replace those of the same name", "[cli][slurm]") {
  const TempDir dir;
  const std::string ours = "KillWait=5\\nMessageTimeout=5\\nNodeName=n1 CPUs=4\\n";
  const auto merged = [&](const std::string& extra) {
    const std::string file = dir.file("extra", extra).string();
    return run_part(dir.path(), ". " + kHelpers + "config.sh; printf '" + ours +
                                    "' | overruled_by " + file + "; cat " + file)
        .out;
  };
  CHECK(merged("") == "KillWait=5\nMessageTimeout=5\nNodeName=n1 CPUs=4\n");
  CHECK(merged("killwait=15\nNodeName=n2\n") ==
        "MessageTimeout=5\nNodeName=n1 CPUs=4\nkillwait=15\nNodeName=n2\n");
}

}  // namespace
