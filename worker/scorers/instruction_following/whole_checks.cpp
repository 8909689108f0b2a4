#include "worker/scorers/instruction_following/checks.hpp"
#include "worker/scorers/text.hpp"

// Instructions about the whole of a response: its start, its end, its parts, its letters.

namespace tally::worker {
namespace {

// Two different responses around "******", of which only the first and last piece may be empty.
bool are_two(std::string_view response) {
  const std::vector<std::string_view> pieces = split_text(response, "******");
  std::vector<std::string_view> responses;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string_view piece = strip(pieces[i]);
    if (!piece.empty()) {
      responses.push_back(piece);
    } else if (i != 0 && i + 1 != pieces.size()) {
      return false;
    }
  }
  return responses.size() == 2 && responses[0] != responses[1];
}

}  // namespace

Check two_responses(const Kwargs& /*kwargs*/) { return are_two; }

Check repeat_prompt(const Kwargs& kwargs) {
  const std::string prompt = kwargs.nonempty_text("prompt_to_repeat");
  return [start = lower(strip(prompt))](std::string_view response) {
    return lower(strip(response)).starts_with(start);
  };
}

Check end_checker(const Kwargs& kwargs) {
  const std::string phrase = kwargs.text("end_phrase");
  return [end = lower(strip(phrase))](std::string_view response) {
    return lower(strip_of(strip(response), "\"")).ends_with(end);
  };
}

Check quotation(const Kwargs& /*kwargs*/) {
  return [](std::string_view response) {
    const std::string_view all = strip(response);
    return all.size() > 1 && all.front() == '"' && all.back() == '"';
  };
}

Check no_comma(const Kwargs& /*kwargs*/) {
  return [](std::string_view response) { return response.find(',') == std::string_view::npos; };
}

Check capital_word_frequency(const Kwargs& kwargs) {
  const Threshold threshold =
      kwargs.threshold("capital_relation", kwargs.number("capital_frequency"));
  return [threshold](std::string_view response) {
    return threshold.admits(count_upper_tokens(response));
  };
}

// A text in which no language can be told is taken to be in the right one, as by the reference.
Check response_language(const Kwargs& kwargs, const LanguageDetector& detector) {
  return [language = kwargs.text("language"), &detector](std::string_view response) {
    return detector.detect(response).value_or(language) == language;
  };
}

Check english_capital(const Kwargs& /*kwargs*/, const LanguageDetector& detector) {
  return [&detector](std::string_view response) {
    return is_upper(response) && detector.detect(response).value_or("en") == "en";
  };
}

Check english_lowercase(const Kwargs& /*kwargs*/, const LanguageDetector& detector) {
  return [&detector](std::string_view response) {
    return is_lower(response) && detector.detect(response).value_or("en") == "en";
  };
}

}  // namespace tally::worker
