#pragma once
#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// Visits all of a value, because simdjson's on-demand parser checks only what it is asked for.
/// Throws simdjson_error where it is no JSON. The parser bounds the depth.
void check_value(simdjson::ondemand::value value);

/// `text` without spaces between tokens when it is exactly one JSON value, of any type; else
/// nothing. Numbers keep their digits, however many.
[[nodiscard]] std::optional<std::string> minified_value(std::string_view text);

}  // namespace tally
