// A grid of 100,000 combinations written as JSON lines by the shortest program that does it: parse
// the YAML, decode each combination, hash it with FNV-1a, write. The limit for `tally plan --list`.
#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  const YAML::Node params = YAML::LoadFile(argv[1])["tasks"][0]["params"];
  std::vector<std::string> keys;
  std::vector<std::vector<std::string>> values;
  std::size_t count = 1;
  for (const auto& axis : params) {
    keys.push_back(",\"" + axis.first.as<std::string>() + "\":");
    auto& list = values.emplace_back();
    for (const auto& value : axis.second) list.push_back(value.as<std::string>());
    count *= list.size();
  }
  std::string text;
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t start = text.size();
    text += R"({"model":"replayed","dataset":"few")";
    for (std::size_t k = keys.size(), rest = i; k-- > 0; rest /= values[k].size()) {
      text += keys[k];
      text += values[k][rest % values[k].size()];
    }
    text += "}\n";
    std::uint64_t id = 1469598103934665603U;
    for (std::size_t at = start; at < text.size(); ++at)
      id = (id ^ static_cast<unsigned char>(text[at])) * 1099511628211U;
    all ^= id;
  }
  std::FILE* const out = std::fopen(argv[2], "w");
  if (out == nullptr || std::fwrite(text.data(), 1, text.size(), out) != text.size()) return 74;
  return std::fclose(out) == 0 && all != 0 ? 0 : 74;
}
