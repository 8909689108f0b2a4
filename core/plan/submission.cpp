#include "core/plan/submission.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/json_writer.hpp"
#include "core/plan/json_fields.hpp"

namespace tally {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "tally-submission";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30U;
constexpr int kRaces = 100;

std::string file_name(std::uint32_t number) { return fmt::format("s{:04}.json", number); }

std::optional<std::uint32_t> number_of(const std::string& name) {
  std::uint32_t number = 0;
  if (!name.starts_with('s')) return std::nullopt;
  const auto [end, code] = std::from_chars(name.data() + 1, name.data() + name.size(), number);
  if (code != std::errc() || number == 0 || name != file_name(number)) return std::nullopt;
  return number;
}

// The highest number, 0 when there is none.
std::uint32_t last_number(const fs::path& folder) {
  std::uint32_t last = 0;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    last = std::max(last, number_of(it->path().filename().string()).value_or(0));
  }
  if (failed) throw errno_error(Errc::io, "list", folder, failed.value());
  return last;
}

Submission read_submission(const fs::path& file) {
  const nlohmann::json root = parse_own_json(read_text(file, kMaxBytes), file, kFormat, kVersion);
  JsonFields fields(root, file);
  static_cast<void>(fields.text("format"));
  static_cast<void>(fields.u32("version"));
  Submission submission;
  submission.number = fields.u32("number");
  submission.backend = fields.text("backend");
  submission.ranks = fields.u32("ranks");
  for (const std::string& text : fields.texts("elements")) {
    try {
      submission.elements.push_back(IntervalSet::parse(text));
    } catch (const Error& e) {
      fields.fail(fmt::format("elements.{}", submission.elements.size()), e.what());
    }
  }
  fields.finish();
  if (submission.ranks == 0) fields.fail("ranks", "found 0, expected at least 1");
  if (submission.elements.empty()) fields.fail("elements", "found none, expected at least 1");
  if (file_name(submission.number) != file.filename().string()) {
    fields.fail("number", fmt::format("found {}, expected that of the file", submission.number));
  }
  return submission;
}

}  // namespace

std::string submission_json(const Submission& submission) {
  JsonWriter json(2);
  json.begin_object();
  json.key("format").value(kFormat).key("version").value(kVersion);
  json.key("number").value(submission.number);
  json.key("backend").value(submission.backend);
  json.key("ranks").value(submission.ranks);
  json.key("elements").begin_array();
  for (const IntervalSet& element : submission.elements) json.value(element.text());
  json.end_array().end_object();
  return std::move(json).text() + "\n";
}

Submission write_submission(const RunDir& run, const IntervalSet& work, std::uint32_t elements,
                            std::uint32_t ranks, const std::string& backend) {
  Submission submission{last_number(run.submit()), backend, ranks, work.split(elements)};
  for (int race = 0;; ++race) {
    ++submission.number;
    const fs::path file = run.submit() / file_name(submission.number);
    const std::string text = submission_json(submission);
    try {
      // The same bytes under this name would be somebody else's submission of the same work.
      static_cast<void>(publish_new(run.temp(), file, std::as_bytes(std::span(text))));
      return submission;
    } catch (const Error& e) {
      // Another launch took the number between our listing and now: take the next one.
      if (e.code() != Errc::data || race == kRaces) throw;
    }
  }
}

Submission read_last_submission(const RunDir& run) {
  const std::uint32_t last = last_number(run.submit());
  if (last == 0) {
    throw Error(Errc::missing, "found no submission, expected one by `tally launch`",
                {run.submit(), {}, 0});
  }
  return read_submission(run.submit() / file_name(last));
}

std::string last_backend(const RunDir& run) {
  try {
    return read_last_submission(run).backend;
  } catch (const Error& error) {
    if (error.code() != Errc::missing) throw;
    return "local";
  }
}

bool was_on(const RunDir& run, const std::string& backend) {
  for (std::uint32_t number = last_number(run.submit()); number > 0; --number) {
    const fs::path file = run.submit() / file_name(number);
    std::error_code ignored;
    if (fs::exists(file, ignored) && read_submission(file).backend == backend) return true;
  }
  return false;
}

}  // namespace tally
