#include "core/config/submit_spec.hpp"

#include "core/config/faults.hpp"
#include "core/config/node.hpp"
#include "core/config/overrides.hpp"
#include "core/config/spec_reader.hpp"
#include "core/config/spec_writer.hpp"

namespace tally {

template <class V>
void describe(V& v, SubmitSpec& s) {
  v.group({.key = "resources", .text = "What the run may use"}, s.resources);
  v.group({.key = "slurm", .text = "Where and how Slurm runs it"}, s.slurm);
}

std::string submit_spec_json(const SubmitSpec& spec) {
  JsonWriter json;
  SpecWriter writer(json);
  SubmitSpec copy = spec;  // one description serves readers and writers
  describe(writer, copy);
  writer.finish();
  return std::move(json).text();
}

SubmitSpec parse_submit_spec(const std::string& json, const std::filesystem::path& file,
                             const std::vector<Override>& overrides) {
  Faults faults(file);
  Node root = parse_yaml(json, faults);  // JSON is YAML
  faults.throw_if_any();
  for (const Override& each : overrides) apply_override(root, each, faults);
  SubmitSpec spec;
  SpecReader reader(root, "", faults);
  describe(reader, spec);
  reader.finish();
  faults.throw_if_any();
  for (auto* path :
       {&spec.slurm.setup, &spec.slurm.container, &spec.slurm.script, &spec.slurm.aggregate}) {
    if (!path->empty()) *path = std::filesystem::absolute(*path).lexically_normal();
  }
  return spec;
}

}  // namespace tally
