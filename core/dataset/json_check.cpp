#include "core/dataset/json_check.hpp"

#include <fmt/format.h>

namespace tally {

namespace ondemand = simdjson::ondemand;

void check_value(ondemand::value value) {
  const ondemand::json_type type = value.type();
  if (type == ondemand::json_type::array) {
    for (auto element : value.get_array()) check_value(element.value());
  } else if (type == ondemand::json_type::object) {
    for (auto field : value.get_object()) {
      static_cast<void>(std::string_view(field.unescaped_key()));
      check_value(field.value());
    }
  } else if (type == ondemand::json_type::string) {
    static_cast<void>(std::string_view(value.get_string()));
  } else if (type == ondemand::json_type::number) {
    static_cast<void>(double(value.get_double()));
  } else if (type == ondemand::json_type::boolean) {
    static_cast<void>(bool(value.get_bool()));
  } else if (!bool(value.is_null())) {
    throw simdjson::simdjson_error(simdjson::N_ATOM_ERROR);
  }
}

std::optional<std::string> minified_value(std::string_view text) {
  const simdjson::padded_string padded(fmt::format("[{}]", text));
  try {
    ondemand::parser parser;
    ondemand::document document = parser.iterate(padded);
    std::size_t values = 0;
    for (auto element : document.get_array()) {
      check_value(element.value());
      ++values;
    }
    if (values != 1 || document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      return std::nullopt;
    }
  } catch (const simdjson::simdjson_error&) {
    return std::nullopt;
  }
  std::string out(text.size(), '\0');
  std::size_t length = 0;
  if (simdjson::minify(text.data(), text.size(), out.data(), length) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  out.resize(length);
  return out;
}

}  // namespace tally
