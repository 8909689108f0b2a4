#include "launcher/slurm/submit_record.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/json_writer.hpp"
#include "core/plan/json_fields.hpp"

namespace tally::launcher {
namespace {

constexpr std::string_view kFormat = "tally-slurm";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kMaxBytes = std::uint64_t{64} << 20U;

std::filesystem::path record_file(const RunDir& run, std::uint32_t number) {
  return run.submit() / fmt::format("s{:04}.slurm.json", number);
}

}  // namespace

std::vector<std::string> SubmitRecord::jobs() const {
  std::vector<std::string> ids;
  for (const Array& array : arrays) ids.push_back(array.job);
  if (!aggregate.empty()) ids.push_back(aggregate);
  return ids;
}

std::filesystem::path submitted_script(const RunDir& run, std::uint32_t number,
                                       const std::string& name) {
  return run.submit() / fmt::format("s{:04}.{}.sbatch", number, name);
}

void write_submit_record(const RunDir& run, const SubmitRecord& record) {
  JsonWriter json(2);
  json.begin_object().key("format").value(kFormat).key("version").value(kVersion);
  json.key("number").value(record.number).key("arrays").begin_array();
  for (const SubmitRecord::Array& array : record.arrays) {
    json.begin_object().key("job").value(array.job).key("offset").value(array.offset);
    json.key("count").value(array.count).end_object();
  }
  json.end_array().key("aggregate").value(record.aggregate).key("commands").begin_array();
  for (const std::string& command : record.commands) json.value(command);
  json.end_array().end_object();
  const std::string text = std::move(json).text() + "\n";
  publish_replace(run.temp(), record_file(run, record.number), text);
}

std::optional<SubmitRecord> read_submit_record(const RunDir& run, std::uint32_t number) {
  const std::filesystem::path file = record_file(run, number);
  std::string text;
  try {
    text = read_text(file, kMaxBytes);
  } catch (const Error& error) {
    if (error.code() != Errc::missing) throw;
    return std::nullopt;
  }
  const nlohmann::json root = parse_own_json(text, file, kFormat, kVersion);
  JsonFields fields(root, file);
  static_cast<void>(fields.text("format"));
  static_cast<void>(fields.u32("version"));
  SubmitRecord record;
  record.number = fields.u32("number");
  for (JsonFields& array : fields.objects("arrays")) {
    record.arrays.push_back({array.text("job"), array.u32("offset"), array.u32("count")});
    array.finish();
  }
  record.aggregate = fields.text("aggregate");
  record.commands = fields.texts("commands");
  fields.finish();
  return record;
}

}  // namespace tally::launcher
