#pragma once
#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "core/shard/record.hpp"

namespace tally::worker {

/// Why a completion ended, in the words of OpenAI, Anthropic, vLLM, TGI, Gemini and inspect_ai, in
/// small letters or capitals; docs/formats.md#recorded-completions has them. Any other is unknown.
[[nodiscard]] FinishReason parse_finish_reason(std::string_view word);

/// The number that a line has under `key`, as it is written: "7.0". `in_doc`: in the object `doc`
/// of the line. Precondition: the line has been parsed, and has LineReader::kPadding bytes behind
/// it.
[[nodiscard]] std::string written_number(std::string_view line, bool in_doc, std::string_view key);

/// Whether the log-likelihoods of a line of lm-eval's multiple choice are of the letters A, B, ...
/// (MMLU's protocol) and not of the choices themselves. `arguments` of the line holds what was
/// scored, choice by choice: {"gen_args_0": {"arg_0": prompt, "arg_1": " A"}, ...}, or in older
/// versions [[prompt, " A"], ...]. False when the line does not say.
[[nodiscard]] bool scores_letters(const simdjson::dom::object& line, std::size_t choices);

}  // namespace tally::worker
