#include "worker/generators/replay_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/dataset/line_reader.hpp"

namespace tally::worker {
namespace {

constexpr std::array<std::pair<std::string_view, FinishReason>, 12> kFinishReasons{{
    {"stop", FinishReason::stop},
    {"stop_sequence", FinishReason::stop},
    {"end_turn", FinishReason::stop},
    {"eos_token", FinishReason::stop},
    {"eos", FinishReason::stop},
    {"length", FinishReason::length},
    {"max_tokens", FinishReason::length},
    {"max_length", FinishReason::length},
    {"model_length", FinishReason::length},
    {"model_context_window_exceeded", FinishReason::length},
    {"content_filter", FinishReason::content_filter},
    {"error", FinishReason::error},
}};

// What was scored for a choice; empty when the line does not say.
std::string_view continuation_of(const simdjson::dom::element& arguments, std::size_t choice) {
  std::string_view text;
  const auto found = arguments.is_array() ? arguments.at(choice).at(1)
                                          : arguments[fmt::format("gen_args_{}", choice)]["arg_1"];
  return found.get(text) == simdjson::SUCCESS ? text : std::string_view();
}

bool is_letter_of(std::string_view text, std::size_t choice) {
  const std::size_t begin = text.find_first_not_of(" \n");
  if (begin == std::string_view::npos || choice >= 26) return false;
  text = text.substr(begin, text.find_last_not_of(" \n") + 1 - begin);
  return text.size() == 1 && text.front() == static_cast<char>('A' + choice);
}

}  // namespace

FinishReason parse_finish_reason(std::string_view word) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  const auto is_word = [&](const auto& known) {
    return std::ranges::equal(word, known.first, {}, lower);
  };
  const auto found = std::ranges::find_if(kFinishReasons, is_word);
  return found == kFinishReasons.end() ? FinishReason::unknown : found->second;
}

std::string written_number(std::string_view line, bool in_doc, std::string_view key) {
  namespace ondemand = simdjson::ondemand;
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object from;
  std::string_view token;
  const std::size_t capacity = line.size() + LineReader::kPadding;
  bool failed = parser.iterate(line.data(), line.size(), capacity).get(document) != 0 ||
                document.get_object().get(from) != 0;
  if (in_doc) failed = failed || from["doc"].get_object().get(from) != 0;
  if (failed || from[key].raw_json_token().get(token) != 0) return {};
  return std::string(token.substr(0, token.find_last_not_of(" \t\r") + 1));
}

bool scores_letters(const simdjson::dom::object& line, std::size_t choices) {
  simdjson::dom::element arguments;
  if (line.at_key("arguments").get(arguments) != simdjson::SUCCESS) return false;
  for (std::size_t choice = 0; choice < choices; ++choice) {
    if (!is_letter_of(continuation_of(arguments, choice), choice)) return false;
  }
  return choices > 0;
}

}  // namespace tally::worker
