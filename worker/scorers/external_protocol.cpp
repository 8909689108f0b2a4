#include "worker/scorers/external_protocol.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/json_writer.hpp"
#include "core/base/utf8.hpp"
#include "core/plan/scalar_json.hpp"

namespace tally::worker {
namespace {

using nlohmann::json;

// Some writers of JSON, Python's among them, write these bare words, which JSON does not have. They
// become null: no number.
std::string without_nan(std::string_view line) {
  constexpr std::array<std::string_view, 3> kWords{"NaN", "-Infinity", "Infinity"};
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size();) {
    if (quoted) {
      if (line[i] == '\\' && i + 1 < line.size()) {
        out += line[i++];  // what follows is part of the text, also a quote
      } else if (line[i] == '"') {
        quoted = false;
      }
      out += line[i++];
      continue;
    }
    const auto* const word = std::ranges::find_if(
        kWords, [&](std::string_view each) { return line.substr(i).starts_with(each); });
    quoted = line[i] == '"';
    out += word == kWords.end() ? line.substr(i, 1) : "null";
    i += word == kWords.end() ? 1 : word->size();
  }
  return out;
}

// Discarded when it is none.
json parse(std::string_view line) {
  json value = json::parse(line, nullptr, false);
  if (value.is_discarded()) value = json::parse(without_nan(line), nullptr, false);
  return value;
}

// A value for a message, not too long.
std::string shown(const json& value) {
  constexpr std::size_t kMost = 60;
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return text;
}

std::string shown(std::string_view line) {
  constexpr std::size_t kMost = 60;
  std::string text;
  append_json_string(text, line.substr(0, kMost));
  return line.size() > kMost ? text + "..." : text;
}

std::string base64(std::string_view bytes) {
  if (bytes.size() > std::size_t{std::numeric_limits<int>::max()} / 2)
    throw Error(Errc::data,
                fmt::format("found a text of {} bytes, expected at most 1 GiB", bytes.size()));
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // and a NUL
  const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string_view finish_reason_word(FinishReason reason) {
  constexpr std::array<std::string_view, 5> kWords{"unknown", "stop", "length", "content_filter",
                                                   "error"};
  return kWords.at(static_cast<std::size_t>(reason));
}

void write_task(JsonWriter& out, const TaskSpec& entry, const Task& task) {
  out.key("task").begin_object().key("name").value(entry.name);
  out.key("temperature").value(task.temperature).key("top_p").value(task.top_p);
  out.key("max_tokens").value(task.max_tokens).key("params").begin_object();
  for (const auto& [name, value] : task.params) out.key(name).raw(scalar_json(value));
  out.end_object().end_object();
}

void write_doc(JsonWriter& out, const Doc& doc) {
  out.key("doc").begin_object().key("id").value(doc.id).key("text").value(doc.text);
  out.key("target").value(doc.target).key("group").value(doc.group).key("data");
  if (doc.data.empty())
    out.null();
  else
    out.raw(doc.data);
  out.end_object();
}

void write_completion(JsonWriter& out, const Completion& completion) {
  out.key("completion").begin_object().key("text").value(completion.text);
  if (!is_utf8(completion.text)) out.key("text_base64").value(base64(completion.text));
  out.key("finish_reason").value(finish_reason_word(completion.finish_reason));
  out.key("tokens_in").value(completion.tokens_in).key("tokens_out").value(completion.tokens_out);
  out.end_object();
}

// Reads the keys of a reply one after another; the first fault stays.
class ReplyReader {
 public:
  ReplyReader(const json& reply, const std::vector<std::string>& columns)
      : reply_(reply), columns_(columns) {}

  Score read() {
    keys();
    outcome();
    score();
    text("answer", score_.answer);
    text("explanation", score_.explanation);
    metrics();
    if (!problem_.empty()) {
      score_ = Score();
      score_.explanation = "reply of the external scorer: " + problem_;
    }
    return std::move(score_);
  }

 private:
  void fault(std::string_view key, const std::string& message) {
    if (problem_.empty()) problem_ = fmt::format("{}: {}", key, message);
  }

  // Nothing when it is absent or null.
  [[nodiscard]] const json* find(const char* key) const {
    const auto it = reply_.find(key);
    return it == reply_.end() || it->is_null() ? nullptr : &*it;
  }

  void keys() {
    constexpr std::array<std::string_view, 6> kKnown{"id",     "outcome",     "score",
                                                     "answer", "explanation", "metrics"};
    for (const auto& [key, value] : reply_.items()) {
      if (std::ranges::find(kKnown, key) == kKnown.end())
        fault(shown(json(key)),
              fmt::format("unknown key, expected one of {}", fmt::join(kKnown, ", ")));
    }
  }

  void outcome() {
    constexpr std::array<std::pair<std::string_view, Outcome>, 4> kWords{
        {{"scored", Outcome::scored},
         {"no_answer", Outcome::no_answer},
         {"invalid", Outcome::invalid},
         {"infra_error", Outcome::infra_error}}};
    const json* const value = find("outcome");
    const std::string word =
        value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
    const auto* const found =
        std::ranges::find_if(kWords, [&](const auto& each) { return each.first == word; });
    if (found == kWords.end())
      return fault("outcome",
                   fmt::format("found {}, expected scored, no_answer, invalid or infra_error",
                               value == nullptr ? "nothing" : shown(*value)));
    score_.outcome = found->second;
  }

  void score() {
    const json* const value = find("score");
    if (score_.outcome != Outcome::scored) {
      if (value != nullptr)
        fault("score", fmt::format("found {} with an outcome that has none", shown(*value)));
    } else if (value == nullptr || !value->is_number()) {
      fault("score", fmt::format("found {}, expected a finite number",
                                 value == nullptr ? "none" : shown(*value)));
    } else {
      score_.value = value->get<double>();
    }
  }

  void text(const char* key, std::string& out) {
    const json* const value = find(key);
    if (value == nullptr) return;
    if (!value->is_string())
      return fault(key, fmt::format("found {}, expected a text", shown(*value)));
    out = value->get<std::string>();
  }

  // All columns of a scored item; null is a value that there is not.
  void metrics() {
    static const json kNone = json::object();
    const json* value = find("metrics");
    if (value == nullptr) value = &kNone;
    if (!value->is_object())
      return fault("metrics", fmt::format("found {}, expected an object", shown(*value)));
    for (const auto& [name, each] : value->items()) {
      if (std::ranges::find(columns_, name) == columns_.end())
        fault("metrics", fmt::format("found {}, expected one of [{}]", shown(json(name)),
                                     fmt::join(columns_, ", ")));
    }
    for (const std::string& name : columns_) {
      const auto found = value->find(name);
      if (found == value->end() && score_.outcome == Outcome::scored)
        fault("metrics",
              fmt::format("found no {}, expected all of [{}]", name, fmt::join(columns_, ", ")));
      score_.metrics.push_back(found == value->end() ? std::nanf("") : number(name, *found));
    }
  }

  float number(const std::string& name, const json& value) {
    constexpr float kMost = std::numeric_limits<float>::max();
    if (value.is_null()) return std::nanf("");
    if (!value.is_number()) {
      fault("metrics." + name, fmt::format("found {}, expected a number or null", shown(value)));
      return std::nanf("");
    }
    const auto wide = value.get<double>();
    return std::fabs(wide) > kMost ? std::nanf("") : static_cast<float>(wide);
  }

  const json& reply_;
  const std::vector<std::string>& columns_;
  Score score_;
  std::string problem_;
};

bool is_version(const json& value) {
  return value.is_number_unsigned() && value.get<std::uint64_t>() == kExternalVersion;
}

}  // namespace

std::string hello_problem(std::string_view line, const std::vector<std::string>& columns) {
  const json hello = parse(line);
  if (!hello.is_object() || !hello.contains("tally_scorer"))
    return fmt::format("found {}, expected {{\"tally_scorer\":{},\"columns\":{}}}", shown(line),
                       kExternalVersion, shown(json(columns)));
  if (!is_version(hello["tally_scorer"]))
    return fmt::format("tally_scorer: found {}, expected {}", shown(hello["tally_scorer"]),
                       kExternalVersion);
  for (const auto& [key, value] : hello.items()) {
    if (key != "tally_scorer" && key != "columns")
      return fmt::format("{}: unknown key, expected tally_scorer and columns", shown(json(key)));
  }
  const json found = hello.contains("columns") ? hello["columns"] : json::array();
  if (found != json(columns))
    return fmt::format("columns: found {}, expected {}", shown(found), shown(json(columns)));
  return {};
}

std::string request_line(const ExternalRequest& request) {
  JsonWriter out;
  out.begin_object().key("id").value(request.id).key("seed").value(request.seed);
  write_task(out, request.entry, request.task);
  write_doc(out, request.doc);
  write_completion(out, request.completion);
  out.end_object();
  return std::move(out).text() + "\n";
}

ExternalReply parse_reply(std::string_view line, std::uint64_t id,
                          const std::vector<std::string>& columns) {
  ExternalReply reply;
  const json value = parse(line);
  if (!value.is_object()) {
    reply.problem = fmt::format("found {}, expected a JSON object", shown(line));
    return reply;
  }
  const auto found = value.find("id");
  if (found == value.end() || !found->is_number_unsigned() || found->get<std::uint64_t>() != id) {
    reply.problem =
        fmt::format("id: found {}, expected {}", found == value.end() ? "none" : shown(*found), id);
    return reply;
  }
  reply.in_step = true;
  reply.score = ReplyReader(value, columns).read();
  return reply;
}

}  // namespace tally::worker
