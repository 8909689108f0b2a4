#include "worker/generators/replay_line.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/json_writer.hpp"

namespace tally::worker {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::array<std::string_view, 6> kIds{"doc_id", "task_id", "custom_id",
                                               "key",    "id",      "question_id"};
constexpr std::array<std::string_view, 3> kIndexes{"sample_idx", "repeat", "index"};
constexpr std::array<std::string_view, 5> kTexts{"completion", "response", "solution", "prediction",
                                                 "output"};

/// Where a line stands, for messages.
struct Place {
  const std::filesystem::path& file;
  int line;
  [[nodiscard]] Error bad(std::string_view key, const std::string& message) const {
    return Error(Errc::data, message, {file, std::string(key), line});
  }
};

// The value of a key, nothing when it is absent or null.
std::optional<element> value_of(const object& from, std::string_view key) {
  element value;
  if (from.at_key(key).get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  return value;
}

std::optional<object> object_of(const object& from, std::string_view key) {
  object value;
  if (from.at_key(key).get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::optional<std::string_view> text_of(const object& from, std::string_view key) {
  std::string_view value;
  if (from.at_key(key).get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> count_of(const object& from, std::string_view key) {
  std::uint64_t value = 0;
  if (from.at_key(key).get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::string find_id(const object& line, const Place& place) {
  for (const std::string_view key : kIds) {
    const auto value = value_of(line, key);
    if (!value) continue;
    if (value->is_string()) return std::string(std::string_view(*value));
    if (value->is_int64()) return std::to_string(std::int64_t(*value));
    if (value->is_uint64()) return std::to_string(std::uint64_t(*value));
    if (value->is_double()) {
      std::string text;
      append_number(text, double(*value));
      return text;
    }
    throw place.bad(key, fmt::format("found {}, expected a text or a number",
                                     simdjson::minify(*value).substr(0, 40)));
  }
  throw place.bad("doc_id",
                  "found none, expected one of doc_id, task_id, custom_id, key, id, question_id");
}

std::optional<std::uint64_t> find_index(const object& line, const Place& place) {
  for (const std::string_view key : kIndexes) {
    const auto value = value_of(line, key);
    if (!value) continue;
    std::uint64_t index = 0;
    if (value->get(index) != simdjson::SUCCESS ||
        index > std::numeric_limits<std::uint32_t>::max()) {
      throw place.bad(key, fmt::format("found {}, expected an integer 0..4294967295",
                                       simdjson::minify(*value).substr(0, 40)));
    }
    return index;
  }
  return std::nullopt;
}

FinishReason finish_reason_of(const object& from) {
  const std::string_view name = text_of(from, "finish_reason").value_or("");
  if (name == "stop") return FinishReason::stop;
  if (name == "length") return FinishReason::length;
  if (name == "content_filter") return FinishReason::content_filter;
  if (name == "error") return FinishReason::error;
  return FinishReason::unknown;
}

void read_usage(const object& line, ReplaySample& sample) {
  const object from = object_of(line, "usage").value_or(line);
  const auto tokens = [&](std::string_view ours, std::string_view theirs) {
    auto count = count_of(from, theirs);
    if (!count) count = count_of(from, ours);
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::min(count.value_or(0), kMost));
  };
  sample.tokens_in = tokens("in", "prompt_tokens");
  sample.tokens_out = tokens("out", "completion_tokens");
}

// {kind, msg}, {code, message} or a text.
std::string error_of(const object& from) {
  const auto value = value_of(from, "error");
  if (!value) return {};
  object fields;
  if (value->get(fields) != simdjson::SUCCESS) {
    return value->is_string() ? std::string(std::string_view(*value)) : simdjson::minify(*value);
  }
  const auto either = [&](std::string_view ours, std::string_view theirs) {
    const auto text = text_of(fields, ours);
    return text ? text : text_of(fields, theirs);
  };
  return fmt::format("{}: {}", either("kind", "code").value_or("error"),
                     either("msg", "message").value_or("no message"));
}

std::string_view text_or_null(const element& value, std::string_view key, const Place& place) {
  if (value.is_null()) return {};
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) {
    throw place.bad(key, fmt::format("found {}, expected a text or null",
                                     simdjson::minify(value).substr(0, 40)));
  }
  return text;
}

// lm-eval: resps[request][repeat]; generation has one request per doc.
void read_resps(const object& line, const element& resps, const Place& place, ReplayLine& out) {
  array repeats;
  if (resps.at(0).get(repeats) != simdjson::SUCCESS) {
    throw place.bad("resps", fmt::format("found {}, expected [[text, ...]]",
                                         simdjson::minify(resps).substr(0, 40)));
  }
  for (const element text : repeats) {
    ReplaySample sample;
    sample.index = out.samples.size();
    sample.text = text_or_null(text, "resps", place);
    sample.finish_reason = finish_reason_of(line);
    out.samples.push_back(std::move(sample));
  }
}

// OpenAI batch: what the request used stands once for all its choices, so it is counted once.
void read_batch(const object& response, const Place& place, ReplayLine& out) {
  const object body = object_of(response, "body").value_or(response);
  array choices;
  if (body.at_key("choices").get(choices) != simdjson::SUCCESS || choices.size() == 0) {
    ReplaySample sample;
    sample.index = 0;
    sample.error = error_of(body);
    if (sample.error.empty()) sample.error = "response: found no choices";
    out.samples.push_back(std::move(sample));
    return;
  }
  for (const element choice : choices) {
    ReplaySample sample;
    sample.index = out.samples.size();
    element content;
    if (choice["message"]["content"].get(content) != simdjson::SUCCESS) {
      throw place.bad("response.body.choices", "found no message.content, expected a text or null");
    }
    sample.text = text_or_null(content, "response.body.choices", place);
    sample.finish_reason = finish_reason_of(object(choice));
    if (out.samples.empty()) read_usage(body, sample);
    out.samples.push_back(std::move(sample));
  }
}

void read_plain(const object& line, const Place& place, ReplayLine& out) {
  ReplaySample sample;
  sample.index = find_index(line, place);
  sample.error = error_of(line);
  sample.finish_reason = finish_reason_of(line);
  read_usage(line, sample);
  bool found = false;
  for (const std::string_view key : kTexts) {
    element value;
    if (line.at_key(key).get(value) != simdjson::SUCCESS) continue;
    sample.text = text_or_null(value, key, place);
    found = true;
    break;
  }
  if (!found && sample.error.empty()) {
    throw place.bad(
        "completion",
        "found none, expected one of completion, response, solution, prediction, output");
  }
  // A failed request of an OpenAI batch has no choices to number: it stands for its first one.
  const bool is_batch = value_of(line, "custom_id").has_value() && !sample.error.empty();
  if (!sample.index && is_batch) sample.index = 0;
  out.samples.push_back(std::move(sample));
}

std::optional<std::string_view> model_of(const object& line) {
  if (const auto fields = object_of(line, "model")) return text_of(*fields, "id");
  return text_of(line, "model");
}

}  // namespace

struct ReplayParser::State {
  std::filesystem::path file;
  simdjson::dom::parser parser;
};

ReplayParser::ReplayParser(std::filesystem::path file) : state_(std::make_unique<State>()) {
  state_->file = std::move(file);
}

ReplayParser::~ReplayParser() = default;

ReplayLine ReplayParser::parse(std::string_view text, int number) {
  const Place place{state_->file, number};
  object line;
  const auto failed = state_->parser.parse(text.data(), text.size(), false).get(line);
  if (failed != simdjson::SUCCESS) {
    throw place.bad("", fmt::format("found no JSON object ({}), expected one on each line",
                                    simdjson::error_message(failed)));
  }
  ReplayLine out;
  out.id = find_id(line, place);
  out.model = model_of(line);
  out.dataset = text_of(line, "dataset");
  if (!out.dataset) out.dataset = text_of(line, "task");
  if (const auto resps = value_of(line, "resps")) {
    out.filter = text_of(line, "filter");
    read_resps(line, *resps, place, out);
  } else if (const auto response = object_of(line, "response")) {
    read_batch(*response, place, out);
  } else {
    read_plain(line, place, out);
  }
  return out;
}

}  // namespace tally::worker
