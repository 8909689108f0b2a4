#include "worker/generators/replay_line.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/json_writer.hpp"
#include "worker/generators/replay_values.hpp"

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

struct Field {
  std::string_view key;
  element value;
};

// The first of `keys` that is there and not null.
template <class Keys>
std::optional<Field> first_of(const object& from, const Keys& keys) {
  for (const std::string_view key : keys) {
    if (const auto value = value_of(from, key)) return Field{key, *value};
  }
  return std::nullopt;
}

std::string id_of(const Field& field, const Place& place) {
  const auto& [key, value] = field;
  if (value.is_string()) return std::string(std::string_view(value));
  if (value.is_int64()) return std::to_string(std::int64_t(value));
  if (value.is_uint64()) return std::to_string(std::uint64_t(value));
  if (value.is_double()) {
    std::string text;
    append_number(text, double(value));
    return text;
  }
  throw place.bad(key, fmt::format("found {}, expected a text or a number",
                                   simdjson::minify(value).substr(0, 40)));
}

// lm-eval's doc_id is a row number: an id that stands beside it is better.
Field find_id(const object& line, bool lm_eval, const Place& place) {
  if (const auto own = lm_eval ? value_of(line, "id") : std::nullopt) return {"id", *own};
  if (const auto field = first_of(line, kIds)) return *field;
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
  return parse_finish_reason(text_of(from, "finish_reason").value_or(""));
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

// A log-probability: JSON has no NaN and no infinities, so they are null and texts.
double loglikelihood_of(const element& value, std::string_view key, const Place& place) {
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  double number = 0.0;
  if (value.get(number) == simdjson::SUCCESS) return number;
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (!text.empty() && parsed.ec == std::errc{} && parsed.ptr == end) return number;
  }
  throw place.bad(key, fmt::format("found {}, expected log-likelihoods: numbers, null, \"nan\" or "
                                   "\"-inf\"",
                                   simdjson::minify(value).substr(0, 40)));
}

std::vector<double> loglikelihoods_of(const element& value, const Place& place) {
  constexpr std::string_view kKey = "loglikelihoods";
  array all;
  if (value.get(all) != simdjson::SUCCESS) {
    throw place.bad(kKey, fmt::format("found {}, expected an array of numbers",
                                      simdjson::minify(value).substr(0, 40)));
  }
  std::vector<double> numbers;
  for (const element each : all) numbers.push_back(loglikelihood_of(each, kKey, place));
  return numbers;
}

// lm-eval's multiple choice has a request per choice, and answers of two: log-likelihood, and
// whether it is what the model would have said. Generation has one request, and texts.
bool is_multi_choice(const array& resps) {
  array pair;
  if (resps.size() > 1) return true;
  return resps.at(0).at(0).get(pair) == simdjson::SUCCESS;
}

// resps[choice][repeat] = [log-likelihood, greedy], or resps[choice] = that where there is one
// repeat.
void read_choices(const array& resps, const Place& place, ReplayLine& out) {
  const auto add = [&](std::size_t repeat, const element& value) {
    if (repeat == out.samples.size()) out.samples.emplace_back().index = repeat;
    out.samples[repeat].loglikelihoods.push_back(loglikelihood_of(value, "resps", place));
  };
  const auto bad = [&](const element& found) {
    return place.bad("resps", fmt::format("found {}, expected [log-likelihood, greedy] per choice",
                                          simdjson::minify(found).substr(0, 40)));
  };
  std::size_t choice = 0;
  for (const element request : resps) {
    array repeats;
    if (request.get(repeats) != simdjson::SUCCESS || repeats.size() == 0) throw bad(request);
    array first;
    if (repeats.at(0).get(first) != simdjson::SUCCESS) {
      add(0, repeats.at(0).value());
    } else {
      std::size_t repeat = 0;
      for (const element each : repeats) {
        element value;
        if (each.at(0).get(value) != simdjson::SUCCESS) throw bad(each);
        add(repeat++, value);
      }
    }
    ++choice;
    for (const ReplaySample& sample : out.samples) {
      if (sample.loglikelihoods.size() != choice) throw bad(request);
    }
  }
}

// lm-eval: resps[request][repeat]; generation has one request per doc.
void read_resps(const object& line, const element& resps, const Place& place, ReplayLine& out) {
  array requests;
  if (resps.get(requests) == simdjson::SUCCESS && is_multi_choice(requests)) {
    read_choices(requests, place, out);
    const bool letters = scores_letters(line, requests.size());
    for (ReplaySample& sample : out.samples) sample.of_letters = letters;
    return;
  }
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
  if (const auto value = value_of(line, "loglikelihoods")) {
    sample.loglikelihoods = loglikelihoods_of(*value, place);
    found = true;
  }
  if (!found && sample.error.empty()) {
    throw place.bad("completion",
                    "found none, expected one of completion, response, solution, prediction, "
                    "output, loglikelihoods");
  }
  // A failed request of an OpenAI batch has no choices to number: it stands for its first one.
  const bool is_batch = value_of(line, "custom_id").has_value() && !sample.error.empty();
  if (!sample.index && is_batch) sample.index = 0;
  out.samples.push_back(std::move(sample));
}

// A generation that says it ended in an error is one, whatever text it left: no wrong answer.
void mark_failed(ReplayLine& line) {
  for (ReplaySample& sample : line.samples) {
    if (sample.finish_reason == FinishReason::error && sample.error.empty())
      sample.error = "finish_reason: error";
  }
}

// The UTF-16 unit of an escape such as \ud83d at the start of `text`; nothing where there is none.
std::optional<unsigned> escaped_unit(std::string_view text) {
  if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
  unsigned unit = 0;
  const char* const end = text.data() + 6;
  const auto parsed = std::from_chars(text.data() + 2, end, unit, 16);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return unit;
}

// The first escape that is half of a pair, as Python writes bytes it could not read; or nothing.
std::string_view lone_surrogate(std::string_view json) {
  const auto is_high = [](unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; };
  const auto is_low = [](unsigned unit) { return unit >= 0xDC00 && unit < 0xE000; };
  for (auto at = json.find('\\'); at < json.size(); at = json.find('\\', at)) {
    const unsigned unit = escaped_unit(json.substr(at)).value_or(0);
    const bool paired =
        is_high(unit) &&
        is_low(escaped_unit(json.substr(std::min(at + 6, json.size()))).value_or(0));
    if (!paired && (is_high(unit) || is_low(unit))) return json.substr(at, 6);
    at += paired ? 12 : 2;
  }
  return {};
}

// Why a line is no JSON object.
std::string refusal(std::string_view text, simdjson::error_code error) {
  const auto lone = error == simdjson::STRING_ERROR ? lone_surrogate(text) : std::string_view();
  if (lone.empty()) {
    return fmt::format("found no JSON object ({}), expected one on each line",
                       simdjson::error_message(error));
  }
  return fmt::format(
      "found a lone surrogate escape, {}, expected Unicode text (where the line is "
      "written, put U+FFFD in the place of what is no text)",
      lone);
}

std::optional<std::string_view> model_of(const object& line) {
  if (const auto fields = object_of(line, "model")) return text_of(*fields, "id");
  return text_of(line, "model");
}

}  // namespace

struct ReplayParser::State {
  std::filesystem::path file;
  simdjson::dom::parser parser;
  // Of the line parsed last:
  std::string_view text;
  int number = 0;
  std::optional<object> doc;  // where it may say the id

  [[nodiscard]] ReplayId id(const Field& field, bool in_doc) const {
    ReplayId id;
    id.text = id_of(field, Place{file, number});
    if (field.value.type() == simdjson::dom::element_type::DOUBLE) {
      id.written = written_number(text, in_doc, field.key);
    }
    return id;
  }
};

ReplayParser::ReplayParser(std::filesystem::path file) : state_(std::make_unique<State>()) {
  state_->file = std::move(file);
}

ReplayParser::~ReplayParser() = default;

ReplayLine ReplayParser::parse(std::string_view text, int number) {
  const Place place{state_->file, number};
  object line;
  const auto failed = state_->parser.parse(text.data(), text.size(), false).get(line);
  if (failed != simdjson::SUCCESS) throw place.bad("", refusal(text, failed));
  ReplayLine out;
  const auto resps = value_of(line, "resps");
  const Field id = find_id(line, resps.has_value(), place);
  state_->text = text;
  state_->number = number;
  state_->doc = resps && id.key != "id" ? object_of(line, "doc") : std::nullopt;
  out.id = state_->id(id, false);
  out.model = model_of(line);
  out.dataset = text_of(line, "dataset");
  if (!out.dataset) out.dataset = text_of(line, "task");
  if (resps) {
    out.filter = text_of(line, "filter");
    read_resps(line, *resps, place, out);
  } else if (const auto response = object_of(line, "response")) {
    read_batch(*response, place, out);
  } else {
    read_plain(line, place, out);
  }
  mark_failed(out);
  return out;
}

std::optional<ReplayId> ReplayParser::id_in_doc(std::span<const std::string> keys) const {
  if (!state_->doc) return std::nullopt;
  const auto field = first_of(*state_->doc, keys);
  if (!field) return std::nullopt;
  return state_->id(*field, true);
}

}  // namespace tally::worker
