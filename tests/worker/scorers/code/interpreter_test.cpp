#include "worker/scorers/code/interpreter.hpp"

#include <filesystem>
#include <string>

#include "bench.hpp"
#include "catch.hpp"
#include "code_cases.hpp"
#include "core/base/error.hpp"
#include "isolation.hpp"
#include "temp_dir.hpp"
#include "worker/sandbox/sandbox.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

ProgramResult run(Sandbox::Mode mode, const Interpreter& interpreter, const std::string& script) {
  if (mode == Sandbox::Mode::bubblewrap && !machine_isolates()) skip_entry("nothing isolates here");
  Program program = python_program(interpreter, "script.py");
  program.files = {{"script.py", script}};
  const StopFlag stop;
  return Sandbox(mode, sandbox_helper()).run(program, {}, stop);
}

}  // namespace

TEST_CASE("an interpreter that is gone is no fault of the program", "[.][scorer][trap-20]") {
  const auto mode = GENERATE(Sandbox::Mode::bubblewrap, Sandbox::Mode::none);
  const TempDir folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  const std::string path = (folder.path() / "bin-python").string();
  const ProgramResult gone = run(mode, {path, "", {folder.path().string()}}, "print(1)\n");
  CHECK(gone.ending == Ending::broken);
  CHECK(gone.problem == "start " + path + ": No such file or directory");
}

TEST_CASE("sets have the same order in every run of a program", "[.][scorer]") {
  const auto mode = GENERATE(Sandbox::Mode::bubblewrap, Sandbox::Mode::none);
  const std::string script =
      "import sys\nprint(sys.flags.hash_randomization, hash('a'), sys.argv[0][-9:])\n";
  const ProgramResult first = run(mode, {"/usr/bin/python3", "", {}}, script);
  CHECK(first.output.starts_with("0 "));
  CHECK(first.output.ends_with(" script.py\n"));
  CHECK(run(mode, {"/usr/bin/python3", "", {}}, script).output == first.output);
}

TEST_CASE("programs of an interpreter that vanished meanwhile have no verdict", "[.][scorer]") {
  const TempDir folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  static_cast<void>(folder.file("pyvenv.cfg", "home = /usr/bin\n"));
  std::filesystem::create_directory(folder.path() / "bin");
  const auto path = folder.path() / "bin" / "python";
  std::filesystem::create_symlink("/usr/bin/python3", path);
  Bench bench;
  bench.entry.interpreter = path.string();
  const Doc doc = code_doc("one", R"({"style":"stdio","tests":[{"input":"","output":"1\n"}]})", "");
  CHECK(bench.score(doc, "print(1)\n").value == 1.0);
  std::filesystem::remove(path);
  CHECK(bench.score(doc, "print(1)\n").outcome == Outcome::infra_error);
}

TEST_CASE("modules are compiled once, by the interpreter that takes them", "[.][scorer]") {
  const StopFlag stop;
  const ProgramFiles compiled = compiled_modules("/usr/bin/python3", sandbox_helper(), stop);
  REQUIRE(compiled.size() == 5);
  CHECK(compiled[2].first == "tally_values.pyc");
  Program program = python_program({"/usr/bin/python3", "", {}}, "script.py");
  program.files = compiled;
  program.files.emplace_back("script.py",
                             "import tally_values as values\n"
                             "print(values.__file__[-16:], values.encode(True))\n");
  const ProgramResult ran = Sandbox(Sandbox::Mode::none, sandbox_helper()).run(program, {}, stop);
  CHECK(ran.errors.empty());
  CHECK(ran.output.starts_with("tally_values.pyc "));
  const ProgramFiles as_they_are = compiled_modules("/bin/false", sandbox_helper(), stop);
  REQUIRE(as_they_are.size() == 5);
  CHECK(as_they_are[2].first == "tally_values.py");
  CHECK(as_they_are[2].second.find("def encode(") != std::string::npos);
}
