#include "core/plan/scalar_json.hpp"

#include <fmt/format.h>

#include "core/base/json_writer.hpp"

namespace tally {

std::string scalar_json(const Scalar& scalar) {
  std::string out;
  if (const bool* const truth = std::get_if<bool>(&scalar)) {
    out = *truth ? "true" : "false";
  } else if (const std::int64_t* const integer = std::get_if<std::int64_t>(&scalar)) {
    out = fmt::format_int(*integer).str();
  } else if (const double* const number = std::get_if<double>(&scalar)) {
    append_number(out, *number);
    if (out.find_first_of(".e") == std::string::npos) out += ".0";
  } else {
    append_json_string(out, std::get<std::string>(scalar));
  }
  return out;
}

}  // namespace tally
