#include "worker/scorers/code/bytecode.hpp"

#include <charconv>
#include <optional>

#include "core/base/json_writer.hpp"
#include "worker/sandbox/sandbox.hpp"
#include "worker/scorers/code/code_programs.hpp"

namespace tally::worker {
namespace {

// Reads {name: source} and writes for each, in this order, a line with the size and the bytes of a
// .pyc file: a magic number, 12 bytes about a source that is not there, the code.
constexpr std::string_view kCompile =
    "import importlib.util, json, marshal, sys\n"
    "for name, source in json.load(sys.stdin).items():\n"
    "    code = compile(source, f'/tally/{name}.py', 'exec', dont_inherit=True)\n"
    "    data = importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)\n"
    "    sys.stdout.buffer.write(b'%d\\n' % len(data) + data)\n";

ProgramFiles sources() {
  ProgramFiles files;
  for (const auto& [name, text] : code_programs::modules) files.emplace_back(name, text);
  return files;
}

std::string as_json(const ProgramFiles& files) {
  JsonWriter json;
  json.begin_object();
  for (const auto& [name, text] : files) json.key(name).value(text);
  json.end_object();
  return std::move(json).text();
}

// The next "size\n" and so many bytes; nothing when they are not there.
std::optional<std::string> next_piece(std::string_view& text) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || digits >= text.size() || *end != '\n') return std::nullopt;
  text.remove_prefix(digits + 1);
  if (size > text.size()) return std::nullopt;
  std::string piece(text.substr(0, size));
  text.remove_prefix(size);
  return piece;
}

ProgramFiles named(ProgramFiles files, std::string_view extension) {
  for (auto& [name, text] : files) name += extension;
  return files;
}

}  // namespace

ProgramFiles compiled_modules(const std::string& path, const std::filesystem::path& helper,
                              const StopFlag& stop) {
  ProgramFiles files = sources();
  Program program;
  program.argv = {path, "-I", "-B", "-c", std::string(kCompile)};
  program.input = as_json(files);
  const ProgramResult ran = Sandbox(Sandbox::Mode::none, helper).run(program, {}, stop);
  std::string_view output = ran.output;
  ProgramFiles compiled;
  for (const auto& [name, text] : files) {
    auto piece = next_piece(output);
    if (!piece) return named(std::move(files), ".py");
    compiled.emplace_back(name, std::move(*piece));
  }
  if (ran.ending != Ending::exited || ran.status != 0 || !output.empty())
    return named(std::move(files), ".py");
  return named(std::move(compiled), ".pyc");
}

}  // namespace tally::worker
